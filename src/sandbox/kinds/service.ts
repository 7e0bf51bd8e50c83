/** Services: what the API server fills in (cluster IPs, families, node ports), what it refuses, and how it prints them. */
import { listAt, numberAt, objectAt, textAt, textsAt, valueAt, without } from "../store/json.ts";
import type { Json, JsonObject } from "../store/json.ts";
import { nameCauses } from "../store/name.ts";
import type { KubeObject } from "../store/object.ts";
import type { Allocator, Family, Resource } from "../store/resource.ts";
import { formatLabelSelector } from "../store/selector.ts";
import { invalidValue, required, unsupportedValue } from "../store/status.ts";
import type { Cause } from "../store/status.ts";
import { ageColumn, column, nameColumn, none, wide } from "./cells.ts";
import { defineResource } from "./define.ts";

const types = ["ClusterIP", "ExternalName", "LoadBalancer", "NodePort"];
const policies = ["SingleStack", "PreferDualStack", "RequireDualStack"];
const protocols = ["SCTP", "TCP", "UDP"];

export const services: Resource = defineResource("", "v1", {
  plural: "services",
  kind: "Service",
  shortNames: ["svc"],
  categories: ["all"],
  nameRule: "service",
  hasStatus: true,
  fields: { "spec.clusterIP": "spec.clusterIP", "spec.type": "spec.type" },
  columns: [
    nameColumn,
    column("Type", (one) => textAt(one, "spec.type")),
    column("Cluster-IP", (one) => none(textAt(one, "spec.clusterIP"))),
    column("External-IP", externalCell),
    column("Port(s)", portsCell),
    ageColumn,
    wide("Selector", (one) => none(formatLabelSelector(objectAt(one, "spec.selector")))),
  ],
  complete: completeService,
  validate: validateService,
});

function completeService(
  object: KubeObject,
  previous: KubeObject | undefined,
  allocator: Allocator,
): KubeObject {
  const sent = objectAt(object, "spec");
  const type = textAt(sent, "type") || "ClusterIP";
  const status = objectAt(object, "status.loadBalancer");
  const base = { sessionAffinity: "None", ...sent, type };
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
  };
  // A Service that is no longer a LoadBalancer gives its addresses back.
  const loadBalancer = type === "LoadBalancer" ? status : {};
  const kept =
    type === "ClusterIP"
      ? without(without(spec, "externalTrafficPolicy"), "allocateLoadBalancerNodePorts")
      : spec;
  return { ...object, spec: kept, status: { ...objectAt(object, "status"), loadBalancer } };
}

/** Families by policy, then one cluster IP for each; what is allocated stays. */
function addressing(spec: JsonObject, previous: KubeObject | undefined, allocator: Allocator): JsonObject {
  const policy = textAt(spec, "ipFamilyPolicy") || "SingleStack";
  const asked = textsAt(spec, "ipFamilies").filter((one) => one === "IPv4" || one === "IPv6");
  const first: Family = asked[0] ?? "IPv4";
  const second: Family = first === "IPv4" ? "IPv6" : "IPv4";
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

function isOf(family: Family, address: string): boolean {
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
    const full = { protocol: "TCP", targetPort: number, ...objectAt({ port }, "port") };
    if (!isOpened) return without(full, "nodePort");
    const kept = numberAt(port, "nodePort") ?? numberAt(before[index], "nodePort");
    return { ...full, nodePort: kept ?? allocator.freeNodePort() };
  });
}

function validateService(object: KubeObject, previous: KubeObject | undefined): readonly Cause[] {
  const type = textAt(object, "spec.type");
  const causes: Cause[] = [];
  if (!types.includes(type)) causes.push(unsupportedValue("spec.type", type, types));
  const policy = textAt(object, "spec.ipFamilyPolicy");
  if (policy && !policies.includes(policy))
    causes.push(unsupportedValue("spec.ipFamilyPolicy", policy, policies));
  const ports = listAt(object, "spec.ports");
  const isHeadless = textAt(object, "spec.clusterIP") === "None";
  if (ports.length === 0 && type !== "ExternalName" && !isHeadless) causes.push(required("spec.ports"));
  causes.push(...ports.flatMap((port, index) => portCauses(port, `spec.ports[${index}]`, ports.length > 1)));
  const before = textAt(previous, "spec.clusterIP");
  const after = textAt(object, "spec.clusterIP");
  const wasExternal = textAt(previous, "spec.type") === "ExternalName";
  if (before && before !== after && !wasExternal && type !== "ExternalName") {
    const message = "may not change once set";
    // The real server prints this one in Go's syntax.
    const value = `[]string{${textsAt(object, "spec.clusterIPs")
      .map((one) => JSON.stringify(one))
      .join(", ")}}`;
    causes.push({
      reason: "FieldValueInvalid",
      message: `Invalid value: ${value}: ${message}`,
      field: "spec.clusterIPs[0]",
    });
  }
  if (type === "ExternalName" && !textAt(object, "spec.externalName"))
    causes.push(required("spec.externalName"));
  return causes;
}

function portCauses(port: Json, field: string, isNameRequired: boolean): readonly Cause[] {
  const number = numberAt(port, "port");
  const name = textAt(port, "name");
  const protocol = textAt(port, "protocol");
  const causes: Cause[] = [];
  if (isNameRequired && !name) causes.push(required(`${field}.name`));
  if (name) causes.push(...nameCauses(name, "label", `${field}.name`));
  if (number === undefined || !Number.isInteger(number) || number < 1 || number > 65_535) {
    causes.push(invalidValue(`${field}.port`, number ?? 0, "must be between 1 and 65535, inclusive"));
  }
  if (!protocols.includes(protocol)) causes.push(unsupportedValue(`${field}.protocol`, protocol, protocols));
  return causes;
}

function externalCell(object: KubeObject): string {
  const type = textAt(object, "spec.type");
  if (type === "ExternalName") return textAt(object, "spec.externalName");
  const ingress = listAt(object, "status.loadBalancer.ingress");
  const balanced = ingress.map((entry) => textAt(entry, "ip") || textAt(entry, "hostname"));
  const all = [...balanced, ...textsAt(object, "spec.externalIPs")];
  if (all.length === 0) return type === "LoadBalancer" ? "<pending>" : "<none>";
  return all.join(",");
}

function portsCell(object: KubeObject): string {
  const ports = listAt(object, "spec.ports").map((port) => {
    const nodePort = numberAt(port, "nodePort");
    const number = numberAt(port, "port") ?? 0;
    return `${number}${nodePort ? `:${nodePort}` : ""}/${textAt(port, "protocol") || "TCP"}`;
  });
  return none(ports.join(","));
}
