/**
 * The orders of the propagator: which of them are given, renewed and lifted, and what is proved. Levels, not edges: every ask is
 * decided by what is so now.
 *
 *   phase    | the service in this cluster                        | order                  | said
 *   staying  | any                                                | lifted                 | over
 *   gone     | is read, and has no ready endpoint                 | lifted                 | over
 *   gone     | any other                                          | given, or renewed      | leaving, proved
 *   leaving  | is not read, and nothing is ordered                | none                   | unknown
 *   leaving  | answers, and no other cluster that stays could     | lifted, unless forced  | last
 *   leaving  | any other                                          | given, or renewed      | leaving, proved
 *
 * What the cluster does not declare gets no order. Its old answers are waited for all the same.
 */
import { type RemovalAsk, removalKey, type RemovalState } from "../../federation/removals/removal-ask.ts";
import type { OrderTarget } from "./order.ts";
import type { CachedByClientsOf } from "./order-status.ts";
import type { Orders } from "./orders.ts";
import type { Presence } from "./left.ts";

/** An ask that is not repeated lapses: whoever asked is dead, or another asks elsewhere. */
export const REMOVAL_LAPSES_MS = 60_000;

/** What is known of answers; `service` is "namespace/name", or a host. */
export type RemovalFacts = {
  /** It is known what the cluster declares. */
  isRead(cluster: string): boolean;
  isDeclared(cluster: string, service: string): boolean;
  /** Hosts that lead to this Service there, and to no other but those that copies leave as well. */
  hostsThatLeave(cluster: string, service: string): readonly string[];
  /** Hosts that lead to this Service there, and to no other that copies leave. */
  hostsThatStay(cluster: string, service: string): readonly string[];
  presenceOf(service: string): Presence;
  /** No worker answers with the cluster for this service any more. */
  isWithdrawn(cluster: string, service: string): boolean;
};

type Followed = { readonly kind: RemovalState["kind"]; readonly isChanged: boolean };

/** Changes `orders` as the ask wants it. */
export function followRemoval(orders: Orders, ask: RemovalAsk, facts: RemovalFacts, nowMs: number): Followed {
  const { cluster, service, phase, isForced, by } = ask;
  const targets = targetsOf(ask, facts);
  const lift = (kind: RemovalState["kind"]): Followed => {
    const lifted = targetsIn(cluster, [service, ...facts.hostsThatStay(cluster, service)]);
    const effects = lifted.map((target) => orders.liftRemoval(target));
    return { kind, isChanged: effects.some(({ isChanged }) => isChanged) };
  };
  const isRead = facts.isRead(cluster);
  const isReady = facts.presenceOf(service).readyIn.includes(cluster);
  if (phase === "staying" || (phase === "gone" && isRead && !isReady)) return lift("over");
  const isOrdered = targets.some((target) => orders.removalOf(target, nowMs) !== undefined);
  if (!isRead && !isOrdered) return { kind: "unknown", isChanged: false };
  const isLast = targets.some((target) => takesTheLast(orders, ask, target, facts, nowMs));
  if (phase === "leaving" && isLast && !isForced) return lift("last");
  const effects = targets
    .filter((target) => facts.isDeclared(cluster, target.service ?? ""))
    .map((target) => orders.setRemoval(target, nowMs + REMOVAL_LAPSES_MS, nowMs, { by, reason: null }));
  return { kind: "leaving", isChanged: effects.some(({ isChanged }) => isChanged) };
}

/** What is said about an ask that was followed. */
export function stateOfRemoval(
  orders: Orders,
  ask: RemovalAsk,
  kind: RemovalState["kind"],
  facts: RemovalFacts & { readonly cachedByClients: CachedByClientsOf },
  nowMs: number,
): RemovalState {
  const { cluster, service } = ask;
  const none = { sinceMs: null, cachedUntil: null, unprovable: [] };
  if (kind !== "leaving") return { cluster, service, kind, ...none };
  const targets = targetsOf(ask, facts);
  // This comes first: what workers have written until then is gathered when caches are asked about.
  const isOut = targets.every((target) => facts.isWithdrawn(cluster, target.service ?? ""));
  const cached = targets.map((target) => facts.cachedByClients(target));
  const isHeld = cached.some((one) => one === null || one.held > 0);
  const since = targets.flatMap((target) => orders.removalOf(target, nowMs)?.sinceMs ?? []);
  return {
    cluster,
    service,
    kind: isOut && !isHeld ? "proved" : "leaving",
    sinceMs: since.length === 0 ? null : Math.min(...since),
    cachedUntil: cached.flatMap((one) => one?.until ?? []).reduce<string | null>(later, null),
    unprovable: [...new Set(cached.flatMap((one) => one?.unprovable ?? []))],
  };
}

/** One ask for each service of each cluster: the last one counts. */
export function distinct(asks: readonly RemovalAsk[]): readonly RemovalAsk[] {
  return [...new Map(asks.map((ask) => [removalKey(ask), ask])).values()];
}

/** Dates of one form sort as texts. */
function later(a: string | null, b: string): string {
  return a === null || b > a ? b : a;
}

function targetsOf({ cluster, service }: RemovalAsk, facts: RemovalFacts): readonly OrderTarget[] {
  return targetsIn(cluster, [service, ...facts.hostsThatLeave(cluster, service)]);
}

function targetsIn(cluster: string, services: readonly string[]): readonly OrderTarget[] {
  return services.map((service) => ({ cluster, service, address: null }));
}

function takesTheLast(
  orders: Orders,
  { cluster, alsoLeaving }: RemovalAsk,
  { service }: OrderTarget,
  facts: RemovalFacts,
  nowMs: number,
): boolean {
  const name = service ?? "";
  const { readyIn } = facts.presenceOf(name);
  const others = readyIn.filter((one) => one !== cluster && !alsoLeaving.includes(one));
  if (others.some((one) => orders.isWanted(one, name, nowMs))) return false;
  return readyIn.includes(cluster) && orders.isWantedByOperators(cluster, name, nowMs);
}
