/** Whether copies stay when their federated object is deleted: KubeFed's annotation. */
import type { ApiObject } from "../../fleet/objects/api-object.ts";

export const ORPHAN_ANNOTATION = "kubefed.io/orphan";

export function isOrphaning({ metadata }: ApiObject): boolean {
  return metadata.annotations?.[ORPHAN_ANNOTATION] === "true";
}
