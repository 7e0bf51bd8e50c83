/** Defaults of Services, and the cluster IPs, families and node ports that the API server allocates. */
import { isObject, listAt, numberAt, objectAt, textAt, textsAt, valueAt, without } from "../object/json.ts";
import type { Json, JsonObject } from "../object/json.ts";
import type { KubeObject } from "../object/object.ts";
import type { Allocator, IpFamily } from "../store/resource.ts";

export function completeService(
  object: KubeObject,
  previous: KubeObject | undefined,
  allocator: Allocator,
): KubeObject {
  const sent = objectAt(object, "spec");
  const type = textAt(sent, "type") || "ClusterIP";
  const status = objectAt(object, "status.loadBalancer");
  const base: JsonObject = { sessionAffinity: "None", ...sent, type };
  if (type === "ExternalName") {
    return {
      ...object,
      spec: without(without(base, "clusterIP"), "clusterIPs"),
      status: { loadBalancer: {} },
    };
  }
  const addressed = { ...base, ...addressing(base, previous, allocator) };
  const spec = {
    ...addressed,
    internalTrafficPolicy: textAt(base, "internalTrafficPolicy") || "Cluster",
    ...(type === "ClusterIP"
      ? {}
      : { externalTrafficPolicy: textAt(base, "externalTrafficPolicy") || "Cluster" }),
    ...(type === "LoadBalancer" && {
      allocateLoadBalancerNodePorts: valueAt(base, "allocateLoadBalancerNodePorts") ?? true,
    }),
    ...("ports" in sent ? { ports: completePorts(addressed, previous, allocator) } : {}),
    ...(textAt(base, "sessionAffinity") === "ClientIP" && !isObject(base["sessionAffinityConfig"])
      ? { sessionAffinityConfig: { clientIP: { timeoutSeconds: 10_800 } } }
      : {}),
  };
  // A Service that is no longer of type LoadBalancer releases its addresses.
  const loadBalancer = type === "LoadBalancer" ? status : {};
  const kept =
    type === "ClusterIP"
      ? without(without(spec, "externalTrafficPolicy"), "allocateLoadBalancerNodePorts")
      : spec;
  return { ...object, spec: kept, status: { ...objectAt(object, "status"), loadBalancer } };
}

/** Families follow the policy, with one cluster IP each. Allocated addresses are kept. */
function addressing(spec: JsonObject, previous: KubeObject | undefined, allocator: Allocator): JsonObject {
  const policy = textAt(spec, "ipFamilyPolicy") || "SingleStack";
  const asked = textsAt(spec, "ipFamilies").filter((one) => one === "IPv4" || one === "IPv6");
  const first: IpFamily = asked[0] ?? "IPv4";
  const second: IpFamily = first === "IPv4" ? "IPv6" : "IPv4";
  const families = policy === "SingleStack" ? [first] : [first, second];
  const head = textAt(spec, "clusterIP") || textAt(previous, "spec.clusterIP");
  const stack = { ipFamilies: families, ipFamilyPolicy: policy };
  if (head === "None") return { ...stack, clusterIP: "None", clusterIPs: ["None"] };
  const before =
    textsAt(spec, "clusterIPs").length > 0
      ? textsAt(spec, "clusterIPs")
      : textsAt(previous, "spec.clusterIPs");
  const own = head ? [head, ...before.slice(1)] : before;
  const clusterIPs = families.map(
    (family) => own.find((one) => isOf(family, one)) ?? allocator.freeClusterIp(family) ?? "",
  );
  return { ...stack, clusterIP: clusterIPs[0], clusterIPs };
}

function isOf(family: IpFamily, address: string): boolean {
  return address.includes(":") === (family === "IPv6");
}

function completePorts(
  spec: JsonObject,
  previous: KubeObject | undefined,
  allocator: Allocator,
): readonly Json[] {
  const type = textAt(spec, "type");
  const isOpened =
    type === "NodePort" || (type === "LoadBalancer" && spec["allocateLoadBalancerNodePorts"] !== false);
  const before = listAt(previous, "spec.ports");
  return listAt(spec, "ports").map((port, index) => {
    const number = numberAt(port, "port");
    const own = objectAt({ port }, "port");
    const full = { protocol: "TCP", ...own, targetPort: own["targetPort"] || (number ?? 0) };
    if (!isOpened) return without(full, "nodePort");
    const kept = numberAt(port, "nodePort") ?? numberAt(before[index], "nodePort");
    return { ...full, nodePort: kept ?? allocator.freeNodePort() };
  });
}
