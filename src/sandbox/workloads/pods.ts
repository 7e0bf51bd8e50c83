/** Scheduler and kubelet in one: a pod is bound to the node with the fewest pods, gets an address, and is ready at once. */
import type { Clock } from "../../kernel/clock.ts";
import { listAt, textAt, valueAt } from "../object/json.ts";
import type { Json, JsonObject } from "../object/json.ts";
import { timestamp } from "../object/object.ts";
import type { KubeObject } from "../object/object.ts";
import { refOf } from "../store/objects.ts";
import type { ObjectClient } from "../store/objects.ts";
import type { Controller } from "../reconcile/loop.ts";

export function podController(objects: ObjectClient, clock: Clock): Controller {
  let started = 0;

  const start = (pod: KubeObject, node: KubeObject): void => {
    started += 1;
    objects.patch(refOf(pod), { spec: { nodeName: node.metadata.name } });
    objects.putStatus(
      pod,
      running(pod, { hostIp: hostIp(node), number: started, now: timestamp(clock.wallMs()) }),
    );
  };

  return {
    name: "pods",
    keysFor({ kind, object, previous }) {
      if (object.kind === "Pod")
        return kind === "DELETED" ? [] : [`${object.metadata.namespace ?? ""}/${object.metadata.name}`];
      // Of a node's changes only its creation, deletion and cordoning matter, not its heartbeats.
      return object.kind === "Node" && (kind !== "MODIFIED" || isOpen(object) !== isOpen(previous))
        ? ["nodes"]
        : [];
    },
    reconcile(key) {
      const nodes = objects.list("v1", "Node");
      if (key === "nodes") evict(objects, nodes);
      const pods = objects.list("v1", "Pod");
      const waiting = pods.filter(
        (pod) => key === "nodes" || `${pod.metadata.namespace ?? ""}/${pod.metadata.name}` === key,
      );
      for (const pod of waiting) {
        if (pod.metadata.deletionTimestamp || textAt(pod, "status.podIP") !== "") continue;
        const node = chooseNode(pod, nodes, objects.list("v1", "Pod"));
        if (node) start(pod, node);
      }
    },
  };
}

/** Whether the Ready condition is true. */
export function isReady(pod: KubeObject): boolean {
  const ready = listAt(pod, "status.conditions").find((condition) => textAt(condition, "type") === "Ready");
  return textAt(ready, "status") === "True";
}

function isOpen(node: KubeObject | undefined): boolean {
  return node !== undefined && valueAt(node, "spec.unschedulable") !== true;
}

/** Deletes the pods of nodes that no longer exist. */
function evict(objects: ObjectClient, nodes: readonly KubeObject[]): void {
  const names = new Set(nodes.map((node) => node.metadata.name));
  for (const pod of objects.list("v1", "Pod")) {
    const nodeName = textAt(pod, "spec.nodeName");
    if (nodeName !== "" && !names.has(nodeName)) objects.delete(refOf(pod));
  }
}

/** The node that the pod names, else the schedulable node with the fewest pods; by name among equals. */
function chooseNode(
  pod: KubeObject,
  nodes: readonly KubeObject[],
  pods: readonly KubeObject[],
): KubeObject | undefined {
  const named = textAt(pod, "spec.nodeName");
  if (named !== "") return nodes.find((node) => node.metadata.name === named);
  const load = (node: KubeObject): number =>
    pods.filter((one) => textAt(one, "spec.nodeName") === node.metadata.name).length;
  const loads = nodes.filter(isOpen).map((node) => ({ node, load: load(node) }));
  return loads.toSorted((a, b) => a.load - b.load)[0]?.node;
}

function hostIp(node: KubeObject): string {
  const address = listAt(node, "status.addresses").find((one) => textAt(one, "type") === "InternalIP");
  return textAt(address, "address");
}

type PodStart = { readonly hostIp: string; readonly number: number; readonly now: string };

function running(pod: KubeObject, { hostIp: host, number, now }: PodStart): JsonObject {
  const condition = (type: string): JsonObject => ({
    type,
    status: "True",
    lastProbeTime: null,
    lastTransitionTime: now,
  });
  // From a /16: addresses repeat after 65,536 pods.
  const low = number & 0xff_ff;
  const ips = [`10.244.${low >> 8}.${low & 255}`, `fd00:10:244::${low.toString(16)}`];
  const containerStatuses = listAt(pod, "spec.containers").map((container) =>
    containerStatus(container, now),
  );
  return {
    phase: "Running",
    qosClass: "BestEffort",
    hostIP: host,
    podIP: ips[0],
    podIPs: ips.map((ip) => ({ ip })),
    startTime: now,
    conditions: ["Initialized", "Ready", "ContainersReady", "PodScheduled"].map(condition),
    containerStatuses,
  };
}

function containerStatus(container: Json, startedAt: string): JsonObject {
  const name = textAt(container, "name");
  const image = textAt(container, "image");
  const state = { running: { startedAt } };
  return { name, image, imageID: image, ready: true, started: true, restartCount: 0, state, lastState: {} };
}
