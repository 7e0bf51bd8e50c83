/** What the orders of the propagator are decided by: the federation, the hosts that lead to Services, and what workers answer. */
import type { RemovalAsk } from "../../federation/removals/removal-ask.ts";
import { presenceIn } from "../../traffic/orders/presence.ts";
import type { RemovalFacts } from "../../traffic/orders/removal-orders.ts";
import type { ControlPlane } from "./control-plane.ts";

type FactSources = Pick<ControlPlane, "federation" | "fleet" | "hosts" | "publisher" | "withdrawn">;

/** For one look at these asks. */
export function removalFacts(sources: FactSources, asks: readonly RemovalAsk[]): RemovalFacts {
  const { federation, fleet, hosts, publisher, withdrawn } = sources;
  const leaving = new Set(
    asks.filter(({ phase }) => phase !== "staying").map(({ cluster, service }) => `${cluster} ${service}`),
  );
  const known = new Map<string, ReadonlyMap<string, ReadonlySet<string>>>();
  const hostsIn = (cluster: string): ReadonlyMap<string, ReadonlySet<string>> => {
    const found = known.get(cluster) ?? hosts.servicesBehindHosts(cluster);
    known.set(cluster, found);
    return found;
  };
  const hostsWhere = (cluster: string, service: string, isMeant: (other: string) => boolean): string[] =>
    [...hostsIn(cluster)].flatMap(([host, services]) =>
      services.has(service) && [...services].every((one) => one === service || isMeant(one)) ? [host] : [],
    );
  const isLeaving = (cluster: string, service: string): boolean => leaving.has(`${cluster} ${service}`);
  return {
    // Of a cluster that no source wants, nothing is answered.
    isRead: (cluster) =>
      federation.member(cluster) === undefined ? fleet.isComplete : !publisher.unread.includes(cluster),
    isDeclared: (cluster, service) => federation.member(cluster)?.backends.has(service) === true,
    hostsThatLeave: (cluster, service) => hostsWhere(cluster, service, (other) => isLeaving(cluster, other)),
    hostsThatStay: (cluster, service) => hostsWhere(cluster, service, (other) => !isLeaving(cluster, other)),
    presenceOf: (service) => presenceIn(federation, service),
    isWithdrawn: (cluster, service) => withdrawn.isWithdrawn(cluster, service),
  };
}
