/** Validation of pod specs, with the messages of the API server. */
import { isDeepStrictEqual } from "node:util";
import { isObject, listAt, numberAt, objectAt, textAt } from "../object/json.ts";
import type { Json, JsonObject } from "../object/json.ts";
import { isPortName, nameCauses, portNameCauses } from "../object/name.ts";
import type { KubeObject } from "../object/object.ts";
import {
  duplicateValue,
  forbiddenField,
  invalidValue,
  notFoundValue,
  required,
  unsupportedValue,
} from "../object/status.ts";
import type { StatusCause } from "../object/status.ts";

const pullPolicies = ["Always", "IfNotPresent", "Never"];
const restartPolicies = ["Always", "OnFailure", "Never"];
const dnsPolicies = ["ClusterFirstWithHostNet", "ClusterFirst", "Default", "None"];
export const protocols: readonly string[] = ["SCTP", "TCP", "UDP"];

export function podCauses(spec: JsonObject, path: string): readonly StatusCause[] {
  const volumes = listAt(spec, "volumes").map((volume) => textAt(volume, "name"));
  const containers = listAt(spec, "containers");
  const choices = [
    ["restartPolicy", restartPolicies],
    ["dnsPolicy", dnsPolicies],
  ] as const;
  return [
    ...namesCauses(listAt(spec, "volumes"), `${path}.volumes`),
    ...(containers.length === 0 ? [required(`${path}.containers`)] : []),
    ...containersCauses(containers, `${path}.containers`, volumes),
    ...containersCauses(listAt(spec, "initContainers"), `${path}.initContainers`, volumes),
    ...choices
      .filter(([field, supported]) => !supported.includes(textAt(spec, field) || (supported[0] ?? "")))
      .map(([field, supported]) => unsupportedValue(`${path}.${field}`, textAt(spec, field), supported)),
  ];
}

/** Only images and a few numbers of a pod may change, and the fields that the scheduler sets. */
export function podChangeCauses(object: KubeObject, previous: KubeObject): readonly StatusCause[] {
  if (isDeepStrictEqual(fixedPart(object), fixedPart(previous))) return [];
  const why =
    "pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)";
  return [forbiddenField("spec", why)];
}

const changeable = [
  "activeDeadlineSeconds",
  "nodeName",
  "schedulingGates",
  "terminationGracePeriodSeconds",
  "tolerations",
];

function fixedPart(pod: KubeObject): Json {
  const spec = objectAt(pod, "spec");
  const imageless = (field: string): readonly Json[] =>
    listAt(spec, field).map((one) => (isObject(one) ? { ...one, image: "", imagePullPolicy: "" } : one));
  const rest = Object.entries(spec).filter(([field]) => !changeable.includes(field));
  return {
    ...Object.fromEntries(rest),
    containers: imageless("containers"),
    initContainers: imageless("initContainers"),
  };
}

function containersCauses(
  containers: readonly Json[],
  path: string,
  volumes: readonly string[],
): readonly StatusCause[] {
  const each = containers.flatMap((container, index) =>
    containerCauses(container, `${path}[${index}]`, volumes),
  );
  return [...namesCauses(containers, path), ...each];
}

/** The names in a list must be present, unique and valid labels. */
function namesCauses(entries: readonly Json[], path: string): readonly StatusCause[] {
  const names = entries.map((entry) => textAt(entry, "name"));
  return names.flatMap((name, index) => {
    const field = `${path}[${index}].name`;
    if (name === "") return [required(field)];
    if (names.indexOf(name) < index) return [duplicateValue(field, name)];
    return nameCauses(name, "label", field);
  });
}

function containerCauses(container: Json, path: string, volumes: readonly string[]): readonly StatusCause[] {
  const policy = textAt(container, "imagePullPolicy");
  const causes: StatusCause[] = [];
  if (!textAt(container, "image")) causes.push(required(`${path}.image`));
  if (policy !== "" && !pullPolicies.includes(policy))
    causes.push(unsupportedValue(`${path}.imagePullPolicy`, policy, pullPolicies));
  causes.push(...portsCauses(listAt(container, "ports"), `${path}.ports`));
  for (const [index, variable] of listAt(container, "env").entries()) {
    if (!textAt(variable, "name")) causes.push(required(`${path}.env[${index}].name`));
  }
  causes.push(...mountCauses(listAt(container, "volumeMounts"), `${path}.volumeMounts`, volumes));
  return causes;
}

function portsCauses(ports: readonly Json[], path: string): readonly StatusCause[] {
  const names = ports.map((port) => textAt(port, "name"));
  return ports.flatMap((port, index) => {
    const at = `${path}[${index}]`;
    const name = names[index] ?? "";
    const number = numberAt(port, "containerPort");
    const protocol = textAt(port, "protocol") || "TCP";
    const causes: StatusCause[] = [];
    if (name !== "" && !isPortName(name)) causes.push(...portNameCauses(name, `${at}.name`));
    else if (name !== "" && names.indexOf(name) < index) causes.push(duplicateValue(`${at}.name`, name));
    if (number === undefined || number === 0) causes.push(required(`${at}.containerPort`));
    else causes.push(...portCauses(number, `${at}.containerPort`));
    if (!protocols.includes(protocol)) causes.push(unsupportedValue(`${at}.protocol`, protocol, protocols));
    return causes;
  });
}

export function portCauses(number: number, path: string): readonly StatusCause[] {
  if (Number.isInteger(number) && number >= 1 && number <= 65_535) return [];
  return [invalidValue(path, number, "must be between 1 and 65535, inclusive")];
}

function mountCauses(
  mounts: readonly Json[],
  path: string,
  volumes: readonly string[],
): readonly StatusCause[] {
  const paths = mounts.map((mount) => textAt(mount, "mountPath"));
  return mounts.flatMap((mount, index) => {
    const name = textAt(mount, "name");
    const at = `${path}[${index}]`;
    const where = paths[index] ?? "";
    const causes: StatusCause[] = [];
    if (name === "") causes.push(required(`${at}.name`));
    else if (!volumes.includes(name)) causes.push(notFoundValue(`${at}.name`, name));
    if (where === "") causes.push(required(`${at}.mountPath`));
    else if (paths.indexOf(where) < index)
      causes.push(invalidValue(`${at}.mountPath`, where, "must be unique"));
    return causes;
  });
}
