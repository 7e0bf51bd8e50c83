/** Validation of PersistentVolumeClaims: what cannot be changed after creation. */
import { isDeepStrictEqual } from "node:util";
import { objectAt, without } from "../object/json.ts";
import type { JsonObject } from "../object/json.ts";
import type { KubeObject } from "../object/object.ts";
import { forbiddenField } from "../object/status.ts";
import type { StatusCause } from "../object/status.ts";

export function claimCauses(object: KubeObject, previous: KubeObject | undefined): readonly StatusCause[] {
  if (!previous) return [];
  if (isDeepStrictEqual(fixedPart(object), fixedPart(previous))) return [];
  const but = "resources.requests and volumeAttributesClassName for bound claims";
  return [forbiddenField("spec", `spec is immutable after creation except ${but}`)];
}

function fixedPart(claim: KubeObject): JsonObject {
  const spec = without(objectAt(claim, "spec"), "volumeAttributesClassName");
  return { ...spec, resources: without(objectAt(spec, "resources"), "requests") };
}
