/** The provable drain: which of the addresses that an order removes may still be in caches. */
import type { Clock } from "../../kernel/clock.ts";
import { addressText } from "../../federation/members/address.ts";
import { type Federation, keyOf } from "../../federation/members/federation.ts";
import type { CachedUntil } from "../../picture/publish/cached-until.ts";
import type { OrderTarget } from "./order.ts";
import type { CachedByClients, CachedEndpoint } from "./order-status.ts";

/** The rest is over sooner. */
const SHOWN_MAX = 20;

type CachedByClientsOptions = {
  readonly federation: Federation;
  readonly cachedUntil: CachedUntil;
  readonly config: {
    readonly nameservers: readonly { readonly name: string }[];
    readonly replicas: number;
  };
  readonly clock: Clock;
};

export function cachedByClients(
  { federation, cachedUntil, config, clock }: CachedByClientsOptions,
  target: OrderTarget,
): CachedByClients {
  const nowSeconds = Math.floor(clock.wallMs() / 1000);
  const endpoints = [...endpointsOf({ federation, cachedUntil }, target, nowSeconds)];
  const cached = endpoints.filter(({ untilSeconds }) => untilSeconds >= nowSeconds);
  cached.sort((a, b) => b.untilSeconds - a.untilSeconds);
  const [last] = cached;
  return {
    addresses: endpoints.length,
    held: cached.length,
    until: last === undefined ? null : dateOf(last.untilSeconds),
    latest: cached
      .slice(0, SHOWN_MAX)
      .map(({ service, address, untilSeconds }) => ({ service, address, until: dateOf(untilSeconds) })),
    unprovable: otherServers(config),
  };
}

type Endpoint = Omit<CachedEndpoint, "until"> & { readonly untilSeconds: number };

function* endpointsOf(
  { federation, cachedUntil }: Pick<CachedByClientsOptions, "federation" | "cachedUntil">,
  { cluster, service, address }: OrderTarget,
  nowSeconds: number,
): Generator<Endpoint> {
  const member = federation.member(cluster);
  // This comes first: it gathers what workers have written into an earlier picture.
  const departed = cachedUntil.departed(nowSeconds);
  const isMeant = (text: string): boolean => address === null || address === text;
  for (const key of service === null ? (member?.backends.keys() ?? []) : [service]) {
    for (const one of cachedUntil.of(key, cluster)) {
      const text = addressText(one.address);
      if (isMeant(text)) yield { service: key, address: text, untilSeconds: one.cachedUntil };
    }
  }
  // Of a member that has left, its number is known no more: what belongs to nobody may be its own.
  const indexes = new Set(federation.members.map(({ index }) => index));
  for (const gone of departed) {
    const key = keyOf({ namespace: gone.namespace, name: gone.service });
    const text = addressText(gone.address);
    const isOurs = member === undefined ? !indexes.has(gone.cluster) : gone.cluster === member.index;
    if (isOurs && (service === null || service === key) && isMeant(text))
      yield { service: key, address: text, untilSeconds: gone.cachedUntil };
  }
}

/** The limits of the guarantee: other servers of the zone return addresses too, and this server does not see their responses. */
function otherServers({ nameservers, replicas }: CachedByClientsOptions["config"]): string[] {
  const reasons: string[] = [];
  if (nameservers.length > 1) {
    const names = nameservers.map(({ name }) => name).join(", ");
    reasons.push(
      `the zone has ${nameservers.length} nameservers (${names}); each knows only its own responses`,
    );
  }
  if (replicas > 1) reasons.push(`there are ${replicas} replicas; each knows only its own responses`);
  return reasons;
}

function dateOf(seconds: number): string {
  return new Date(seconds * 1000).toISOString();
}
