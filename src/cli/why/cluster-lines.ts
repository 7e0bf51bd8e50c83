/**
 * Traffic and placement of one Service, joined cluster by cluster, with the reason of each difference between them:
 *
 *   placement                          | traffic          | said                                        | a problem
 *   cannot be read there               | any              | why                                         | yes
 *   a copy is not as wanted            | any              | what would be done, or the refusal          | yes
 *   a copy waits for its drain         | any              | that                                        | no: that is how it goes
 *   fewer ready than wanted            | any              | how many                                    | yes
 *   not placed                         | no share         | the reason of the placement                 | no
 *   not placed                         | a share          | both                                        | yes
 *   placed, but its Service is not     | any              | the reason of the Service's placement       | yes
 *   ready                              | drained, forced  | that                                        | no: somebody ordered it
 *   ready                              | a nearer cluster | that                                        | no: the policy says so
 *   ready                              | no share else    | the server's reason                         | yes
 *   ready                              | not known there  | fedns has not seen the Service              | yes
 *   not federated                      | any              | the Service is the member's own             | no
 */
import { isDifference, isProblem } from "../../propagate/plan/copy-plan.ts";
import type { CopyStatus } from "../../propagate/status/copy-status.ts";
import type { Explained, ExplainedCluster } from "../explain/explain-document.ts";
import { outcomeText } from "../plan/outcome-text.ts";
import { type ClusterShare, getsClients, type Shares } from "../traffic/shares.ts";
import type { PlacementHalf } from "./placement-half.ts";

type Reason = { readonly text: string; readonly isProblem: boolean };

export type ClusterLine = {
  readonly cluster: string;
  /** Replicas; true or false where those are not counted; null = not known, or nothing is federated. */
  readonly wanted: number | boolean | null;
  /** What the copies ask for. */
  readonly placed: number | boolean | null;
  /** Replicas, or the ready endpoints where no replicas are known. */
  readonly ready: number | null;
  /** Null = the running fedns was not asked, or does not know the Service there. */
  readonly traffic: ClusterShare | null;
  readonly reasons: readonly Reason[];
};

type Halves = { readonly placement: PlacementHalf | null; readonly shares: Shares | null };

export function clusterLines({ placement, shares }: Halves): readonly ClusterLine[] {
  const names = new Set([
    ...(placement?.clusters ?? []),
    ...(placement?.workloads ?? []).flatMap(({ clusters }) => clusters.map(({ plan }) => plan.cluster)),
    ...(shares?.clusters ?? []).map(({ cluster }) => cluster),
  ]);
  return [...names].sort().map((cluster) => {
    const traffic = shares?.clusters.find((one) => one.cluster === cluster) ?? null;
    const at = placement === null ? null : sightOf(placement, cluster);
    const ready = at?.ready ?? traffic?.ready ?? null;
    const counts = { wanted: at?.wanted ?? null, placed: at?.placed ?? null, ready };
    return { cluster, ...counts, traffic, reasons: reasonsOf(at, { shares, traffic, ready }) };
  });
}

/** What the host and the member say of one cluster. */
type Sight = {
  readonly wanted: number | boolean | null;
  readonly placed: number | boolean | null;
  readonly ready: number | null;
  readonly isFederated: boolean;
  readonly hasService: boolean;
  readonly service: ExplainedCluster | null;
  /** "Deployment shop/web" and what there is of it. */
  readonly workloads: readonly (readonly [title: string, at: ExplainedCluster])[];
  readonly away: string | null;
};

function sightOf({ service, workloads, withService, away }: PlacementHalf, cluster: string): Sight {
  const inCluster = (object: Explained): ExplainedCluster | null =>
    object.clusters.find(({ plan }) => plan.cluster === cluster) ?? null;
  const found = workloads.flatMap((object) => {
    const at = inCluster(object);
    return at === null ? [] : [[titleOf(object), at] as const];
  });
  const ofService = service === null ? null : inCluster(service);
  const counted = found.length > 0 ? found.map(([, at]) => at) : ofService === null ? [] : [ofService];
  return {
    wanted: sum(counted.map(wantedIn)),
    placed: sum(counted.map(placedIn)),
    ready: found.some(([, at]) => at.replicas !== null)
      ? Number(sum(found.map(([, at]) => at.replicas?.ready ?? 0)))
      : null,
    isFederated: service !== null || found.length > 0,
    hasService: withService.has(cluster),
    service: ofService,
    workloads: found,
    away: away.get(cluster) ?? null,
  };
}

/** "Deployment shop/web", of the copies. */
function titleOf({ kind, namespace, name }: Explained): string {
  return `${kind.replace(/^Federated/, "")} ${namespace}/${name}`;
}

function wantedIn({ plan, wantedReplicas, replicas }: ExplainedCluster): number | boolean {
  if (!plan.placement.isChosen) return replicas === null && wantedReplicas === null ? false : 0;
  return wantedReplicas ?? replicas?.asked ?? true;
}

function placedIn({ live, replicas, wantedReplicas }: ExplainedCluster): number | boolean {
  return replicas?.asked ?? (wantedReplicas !== null ? 0 : live !== null);
}

/** Null = of nothing. What is not counted makes the whole a yes or no. */
function sum(all: readonly (number | boolean)[]): number | boolean | null {
  if (all.length === 0) return null;
  if (all.every((one) => typeof one === "number")) return all.reduce((total, one) => total + one, 0);
  return all.some((one) => one !== false && one !== 0);
}

type Seen = {
  readonly shares: Shares | null;
  readonly traffic: ClusterShare | null;
  readonly ready: number | null;
};

function reasonsOf(at: Sight | null, seen: Seen): readonly Reason[] {
  if (at === null) return seen.traffic === null ? [] : trafficReasons(seen.traffic, true);
  if (at.away !== null) return [problem(at.away), ...trafficOf(at, seen)];
  return [...placementReasons(at, seen), ...trafficOf(at, seen)];
}

function placementReasons(at: Sight, { traffic }: Seen): readonly Reason[] {
  if (!at.isFederated) {
    const own = "its Service is its own: nothing of it is federated";
    return at.hasService || traffic !== null ? [{ text: own, isProblem: false }] : [];
  }
  const isPlaced = at.workloads.length === 0 || at.workloads.some(([, one]) => one.plan.placement.isChosen);
  const hasClients = traffic !== null && getsClients(traffic);
  const ofWorkloads = at.workloads.flatMap(([title, one]) =>
    copyReasons(title, one, hasClients && !isPlaced),
  );
  return [...ofWorkloads, ...serviceReasons(at, { isPlaced, hasClients })];
}

function copyReasons(title: string, at: ExplainedCluster, isBad: boolean): readonly Reason[] {
  const { plan, replicas, wantedReplicas } = at;
  const { placement } = plan;
  const state = stateOf(title, at);
  if (!placement.isChosen) {
    const isFault = isBad && !isDraining(at);
    const clients = isBad ? "gets clients, although it is " : "";
    return [{ text: `${clients}not placed: ${title}: ${placement.sentence}`, isProblem: isFault }, ...state];
  }
  if (replicas?.asked === undefined || replicas.asked === null) return state;
  const wanted = wantedReplicas ?? replicas.asked;
  const ready = replicas.ready ?? 0;
  return ready < wanted ? [...state, problem(`${title}: ${ready} of ${wanted} replicas are ready`)] : state;
}

/** What would be done about a copy, and what the host reports of it; nothing where it is as wanted. */
function stateOf(title: string, at: ExplainedCluster): readonly Reason[] {
  const { plan, status } = at;
  const isOff = isProblem(plan) || isDifference(plan);
  const next = isOff ? [outcomeText(plan)] : [];
  const { status: word = "", message = null } = status ?? {};
  const reported = word === "" ? [] : [`the host reports ${word}${message === null ? "" : `: ${message}`}`];
  if (next.length + reported.length === 0) return [];
  const text = `${title} ${next.length === 0 ? "is as wanted" : next.join("; ")}`;
  return [{ text: [text, ...reported].join("; "), isProblem: isOff && !isDraining(at) }];
}

/** It is to go or to shrink, and clients may still be led to it. */
function isDraining({ status }: ExplainedCluster): boolean {
  return status?.status === ("WaitingForDrain" satisfies CopyStatus);
}

function serviceReasons(
  { service, workloads, hasService }: Sight,
  { isPlaced, hasClients }: { readonly isPlaced: boolean; readonly hasClients: boolean },
): readonly Reason[] {
  if (service === null) return ownServiceReasons(hasService, isPlaced && workloads.length > 0);
  const state = stateOf("its Service", service);
  const { isChosen, sentence } = service.plan.placement;
  if (isChosen) return state;
  const isAlone = workloads.length === 0;
  const isBad = (isAlone ? hasClients : isPlaced && !hasService) && !isDraining(service);
  if (!isAlone && !isPlaced) return state;
  return [{ text: `its Service is not placed: ${sentence}`, isProblem: isBad }, ...state];
}

function ownServiceReasons(hasService: boolean, isNeeded: boolean): readonly Reason[] {
  if (hasService)
    return [{ text: "its Service is its own: no FederatedService places it", isProblem: false }];
  return isNeeded ? [problem("it has no Service of this name: federate it, or create it there")] : [];
}

function trafficOf(at: Sight, { shares, traffic, ready }: Seen): readonly Reason[] {
  if (shares === null) return [];
  const hasReady = (ready ?? 0) > 0;
  if (traffic !== null) return trafficReasons(traffic, hasReady || at.wanted === null);
  return hasReady && at.hasService ? [problem("the running fedns has not seen its Service")] : [];
}

/** What a person ordered, or the policy says, is as it is to be. */
const WANTED = /drained or forced down|nearer or earlier clusters/;

function trafficReasons({ reason, ready }: ClusterShare, isNews: boolean): readonly Reason[] {
  if (reason === null || (!isNews && (ready ?? 0) === 0)) return [];
  return [{ text: `gets no clients: ${reason}`, isProblem: !WANTED.test(reason) }];
}

function problem(text: string): Reason {
  return { text, isProblem: true };
}
