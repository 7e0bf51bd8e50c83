/**
 * What is wanted of one object in one member, from the object alone: nothing that a member has or lacks plays a part.
 *
 *   object                               | wanted
 *   the host does not know it            | nothing is decided: copies stay as they are
 *   our finalizer is not on it yet       | nothing is decided: it could go without our knowledge
 *   cannot be read                       | nothing is decided
 *   it is not decided how many go here   | nothing is decided
 *   its namespace is not federated       | nothing is decided: a reason that is lost is no order to delete
 *   may go nowhere                       | nothing is decided, also when it is deleted: it says nothing about a copy
 *   is being deleted, it is not known how | nothing is decided: its copies may be meant to stay
 *   is being deleted                     | absent, or released with kubefed.io/orphan
 *   not placed here                      | absent
 *   placed here                          | present, as rendered; in the version that its rollout has for the member
 *   placed here, it keeps what it has    | nothing is decided, by its rollout
 *   the cluster leaves with its copies   | absent, or released with kubefed.io/orphan
 */
import { isUndecided } from "../federated/allotted.ts";
import type { CopyDeleteOptions, FederatedObject, ParsedObject } from "../federated/federated-object.ts";
import { versionIn } from "../versions/staged-object.ts";
import {
  type ClusterPlacement,
  type NamespaceBound,
  place,
  type PlaceableCluster,
} from "../placement/placement.ts";

export type Wanted =
  /** `waits`: why, where it is to be said; absent = it is not. */
  | { readonly kind: "undecided"; readonly waits?: HeldVersion }
  | {
      readonly kind: "absent";
      readonly orphan: boolean | null;
      readonly deleteOptions: CopyDeleteOptions;
      readonly reason: ClusterPlacement["reason"] | "deleted";
    }
  /** `held`: why it is not the newest version; absent = it is. */
  | { readonly kind: "present"; readonly object: FederatedObject; readonly held?: HeldVersion };

type HeldVersion = {
  readonly reason: string;
  /** It stays so until a person does something. */
  readonly isFinal: boolean;
};

const UNDECIDED: Wanted = { kind: "undecided" };

/** `parsed` null = the host does not know the object, or it is none. */
export function wantedIn(
  parsed: ParsedObject | null,
  cluster: PlaceableCluster,
  bound: NamespaceBound,
): Wanted {
  if (parsed === null || "problem" in parsed) return UNDECIDED;
  const { object } = parsed;
  if (bound.kind === "refused") return UNDECIDED;
  if (object.isDeleting && !object.isCascadeKnown) return UNDECIDED;
  if (object.isDeleting)
    return { kind: "absent", orphan: object.orphan, deleteOptions: object.deleteOptions, reason: "deleted" };
  if (!object.isHeld || bound.kind === "not-federated") return UNDECIDED;
  if (cluster.leavingMs === undefined && isUndecided(object, cluster.name)) return UNDECIDED;
  const placement = place(object.placement, [cluster], bound).find((one) => one.cluster === cluster.name);
  if (placement === undefined) return UNDECIDED;
  const { isChosen, reason } = placement;
  if (isChosen) return versionFor(object, cluster.name);
  const orphan = reason === "cluster-leaves" ? object.orphan : null;
  return { kind: "absent", orphan, deleteOptions: object.deleteOptions, reason };
}

function versionFor(object: FederatedObject, cluster: string): Wanted {
  const version = versionIn(object, cluster);
  if (version.kind === "new") return { kind: "present", object };
  const { reason, isFinal } = version;
  const held = { reason, isFinal };
  return version.object === null
    ? { kind: "undecided", waits: held }
    : { kind: "present", object: version.object, held };
}
