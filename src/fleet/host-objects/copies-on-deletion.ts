/**
 * The annotation of a FederatedTypeConfig or a KubeFedCluster that says what becomes of copies when it is deleted. A reason that is
 * lost is no order to delete, so copies stay unless somebody has said otherwise.
 *
 *   fedns.io/copies-on-deletion | copies
 *   absent, "orphan"            | stay as they are
 *   "delete"                    | are deleted
 *   any other                   | stay as they are, and that is told
 */
import { ANNOTATION_PREFIX } from "../../federation/annotations/annotation-table.ts";

export type CopiesOnDeletion = "orphan" | "delete";

/** Without the prefix of fedns. */
export const COPIES_ON_DELETION_NAME = "copies-on-deletion";
export const COPIES_ON_DELETION: string = `${ANNOTATION_PREFIX}${COPIES_ON_DELETION_NAME}`;
export const COPIES_MUST_BE = 'must be "orphan" (copies stay when it is deleted) or "delete"';
export const COPIES_STAY = "copies stay when it is deleted";

/** Undefined: it is neither of the two words. */
export function copiesOnDeletion(text: string): CopiesOnDeletion | undefined {
  return text === "orphan" || text === "delete" ? text : undefined;
}
