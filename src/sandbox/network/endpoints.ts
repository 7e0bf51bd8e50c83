/** Endpoints and EndpointSlices of Services with a selector: one slice per address family and hundred endpoints. */
import { createHash } from "node:crypto";
import { listAt, numberAt, objectAt, textAt, textsAt, valueAt } from "../object/json.ts";
import type { Json, JsonObject } from "../object/json.ts";
import { isOwnedBy, ownerReference } from "../object/object.ts";
import type { KubeObject, StringMap } from "../object/object.ts";
import { refOf } from "../store/objects.ts";
import type { ObjectClient } from "../store/objects.ts";
import { labelSelectorMatches } from "../object/selector.ts";
import type { Controller } from "../reconcile/loop.ts";
import { isReady } from "../workloads/pods.ts";

/** The limit of the real controller. */
const ENDPOINTS_PER_SLICE = 100;
const managedBy = { "endpointslice.kubernetes.io/managed-by": "endpointslice-controller.k8s.io" };

export function endpointController(objects: ObjectClient): Controller {
  return {
    name: "endpoints",
    keysFor({ object, previous }) {
      const { namespace = "", name } = object.metadata;
      if (object.kind === "Service") return [`${namespace}/${name}`];
      if (object.kind !== "Pod") return [];
      const services = objects.list("v1", "Service", namespace);
      const touched = services.filter(
        (service) => selects(service, object) || (previous && selects(service, previous)),
      );
      return touched.map((service) => `${namespace}/${service.metadata.name}`);
    },
    reconcile(key) {
      const [namespace = "", name = ""] = key.split("/");
      const service = objects.get({ apiVersion: "v1", kind: "Service", namespace, name });
      // Without a selector, the slices are managed by others; without a Service, garbage collection deletes them.
      if (!service || Object.keys(objectAt(service, "spec.selector")).length === 0) return;
      const pods = objects
        .list("v1", "Pod", namespace)
        .filter((pod) => selects(service, pod) && textAt(pod, "status.podIP") && !hasEnded(pod));
      const slices = textsAt(service, "spec.ipFamilies").flatMap((family) =>
        slicesOf(objects, service, pods, family),
      );
      const names = new Set(slices.map((slice) => slice.metadata.name));
      for (const old of objects.list("discovery.k8s.io/v1", "EndpointSlice", namespace)) {
        if (isOwnedBy(old, service) && !names.has(old.metadata.name)) objects.delete(refOf(old));
      }
      for (const slice of slices) objects.put(slice);
      objects.put(endpointsOf(service, pods));
    },
  };
}

function hasEnded(pod: KubeObject): boolean {
  return ["Failed", "Succeeded"].includes(textAt(pod, "status.phase"));
}

function selects(service: KubeObject, pod: KubeObject): boolean {
  const selector = objectAt(service, "spec.selector");
  return Object.keys(selector).length > 0 && labelSelectorMatches(selector, pod.metadata.labels ?? {});
}

function slicesOf(
  objects: ObjectClient,
  service: KubeObject,
  pods: readonly KubeObject[],
  family: string,
): readonly KubeObject[] {
  const addressed = pods.filter((pod) => addressOf(pod, family) !== undefined);
  const count = Math.max(1, Math.ceil(addressed.length / ENDPOINTS_PER_SLICE));
  const owner = { ...ownerReference(service) };
  return Array.from({ length: count }, (_, index) => {
    const part = addressed.slice(index * ENDPOINTS_PER_SLICE, (index + 1) * ENDPOINTS_PER_SLICE);
    const { name, namespace = "", labels } = service.metadata;
    const suffix = createHash("sha256").update(`${family}/${index}`).digest("hex").slice(0, 5);
    const headless =
      textAt(service, "spec.clusterIP") === "None" ? { "service.kubernetes.io/headless": "" } : {};
    const metadata = {
      name: `${name}-${suffix}`,
      generateName: `${name}-`,
      namespace,
      labels: { ...labels, ...headless, "kubernetes.io/service-name": name, ...managedBy },
      ownerReferences: [owner],
    };
    // The real controller sets null instead of empty lists in a slice without endpoints.
    const isEmpty = part.length === 0;
    return {
      apiVersion: "discovery.k8s.io/v1",
      kind: "EndpointSlice",
      metadata,
      addressType: family,
      endpoints: isEmpty ? null : part.map((pod) => endpointOf(objects, service, pod, family)),
      ports: isEmpty ? null : portsOf(service, part[0]),
    };
  });
}

function addressOf(pod: KubeObject, family: string): string | undefined {
  const addresses = listAt(pod, "status.podIPs").map((entry) => textAt(entry, "ip"));
  return addresses.find((address) => address.includes(":") === (family === "IPv6"));
}

function endpointOf(objects: ObjectClient, service: KubeObject, pod: KubeObject, family: string): JsonObject {
  const nodeName = textAt(pod, "spec.nodeName");
  const node = objects.get({ apiVersion: "v1", kind: "Node", name: nodeName });
  const zone = node?.metadata.labels?.["topology.kubernetes.io/zone"];
  const terminating = pod.metadata.deletionTimestamp !== undefined;
  const serving = isReady(pod);
  const ready = valueAt(service, "spec.publishNotReadyAddresses") === true || (serving && !terminating);
  return {
    addresses: [addressOf(pod, family) ?? ""],
    conditions: { ready, serving, terminating },
    targetRef: targetRef(pod),
    nodeName,
    ...(zone === undefined ? {} : { zone }),
  };
}

function targetRef(pod: KubeObject): JsonObject {
  const { name, namespace, uid } = pod.metadata;
  return { kind: "Pod", namespace, name, uid };
}

function portsOf(service: KubeObject, pod: KubeObject | undefined): readonly JsonObject[] {
  return listAt(service, "spec.ports").map((port) => ({
    name: textAt(port, "name"),
    protocol: textAt(port, "protocol") || "TCP",
    port: targetPort(port, pod),
  }));
}

/** A named target port refers to a port of the pod's containers. */
function targetPort(port: Json, pod: KubeObject | undefined): number {
  const target = valueAt(port, "targetPort");
  if (typeof target === "number") return target;
  const ports = listAt(pod, "spec.containers").flatMap((container) => listAt(container, "ports"));
  const named = ports.find((one) => textAt(one, "name") === target);
  return numberAt(named, "containerPort") ?? numberAt(port, "port") ?? 0;
}

/** The older form, with IPv4 addresses only; older versions of `kubectl describe` read it. */
function endpointsOf(service: KubeObject, pods: readonly KubeObject[]): KubeObject {
  const { name, namespace = "", labels = {} } = service.metadata;
  const addresses = (isWanted: boolean): readonly JsonObject[] =>
    pods
      .filter((pod) => isReady(pod) === isWanted)
      .map((pod) => ({
        ip: textAt(pod, "status.podIP"),
        nodeName: textAt(pod, "spec.nodeName"),
        targetRef: targetRef(pod),
      }));
  const [ready, notReady] = [addresses(true), addresses(false)];
  const ports = portsOf(service, pods[0]).map(({ name: portName, ...rest }) =>
    portName ? { name: portName, ...rest } : rest,
  );
  const subset = {
    ...(ready.length > 0 && { addresses: ready }),
    ...(notReady.length > 0 && { notReadyAddresses: notReady }),
    ports,
  };
  const metadata: {
    name: string;
    namespace: string;
    labels: StringMap;
    ownerReferences: [ReturnType<typeof ownerReference>];
  } = {
    name,
    namespace,
    labels,
    ownerReferences: [ownerReference(service)],
  };
  return { apiVersion: "v1", kind: "Endpoints", metadata, ...(pods.length > 0 ? { subsets: [subset] } : {}) };
}
