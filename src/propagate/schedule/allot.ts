/**
 * How many replicas of one object each member gets, from its preference and from what the members show.
 *
 *   member                                     | takes part
 *   its namespace is not placed there          | no: it gets no copy
 *   `intersectWithClusterSelector`, and spec.placement does not select it | no: its copy goes when others are ready
 *   it does not count, see presence.ts         | no: its copy stays as it is, and others run its replicas
 *   else                                       | yes, also with 0 replicas
 *
 * While it is not known of all of them whether they count, nothing is decided.
 */
import { type Allotment, HELD } from "../federated/allotment.ts";
import type { FederatedObject } from "../federated/federated-object.ts";
import { type NamespaceBound, place, type PlaceableCluster } from "../placement/placement.ts";
import { planReplicas, type PlanRule } from "../planner/planner.ts";
import { planSteadily, type SteadyPlan } from "../planner/steady-plan.ts";
import type { ReplicaPreference } from "./preference.ts";
import type { WorkloadFacts } from "../workloads/workload-facts.ts";

/** For how long there must be room again until it is used: what comes and goes moves nothing. */
const REGAIN_AFTER_MS = 60_000;
/** Of all replicas, as with a rolling update: how many run twice while they move. */
const SURGE_SHARE = 0.25;

type ClusterSight = {
  readonly cluster: PlaceableCluster;
  /** Null = not known yet. */
  readonly counts: boolean | null;
  /** Of its copy, as it was last seen; null = it has none. */
  readonly facts: WorkloadFacts | null;
  /** Pods for which there has been no room for a while. */
  readonly unschedulable: number;
};

type AllotRequest = {
  readonly preference: ReplicaPreference;
  /** As the host has it. */
  readonly object: FederatedObject;
  readonly bound: NamespaceBound;
  readonly clusters: readonly ClusterSight[];
  readonly autoscaled: ReadonlySet<string>;
  readonly rule: PlanRule;
  /** Of the last decision; null = nothing was decided yet. */
  readonly before: SteadyPlan | null;
  readonly nowMs: number;
};

export type Decision = {
  readonly allotment: Allotment;
  /** "waiting": it is not known yet which members count; "no-object": there is none, or it or its preference cannot be read. */
  readonly plan: SteadyPlan | "waiting" | "no-clusters" | "no-object";
  /** Members that have no room for all, and why. */
  readonly short: readonly string[];
};

export function allot(request: AllotRequest): Decision {
  const { preference, object, clusters, autoscaled } = request;
  const reachable = clusters.filter(({ cluster }) => isReachable(cluster, request));
  const eligible = reachable.filter(({ cluster }) => isEligible(cluster, request));
  if (reachable.some(({ counts }) => counts === null)) return { allotment: HELD, plan: "waiting", short: [] };
  // Without members nothing can be said, and the old state stays.
  if (eligible.every(({ counts }) => counts === false))
    return { allotment: HELD, plan: "no-clusters", short: [] };
  const away = new Set(reachable.filter(({ counts }) => counts === false).map(({ cluster }) => cluster.name));
  const plan = planSteadily({
    ...request,
    total: preference.total,
    clusters: eligible.map(({ cluster }) => cluster.name),
    away,
    preferences: preference.preferences,
    seen: new Map(
      reachable.flatMap(({ cluster, facts, unschedulable }) =>
        facts === null ? [] : [[cluster.name, { ...facts, replicas: facts.asked, unschedulable }] as const],
      ),
    ),
    key: keyOf(object),
    regainAfterMs: REGAIN_AFTER_MS,
    surge: Math.max(1, Math.ceil(preference.total * SURGE_SHARE)),
  });
  const staying = new Set(eligible.map(({ cluster }) => cluster.name));
  const isPlaced = (cluster: string, count: number): boolean =>
    !away.has(cluster) && (count > 0 || staying.has(cluster));
  const replicas = new Map([...plan.replicas].filter(([cluster, count]) => isPlaced(cluster, count)));
  const isEmptied = reachable.some(({ cluster }) => (replicas.get(cluster.name) ?? 0) === 0);
  const unwanted = isEmptied ? unwantedIn(request, eligible) : new Set<string>();
  const allotment = { replicas, undecided: away, autoscaled, unwanted };
  return { allotment, plan, short: eligible.flatMap(shortIn) };
}

/** What a person asks for, as if every cluster were there and had room. */
function unwantedIn(
  { preference, object, clusters, rule }: AllotRequest,
  eligible: readonly ClusterSight[],
): ReadonlySet<string> {
  const { replicas } = planReplicas(
    {
      total: preference.total,
      clusters: eligible.map(({ cluster }) => cluster.name),
      preferences: preference.preferences,
      current: new Map(eligible.map(({ cluster, facts }) => [cluster.name, facts?.asked ?? 0])),
      capacity: new Map(),
      key: keyOf(object),
    },
    rule,
  );
  const names = clusters.map(({ cluster }) => cluster.name);
  return new Set(names.filter((name) => (replicas.get(name) ?? 0) === 0));
}

function keyOf({ namespace, name }: FederatedObject): string {
  return `${namespace ?? ""}/${name}`;
}

/** The namespace of the object is there. */
function isReachable(cluster: PlaceableCluster, { bound }: AllotRequest): boolean {
  return isChosen({ clusters: [cluster.name], selector: null }, cluster, bound);
}

/** KubeFed writes its own result into spec.placement.clusters: of the placement only the selector is a person's word. */
function isEligible(cluster: PlaceableCluster, { preference, object, bound }: AllotRequest): boolean {
  const { selector } = object.placement;
  if (!preference.intersects || selector === null) return true;
  return isChosen({ clusters: null, selector }, cluster, bound);
}

function isChosen(
  placement: FederatedObject["placement"],
  cluster: PlaceableCluster,
  bound: NamespaceBound,
): boolean {
  return place(placement, [cluster], bound).some((one) => one.isChosen);
}

function shortIn({ cluster, facts, unschedulable }: ClusterSight): readonly string[] {
  if (facts === null || unschedulable === 0) return [];
  const why = facts.refused === null ? "its nodes have no room" : facts.refused.message;
  return [`${cluster.name} has no place for ${unschedulable} of ${facts.asked} pods: ${why}`];
}
