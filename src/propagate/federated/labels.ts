/** What marks copies. Labels, not annotations: a change of annotations raises the generation of a Deployment. */

/** KubeFed's: a copy is managed, or, with "false", its member opts out. */
export const MANAGED = "kubefed.io/managed";
/** Which federation a copy belongs to. */
export const OWNER = "fedns.io/owner";
/** Hash of what was applied. */
export const APPLIED = "fedns.io/applied";
/** The object existed before we adopted it: it is not deleted with the federated object. */
export const ADOPTED = "fedns.io/adopted";
/** Hash of the paths that our entry of managedFields does not have, because the member does not know them. */
export const LEFT_OUT = "fedns.io/left-out";
/**
 * An annotation, as labels are too short: which fields we have set, where the member cannot apply and keeps no managedFields. It
 * changes with the content alone.
 */
export const FIELDS = "fedns.io/fields";
