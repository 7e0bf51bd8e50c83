/** What a plan is made from: types, federated objects and members as they are now, or as a file would make them. */
import type { Clock } from "../../kernel/clock.ts";
import type { Transport } from "../../fleet/kube/transport.ts";
import type { Adoption } from "../apply/decide.ts";
import type { Decision } from "../schedule/allot.ts";
import type { FieldsTable } from "../copies/fields-table.ts";
import type { MemberCopies } from "../copies/member-copies.ts";
import type { Ownership } from "../copies/seen-copy.ts";
import type { NamespaceBound, PlaceableCluster } from "../placement/placement.ts";
import type { HostObjects } from "../objects/host-objects.ts";
import { boundOf } from "../objects/namespace-bound.ts";
import { NAMESPACES, type PropagatedType } from "../objects/propagated-type.ts";

/** What is known of the copies of one type in one member. */
export type TypeView = {
  readonly state: "listed" | "not-seen" | "not-served";
  /** In which the member serves the type; where that is not known, that of the type. */
  readonly version: string;
  /** Why it is not known, with the cure; null = it is. */
  readonly problem: string | null;
  /** It does not answer at all, so that nothing more is asked. */
  readonly isAway: boolean;
};

export type PlanMember = PlaceableCluster & {
  readonly transport: Transport;
  /** Why nothing is read of it or written to it, with the cure; null = it is. */
  readonly problem: string | null;
  readonly copies: MemberCopies;
  /** By the name of the type; filled by reading. */
  readonly views: Map<string, TypeView>;
};

/** What is decided beside objects, as the schedule would decide it now. */
export type PlanDecisions = {
  /** Reads what the decision about one object needs. */
  load(world: PlanWorld, type: PropagatedType, key: string): Promise<void>;
  /** Of an object that was loaded; null = it has no preference. */
  decisionOf(type: string, key: string): Decision | null;
  /** What could not be read for that, and what is taken instead: sentences. */
  readonly unread: ReadonlySet<string>;
};

export type PlanWorld = {
  /** Of the host. */
  readonly transport: Transport;
  /** Those that are propagated. */
  readonly types: readonly PropagatedType[];
  readonly objects: HostObjects;
  readonly members: readonly PlanMember[];
  /** The member that is planned as lost, with all that it has; null = none is. */
  readonly without: string | null;
  readonly ownership: Ownership;
  readonly adoption: Adoption;
  /** How many replicas each member is to get. */
  readonly schedule: PlanDecisions;
  readonly onlyNamespace: string | null;
  readonly ownNamespace: string;
  readonly fields: FieldsTable;
  readonly clock: Clock;
  readonly signal: AbortSignal;
};

/** `key`: "namespace/name" of the federated object. */
export function boundIn(world: PlanWorld, type: PropagatedType, key: string): NamespaceBound {
  const { objects, members } = world;
  return boundOf(type, key, {
    ...world,
    clusters: members,
    federatedNamespace: (namespace) => {
      const row = objects.rowOf({ type: NAMESPACES, key: `${namespace}/${namespace}` });
      return row === undefined ? null : (objects.read(row)?.parsed ?? null);
    },
  });
}

/** Why the copies of a type cannot be judged in a member, as the propagator would see it. */
export function viewIn({ problem, views }: PlanMember, { name, target }: PropagatedType): TypeView {
  const known = views.get(name);
  if (problem === null && known !== undefined) return known;
  return {
    state: "not-seen",
    version: target.version,
    problem: problem ?? "its copies have not been read",
    isAway: false,
  };
}
