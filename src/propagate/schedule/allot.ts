/**
 * How many replicas of one object each member gets, from its preference and from what the members show.
 *
 *   member                                     | takes part
 *   its namespace is not placed there          | no: it gets no copy
 *   `intersectWithClusterSelector`, and spec.placement does not select it | no: it gets no copy
 *   it does not count, see presence.ts         | no: its copy stays as it is
 *   else                                       | yes, also with 0 replicas
 *
 * While it is not known of all of them whether they count, nothing is decided.
 */
import { type Allotment, HELD } from "../federated/allotment.ts";
import type { FederatedObject } from "../federated/federated-object.ts";
import { type NamespaceBound, place, type PlaceableCluster } from "../placement/placement.ts";
import { type Plan, planReplicas, type PlanRule } from "../planner/planner.ts";
import type { ReplicaPreference } from "./preference.ts";
import type { WorkloadFacts } from "./workload-facts.ts";

type ClusterSight = {
  readonly cluster: PlaceableCluster;
  /** Null = not known yet. */
  readonly counts: boolean | null;
  /** Of its copy, as it was last seen; null = it has none. */
  readonly facts: WorkloadFacts | null;
  /** How many replicas have room there; null = no limit has been met. */
  readonly capacity: number | null;
};

type AllotRequest = {
  readonly preference: ReplicaPreference;
  /** As the host has it. */
  readonly object: FederatedObject;
  readonly bound: NamespaceBound;
  readonly clusters: readonly ClusterSight[];
  readonly autoscaled: ReadonlySet<string>;
  readonly rule: PlanRule;
};

export type Decision = {
  readonly allotment: Allotment;
  /** Null = nothing could be planned. */
  readonly plan: Plan | null;
};

export function allot(request: AllotRequest): Decision {
  const { preference, object, clusters, autoscaled, rule } = request;
  const eligible = clusters.filter((one) => isEligible(one.cluster, request));
  if (eligible.some(({ counts }) => counts === null)) return { allotment: HELD, plan: null };
  const counted = eligible.filter(({ counts }) => counts === true);
  const lost = eligible.filter(({ counts }) => counts === false).map(({ cluster }) => cluster.name);
  // Without members nothing can be said, and the old state stays.
  if (counted.length === 0) return { allotment: HELD, plan: null };
  const plan = planReplicas(
    {
      total: preference.total,
      clusters: counted.map(({ cluster }) => cluster.name),
      preferences: preference.preferences,
      current: new Map(counted.map(({ cluster, facts }) => [cluster.name, facts?.asked ?? 0])),
      capacity: new Map(
        counted.flatMap(({ cluster, capacity }) => (capacity === null ? [] : [[cluster.name, capacity]])),
      ),
      key: `${object.namespace ?? ""}/${object.name}`,
    },
    rule,
  );
  const replicas = new Map(
    [...plan.replicas].map(([cluster, number]) => [cluster, number + (plan.overflow.get(cluster) ?? 0)]),
  );
  return { allotment: { replicas, undecided: new Set(lost), autoscaled }, plan };
}

function isEligible(cluster: PlaceableCluster, { preference, object, bound }: AllotRequest): boolean {
  // KubeFed writes its own result into spec.placement.clusters: of the placement only the selector is a person's word.
  const { selector } = object.placement;
  const placement =
    preference.intersects && selector !== null
      ? { clusters: null, selector }
      : { clusters: [cluster.name], selector: null };
  return place(placement, [cluster], bound).some(({ isChosen }) => isChosen);
}
