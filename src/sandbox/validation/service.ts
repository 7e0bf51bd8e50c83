/** Validation of Services, with the messages of the API server. */
import { isIP } from "node:net";
import { listAt, numberAt, textAt, textsAt, valueAt } from "../object/json.ts";
import type { Json } from "../object/json.ts";
import { nameCauses, portNameCauses } from "../object/name.ts";
import type { KubeObject } from "../object/object.ts";
import type { Allocator } from "../store/resource.ts";
import {
  duplicateValue,
  forbiddenField,
  invalidValue,
  required,
  unsupportedValue,
} from "../object/status.ts";
import type { StatusCause } from "../object/status.ts";
import { nodePorts } from "../store/allocator.ts";
import { portCauses, protocols } from "./pod.ts";

const choices: readonly (readonly [field: string, supported: readonly string[]])[] = [
  ["type", ["ClusterIP", "ExternalName", "LoadBalancer", "NodePort"]],
  ["ipFamilyPolicy", ["SingleStack", "PreferDualStack", "RequireDualStack"]],
  ["sessionAffinity", ["ClientIP", "None"]],
  ["externalTrafficPolicy", ["Cluster", "Local"]],
  ["internalTrafficPolicy", ["Cluster", "Local"]],
];

export function serviceCauses(
  object: KubeObject,
  previous: KubeObject | undefined,
  allocator: Allocator,
): readonly StatusCause[] {
  const type = textAt(object, "spec.type");
  const ports = listAt(object, "spec.ports");
  const isHeadless = textAt(object, "spec.clusterIP") === "None";
  const causes: StatusCause[] = choices.flatMap(([field, supported]) => {
    const value = textAt(object, `spec.${field}`);
    return value === "" || supported.includes(value)
      ? []
      : [unsupportedValue(`spec.${field}`, value, supported)];
  });
  if (ports.length === 0 && type !== "ExternalName" && !isHeadless) causes.push(required("spec.ports"));
  if (isHeadless && (type === "NodePort" || type === "LoadBalancer")) {
    const why = `may not be set to 'None' for ${type} services`;
    causes.push(invalidValue("spec.clusterIPs[0]", "None", why));
  }
  causes.push(...ports.flatMap((port, index) => oneCauses(port, `spec.ports[${index}]`, ports.length > 1)));
  causes.push(...sharedCauses(ports), ...addressCauses(object), ...clusterIpCauses(object, previous));
  causes.push(...takenCauses(object, previous, allocator));
  if (type !== "ExternalName") return causes;
  const name = textAt(object, "spec.externalName").replace(/\.$/, "");
  if (name === "") return [...causes, required("spec.externalName")];
  return [...causes, ...nameCauses(name, "subdomain", "spec.externalName")];
}

function oneCauses(port: Json, field: string, isNameRequired: boolean): readonly StatusCause[] {
  const number = numberAt(port, "port");
  const name = textAt(port, "name");
  const protocol = textAt(port, "protocol");
  const target = valueAt(port, "targetPort");
  const nodePort = numberAt(port, "nodePort") ?? 0;
  const causes: StatusCause[] = [];
  if (isNameRequired && !name) causes.push(required(`${field}.name`));
  if (name) causes.push(...nameCauses(name, "label", `${field}.name`));
  causes.push(...portCauses(number ?? 0, `${field}.port`));
  if (!protocols.includes(protocol)) causes.push(unsupportedValue(`${field}.protocol`, protocol, protocols));
  if (typeof target === "number") causes.push(...portCauses(target, `${field}.targetPort`));
  else if (typeof target === "string") causes.push(...portNameCauses(target, `${field}.targetPort`));
  if (nodePort !== 0 && (nodePort < nodePorts.first || nodePort > nodePorts.last)) {
    const range = `${nodePorts.first}-${nodePorts.last}`;
    const why = `provided port is not in the valid range. The range of valid ports is ${range}`;
    causes.push(invalidValue(`${field}.nodePort`, nodePort, why));
  }
  return causes;
}

/** Names must be unique, and so must pairs of protocol and port. */
function sharedCauses(ports: readonly Json[]): readonly StatusCause[] {
  const names = ports.map((port) => textAt(port, "name"));
  const pairs = ports.map((port) => `${textAt(port, "protocol")} ${numberAt(port, "port") ?? 0}`);
  return ports.flatMap((port, index) => {
    const causes: StatusCause[] = [];
    const name = names[index] ?? "";
    if (name !== "" && names.indexOf(name) < index)
      causes.push(duplicateValue(`spec.ports[${index}].name`, name));
    if (pairs.indexOf(pairs[index] ?? "") < index) {
      const same = { protocol: textAt(port, "protocol"), port: numberAt(port, "port") ?? 0 };
      causes.push(duplicateValue(`spec.ports[${index}]`, same));
    }
    return causes;
  });
}

function addressCauses(object: KubeObject): readonly StatusCause[] {
  const why = "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)";
  const fields = ["clusterIPs", "externalIPs"];
  const causes = fields.flatMap((field) =>
    textsAt(object, `spec.${field}`).flatMap((address, index) =>
      isIP(address) !== 0 || (field === "clusterIPs" && address === "None")
        ? []
        : [invalidValue(`spec.${field}[${index}]`, address, why)],
    ),
  );
  const type = textAt(object, "spec.type");
  if (type !== "LoadBalancer" && textAt(object, "spec.loadBalancerClass") !== "")
    causes.push(forbiddenField("spec.loadBalancerClass", "may only be used when `type` is 'LoadBalancer'"));
  return causes;
}

/** A requested cluster IP or node port must not belong to another Service. */
function takenCauses(
  object: KubeObject,
  previous: KubeObject | undefined,
  allocator: Allocator,
): readonly StatusCause[] {
  const isAnothers = (key: string, own: readonly string[]): boolean =>
    !own.includes(key) && allocator.isTaken(key);
  const ownPorts = listAt(previous, "spec.ports").map((port) => String(numberAt(port, "nodePort") ?? ""));
  const ports = listAt(object, "spec.ports").flatMap((port, index) => {
    const nodePort = numberAt(port, "nodePort") ?? 0;
    if (!isAnothers(String(nodePort), ownPorts)) return [];
    const why = "provided port is already allocated";
    return [invalidValue(`spec.ports[${index}].nodePort`, nodePort, why)];
  });
  const addresses = textsAt(object, "spec.clusterIPs");
  const taken = addresses.find((address) => isAnothers(address, textsAt(previous, "spec.clusterIPs")));
  if (taken === undefined) return ports;
  const why = `failed to allocate IP ${taken}: provided IP is already allocated`;
  return [...ports, invalidValue("spec.clusterIPs", addresses, why)];
}

function clusterIpCauses(object: KubeObject, previous: KubeObject | undefined): readonly StatusCause[] {
  const before = textAt(previous, "spec.clusterIP");
  const after = textAt(object, "spec.clusterIP");
  const wasExternal = textAt(previous, "spec.type") === "ExternalName";
  if (!before || before === after || wasExternal || textAt(object, "spec.type") === "ExternalName") return [];
  // The real server formats this value in Go syntax.
  const quoted = textsAt(object, "spec.clusterIPs").map((one) => JSON.stringify(one));
  const message = `Invalid value: []string{${quoted.join(", ")}}: may not change once set`;
  return [{ reason: "FieldValueInvalid", message, field: "spec.clusterIPs[0]" }];
}
