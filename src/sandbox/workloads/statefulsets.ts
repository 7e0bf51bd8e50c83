/** StatefulSets and DaemonSets: pods with numbers, and a pod on every node. Pods of an older template are replaced at once. */
import { randomSuffix } from "../store/admit.ts";
import { numberAt, objectAt, textAt } from "../object/json.ts";
import type { KubeObject } from "../object/object.ts";
import { refOf } from "../store/objects.ts";
import type { Objects } from "../store/objects.ts";
import type { Controller } from "../reconcile/loop.ts";
import { ownersTouched, podFrom, podsOf, templateHash } from "./owned-pods.ts";
import { isReady } from "./pods.ts";
import { REPLICAS_LIMIT } from "./replicasets.ts";

const hashKey = "controller-revision-hash";

export function statefulSetController(objects: Objects): Controller {
  return {
    name: "statefulsets",
    touches: (change) => ownersTouched(change, "StatefulSet"),
    reconcile(key) {
      const [namespace = "", name = ""] = key.split("/");
      const set = objects.get({ apiVersion: "apps/v1", kind: "StatefulSet", namespace, name });
      if (!set || set.metadata.deletionTimestamp) return;
      const hash = templateHash(objectAt(set, "spec.template"));
      const wanted = Math.min(numberAt(set, "spec.replicas") ?? 1, REPLICAS_LIMIT);
      const first = numberAt(set, "spec.ordinals.start") ?? 0;
      const names = Array.from({ length: wanted }, (_, index) => `${name}-${first + index}`);
      dismiss(objects, set, hash, (pod) => names.includes(pod.metadata.name));
      for (const [index, podName] of names.entries()) {
        if (!objects.get({ apiVersion: "v1", kind: "Pod", namespace, name: podName }))
          objects.put(numberedPod(set, { name: podName, hash, index: first + index }));
      }
      const pods = podsOf(objects, set);
      const ready = pods.filter(isReady).length;
      const revision = `${name}-${hash}`;
      objects.putStatus(set, {
        observedGeneration: set.metadata.generation,
        replicas: pods.length,
        readyReplicas: ready,
        availableReplicas: ready,
        currentReplicas: pods.length,
        updatedReplicas: pods.length,
        currentRevision: revision,
        updateRevision: revision,
        collisionCount: 0,
      });
    },
  };
}

type Numbered = { readonly name: string; readonly hash: string; readonly index: number };

function numberedPod(set: KubeObject, { name, hash, index }: Numbered): KubeObject {
  const subdomain = textAt(set, "spec.serviceName");
  const labels = {
    [hashKey]: `${set.metadata.name}-${hash}`,
    "apps.kubernetes.io/pod-index": String(index),
    "statefulset.kubernetes.io/pod-name": name,
  };
  return podFrom(set, { name, labels, spec: { hostname: name, ...(subdomain && { subdomain }) } });
}

export function daemonSetController(objects: Objects, random: () => number): Controller {
  return {
    name: "daemonsets",
    touches(change) {
      if (change.object.kind !== "Node" || change.kind === "MODIFIED")
        return ownersTouched(change, "DaemonSet");
      return objects
        .list("apps/v1", "DaemonSet")
        .map(({ metadata }) => `${metadata.namespace ?? ""}/${metadata.name}`);
    },
    reconcile(key) {
      const [namespace = "", name = ""] = key.split("/");
      const set = objects.get({ apiVersion: "apps/v1", kind: "DaemonSet", namespace, name });
      if (!set || set.metadata.deletionTimestamp) return;
      const hash = templateHash(objectAt(set, "spec.template"));
      const nodes = objects.list("v1", "Node").map((node) => node.metadata.name);
      dismiss(objects, set, hash, (pod) => nodes.includes(textAt(pod, "spec.nodeName")));
      const served = podsOf(objects, set).map((pod) => textAt(pod, "spec.nodeName"));
      for (const nodeName of nodes.filter((node) => !served.includes(node))) {
        const labels = { [hashKey]: `${name}-${hash}` };
        objects.put(podFrom(set, { name: `${name}-${randomSuffix(random, 5)}`, labels, spec: { nodeName } }));
      }
      const pods = podsOf(objects, set);
      const ready = pods.filter(isReady).length;
      objects.putStatus(set, {
        observedGeneration: set.metadata.generation,
        desiredNumberScheduled: nodes.length,
        currentNumberScheduled: pods.length,
        updatedNumberScheduled: pods.length,
        numberMisscheduled: 0,
        numberReady: ready,
        numberAvailable: ready,
        ...(ready < nodes.length && { numberUnavailable: nodes.length - ready }),
      });
    },
  };
}

/** Deletes the pods that are too many, and those made from another template. */
function dismiss(
  objects: Objects,
  owner: KubeObject,
  hash: string,
  isWanted: (pod: KubeObject) => boolean,
): void {
  const label = `${owner.metadata.name}-${hash}`;
  for (const pod of podsOf(objects, owner)) {
    if (!isWanted(pod) || pod.metadata.labels?.[hashKey] !== label) objects.delete(refOf(pod));
  }
}
