/** Validation of PersistentVolumeClaims: what cannot be changed after creation. */
import { isDeepStrictEqual } from "node:util";
import { objectAt, without } from "../object/json.ts";
import type { JsonObject } from "../object/json.ts";
import type { KubeObject } from "../object/object.ts";
import { forbiddenField } from "../object/status.ts";
import type { StatusCause } from "../object/status.ts";

export function claimCauses(object: KubeObject, previous: KubeObject | undefined): readonly StatusCause[] {
  if (!previous) return [];
  const isBound = objectAt(previous, "spec")["volumeName"] !== undefined;
  if (isDeepStrictEqual(fixedPart(object, isBound), fixedPart(previous, isBound))) return [];
  const but = "resources.requests and volumeAttributesClassName for bound claims";
  return [forbiddenField("spec", `spec is immutable after creation except ${but}`)];
}

/** The volume of a claim is set once, by whoever binds it. */
function fixedPart(claim: KubeObject, isBound: boolean): JsonObject {
  const spec = without(objectAt(claim, "spec"), "volumeAttributesClassName");
  const fixed = isBound ? spec : without(spec, "volumeName");
  return { ...fixed, resources: without(objectAt(spec, "resources"), "requests") };
}
