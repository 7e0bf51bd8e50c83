/** The labels of copies. Labels, not annotations: a change of annotations raises the generation of a Deployment. */

/** KubeFed's: a copy is managed, or, with "false", its member opts out. */
export const MANAGED = "kubefed.io/managed";
/** Which federation a copy belongs to. */
export const OWNER = "fedns.io/owner";
/** Hash of what was applied. */
export const APPLIED = "fedns.io/applied";
/** The object existed before we adopted it: it is not deleted with the federated object. */
export const ADOPTED = "fedns.io/adopted";
