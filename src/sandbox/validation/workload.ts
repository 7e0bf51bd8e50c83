/** Defaults and validation of workloads, with the messages of the API server. */
import { isDeepStrictEqual } from "node:util";
import { isObject, numberAt, objectAt, textAt, valueAt } from "../object/json.ts";
import type { Json, JsonObject } from "../object/json.ts";
import type { KubeObject } from "../object/object.ts";
import { labelSelectorMatches } from "../object/selector.ts";
import { forbiddenField, invalidValue, required, unsupportedValue } from "../object/status.ts";
import type { StatusCause } from "../object/status.ts";
import { podCauses } from "./pod.ts";
import { withTemplate } from "./pod-defaults.ts";

/** `set` overrides the fields that were sent, and these override `defaults`. */
export function withSpec(object: KubeObject, defaults: JsonObject, set: JsonObject = {}): KubeObject {
  return { ...object, spec: withTemplate({ ...defaults, ...objectAt(object, "spec"), ...set }) };
}

/** The default strategy is RollingUpdate; `steps` are the defaults of its parameters. */
export function rolling(strategy: JsonObject, steps: JsonObject): JsonObject {
  const type = textAt(strategy, "type") || "RollingUpdate";
  if (type !== "RollingUpdate") return { ...strategy, type };
  return { ...strategy, type, rollingUpdate: { ...steps, ...objectAt(strategy, "rollingUpdate") } };
}

export function strategyCauses(
  object: KubeObject,
  field: "strategy" | "updateStrategy",
  types: readonly string[],
): readonly StatusCause[] {
  const strategy = objectAt(object, `spec.${field}`);
  const type = textAt(strategy, "type");
  if (!types.includes(type)) return [unsupportedValue(`spec.${field}.type`, type, types)];
  if (type !== "Recreate" || !isObject(strategy["rollingUpdate"])) return [];
  const why = "may not be specified when strategy `type` is 'Recreate'";
  return [forbiddenField(`spec.${field}.rollingUpdate`, why)];
}

/** Validates selector, replicas and template of a workload. */
export function templateCauses(object: KubeObject, previous: KubeObject | undefined): readonly StatusCause[] {
  const causes = [...selectorCauses(object), ...replicasCauses(object)];
  const selector = objectAt(object, "spec.selector");
  const pod = objectAt(object, "spec.template.spec");
  const policy = textAt(pod, "restartPolicy") || "Always";
  if (policy !== "Always")
    causes.push(unsupportedValue("spec.template.spec.restartPolicy", policy, ["Always"]));
  if (previous && !isDeepStrictEqual(objectAt(previous, "spec.selector"), selector))
    causes.push(invalidValue("spec.selector", selector, "field is immutable"));
  return [...causes, ...podCauses({ ...pod, restartPolicy: "Always" }, "spec.template.spec")];
}

function selectorCauses(object: KubeObject): StatusCause[] {
  const selector = objectAt(object, "spec.selector");
  const labels = objectAt(object, "spec.template.metadata.labels");
  const isMissing = valueAt(object, "spec.selector") === undefined;
  const why = "`selector` does not match template `labels`";
  const mismatch = invalidValue("spec.template.metadata.labels", labels, why);
  if (isMissing) return [required("spec.selector"), mismatch];
  if (Object.keys(selector).length === 0)
    return [invalidValue("spec.selector", selector, "empty selector is invalid for deployment")];
  return labelSelectorMatches(selector, labels as Readonly<Record<string, string>>) ? [] : [mismatch];
}

function replicasCauses(object: KubeObject): readonly StatusCause[] {
  const replicas = valueAt(object, "spec.replicas");
  const isFine =
    replicas === undefined || (isWhole(replicas) && (numberAt(object, "spec.replicas") ?? 0) >= 0);
  return isFine ? [] : [invalidValue("spec.replicas", replicas, "must be greater than or equal to 0")];
}

function isWhole(value: Json): boolean {
  return typeof value === "number" && Number.isInteger(value);
}

const statefulChangeable = [
  "replicas",
  "ordinals",
  "template",
  "updateStrategy",
  "persistentVolumeClaimRetentionPolicy",
  "minReadySeconds",
];

export function statefulChangeCauses(
  object: KubeObject,
  previous: KubeObject | undefined,
): readonly StatusCause[] {
  if (!previous) return [];
  const fixed = (of: KubeObject): Json =>
    Object.fromEntries(
      Object.entries(objectAt(of, "spec")).filter(([field]) => !statefulChangeable.includes(field)),
    );
  if (isDeepStrictEqual(fixed(object), fixed(previous))) return [];
  const names = statefulChangeable.map((field) => `'${field}'`);
  const list = `${names.slice(0, -1).join(", ")} and ${names.at(-1) ?? ""}`;
  return [forbiddenField("spec", `updates to statefulset spec for fields other than ${list} are forbidden`)];
}
