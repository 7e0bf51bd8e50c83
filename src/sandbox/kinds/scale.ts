/** The scale subresource: an autoscaling/v1 Scale is read from, and written to, objects that have replicas. */
import { ageColumn, cellAt, integerColumn, nameColumn } from "./cells.ts";
import { defineResource } from "./define.ts";
import { isObject, numberAt, textAt, valueAt } from "../object/json.ts";
import type { Json, JsonObject } from "../object/json.ts";
import { withMetadata } from "../object/object.ts";
import type { KubeObject, Metadata } from "../object/object.ts";
import { mergePatch } from "../merge/patch.ts";
import { apiVersionOf } from "../store/resource.ts";
import type { ApiResource } from "../store/resource.ts";
import { formatLabelSelector } from "../object/selector.ts";
import { badRequest, invalid, invalidValue, noSuchPath } from "../object/status.ts";

/** How `kubectl get --subresource=scale` prints a Scale. It is not registered as a resource: it cannot be listed. */
export const scales: ApiResource = defineResource("autoscaling", "v1", {
  plural: "scales",
  kind: "Scale",
  columns: [
    nameColumn,
    integerColumn("Desired", cellAt("spec.replicas", 0)),
    integerColumn("Available", cellAt("status.replicas", 0)),
    ageColumn,
  ],
});

export function readScale(resource: ApiResource, object: KubeObject): KubeObject {
  if (!resource.scale) throw noSuchPath();
  const { name, namespace, uid, resourceVersion, creationTimestamp } = object.metadata;
  const asked = valueAt(object, resource.scale.selector);
  const replicas = numberAt(object, resource.scale.replicas) ?? 0;
  const observed = numberAt(object, resource.scale.observed) ?? 0;
  const metadata = { name, namespace, uid, resourceVersion, creationTimestamp } as Metadata;
  const status = {
    replicas: observed,
    selector: typeof asked === "string" ? asked : formatLabelSelector(isObject(asked) ? asked : {}),
  };
  return { kind: "Scale", apiVersion: "autoscaling/v1", metadata, spec: { replicas }, status };
}

/** The configuration of the scaled object that an applied Scale stands for; throws 400 for another kind. */
export function scaleConfig(resource: ApiResource, scale: JsonObject): JsonObject {
  if (!resource.scale) throw noSuchPath();
  const kind = textAt(scale, "kind");
  if (kind !== "Scale") {
    const both = `${kind} in version ${JSON.stringify(textAt(scale, "apiVersion"))} cannot be handled as a Scale`;
    throw badRequest(`${both}: kind does not match`);
  }
  const replicas = valueAt(scale, "spec.replicas") ?? 0;
  const change = nested(resource.scale.replicas, replicas);
  const metadata = scale["metadata"];
  return { ...change, apiVersion: apiVersionOf(resource), kind: resource.kind, metadata };
}

function nested(path: string, value: Json): JsonObject {
  return path.split(".").reduceRight<Json>((inner, key) => ({ [key]: inner }), value) as JsonObject;
}

/** Returns `object` with the replicas that `scale` asks for; throws 422 for an invalid number. */
export function writeScale(resource: ApiResource, object: KubeObject, scale: JsonObject): KubeObject {
  if (!resource.scale) throw noSuchPath();
  const replicas = valueAt(scale, "spec.replicas") ?? 0;
  if (typeof replicas !== "number" || !Number.isInteger(replicas) || replicas < 0) {
    const cause = invalidValue("spec.replicas", replicas, "must be greater than or equal to 0");
    throw invalid({ group: "autoscaling", kind: "Scale", name: object.metadata.name }, [cause]);
  }
  const change = nested(resource.scale.replicas, replicas);
  const asked = textAt(scale, "metadata.resourceVersion");
  const scaled = mergePatch(object, change) as KubeObject;
  return asked ? withMetadata(scaled, { resourceVersion: asked }) : scaled;
}
