/** HorizontalPodAutoscalers: stored as autoscaling/v2 and also served as v1, which has CPU as its only metric. */
import { isObject, listAt, numberAt, objectAt, textAt, without } from "../object/json.ts";
import type { Json, JsonObject } from "../object/json.ts";
import type { KubeObject } from "../object/object.ts";
import type { ApiResource } from "../store/resource.ts";
import { required } from "../object/status.ts";
import type { StatusCause } from "../object/status.ts";
import { ageColumn, cellAt, column, integerColumn, nameColumn } from "./cells.ts";
import { defineResource } from "./define.ts";
import type { ResourceDefinition } from "./define.ts";

const names: ResourceDefinition = {
  plural: "horizontalpodautoscalers",
  kind: "HorizontalPodAutoscaler",
  shortNames: ["hpa"],
  categories: ["all"],
  hasStatus: true,
  storageVersion: "v2",
  validate: causes,
};

const columns = [
  nameColumn,
  column(
    "Reference",
    (one) => `${textAt(one, "spec.scaleTargetRef.kind")}/${textAt(one, "spec.scaleTargetRef.name")}`,
  ),
  column("Targets", () => "<none>"),
  column("MinPods", (one) => String(numberAt(one, "spec.minReplicas") ?? "<unset>")),
  integerColumn("MaxPods", cellAt("spec.maxReplicas", 0)),
  integerColumn("Replicas", cellAt("status.currentReplicas", 0)),
  ageColumn,
];

/** Newest first: clients prefer the first version. */
export const autoscalers: readonly ApiResource[] = [
  defineResource("autoscaling", "v2", { ...names, columns, applyDefaults }),
  defineResource("autoscaling", "v1", {
    ...names,
    columns,
    applyDefaults: (object) => applyDefaults(toSecond(object)),
    fromStorage: toFirst,
    toStorage: toSecond,
  }),
];

function applyDefaults(object: KubeObject): KubeObject {
  const metrics = [{ type: "Resource", resource: cpu(80) }];
  return { ...object, spec: { minReplicas: 1, metrics, ...objectAt(object, "spec") } };
}

function cpu(averageUtilization: Json): JsonObject {
  return { name: "cpu", target: { type: "Utilization", averageUtilization } };
}

const percentage = "targetCPUUtilizationPercentage";

function toSecond(object: KubeObject): KubeObject {
  const spec = objectAt(object, "spec");
  const target = spec[percentage];
  const metrics = target === undefined ? {} : { metrics: [{ type: "Resource", resource: cpu(target) }] };
  return { ...object, apiVersion: "autoscaling/v2", spec: { ...without(spec, percentage), ...metrics } };
}

function toFirst(object: KubeObject): KubeObject {
  const { metrics: _, behavior: __, ...spec } = objectAt(object, "spec");
  const found = listAt(object, "spec.metrics").find((one) => textAt(one, "resource.name") === "cpu");
  const target = numberAt(found, "resource.target.averageUtilization");
  const status = isObject(object["status"]) ? { status: without(object["status"], "currentMetrics") } : {};
  return {
    ...object,
    apiVersion: "autoscaling/v1",
    spec: { ...spec, ...(target !== undefined && { [percentage]: target }) },
    ...status,
  };
}

function causes(object: KubeObject): readonly StatusCause[] {
  const fields = ["kind", "name"];
  const missing = fields.filter((field) => textAt(object, `spec.scaleTargetRef.${field}`) === "");
  const most = numberAt(object, "spec.maxReplicas") ?? 0;
  const least = numberAt(object, "spec.minReplicas") ?? 1;
  const fault = (why: string): StatusCause => ({
    reason: "FieldValueInvalid",
    message: `Invalid value: ${most}: ${why}`,
    field: "spec.maxReplicas",
  });
  return [
    ...missing.map((field) => required(`spec.scaleTargetRef.${field}`)),
    ...(most < 1 ? [fault("must be greater than 0")] : []),
    ...(most < least ? [fault("must be greater than or equal to `minReplicas`")] : []),
  ];
}
