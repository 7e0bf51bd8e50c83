/**
 * The annotation of a FederatedTypeConfig or a KubeFedCluster that says what becomes of copies when it is deleted. A reason that is
 * lost is no order to delete, so copies stay unless somebody has said otherwise.
 *
 *   fedns.io/copies-on-deletion | copies
 *   absent, "orphan"            | stay as they are
 *   "delete"                    | are deleted
 *   any other                   | stay as they are, and that is told
 */
import { isJsonRecord, type JsonRecord } from "../../kernel/json.ts";
import { ANNOTATION_PREFIX } from "../../federation/annotations/annotation-table.ts";

export type CopiesOnDeletion = "orphan" | "delete";

export const COPIES_ON_DELETION: string = `${ANNOTATION_PREFIX}copies-on-deletion`;
/** On a KubeFedCluster whose copies are to go with it. */
export const CLUSTER_FINALIZER = "fedns.io/copies";
export const COPIES_MUST_BE = 'must be "orphan" (copies stay when it is deleted) or "delete"';
export const COPIES_STAY = "copies stay when it is deleted";

/** Undefined: the annotation is neither of the two words. */
export function copiesOnDeletion(annotations: unknown): CopiesOnDeletion | undefined {
  const written = isJsonRecord(annotations) ? (annotations[COPIES_ON_DELETION] ?? "orphan") : "orphan";
  const text = typeof written === "string" ? written.trim() : "";
  return text === "orphan" || text === "delete" ? text : undefined;
}

/** Wall ms since when no copy is wanted in a cluster, by the metadata of its KubeFedCluster; null = copies are wanted there, or stay. */
export function leavingMsOf({ deletionTimestamp, annotations }: JsonRecord): number | null {
  if (typeof deletionTimestamp !== "string" || copiesOnDeletion(annotations) !== "delete") return null;
  return Date.parse(deletionTimestamp) || 0;
}
