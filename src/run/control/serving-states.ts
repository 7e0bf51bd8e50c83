/**
 * Whether clients of a Service in a cluster are served there, by what control knows of the Service and of the hosts that lead to it:
 *
 *   the cluster       | the Service or host                        | state
 *   is no member      | any                                        | none
 *   was never read, is not seen | any                              | unknown
 *   is seen           | no name leads to it, or it has no address  | none
 *   is seen           | has no ready endpoint                      | down
 *   is seen           | all addresses that a person has not forced are down by their probes | down
 *   is seen           | any other                                  | served
 *
 * The worst of them counts.
 */
import type { ServingAsk, ServingState } from "../../federation/serving/serving-ask.ts";
import { type Backend, hasTarget } from "../../federation/members/backend.ts";
import { HealthReason } from "../../traffic/health/health-reason.ts";
import type { ControlPlane } from "./control-plane.ts";

type Sources = Pick<ControlPlane, "federation" | "fleet" | "hosts" | "publisher" | "planner">;
type Found = Pick<ServingState, "kind" | "reason">;

const NONE: Found = { kind: "none", reason: "" };
const ORDER: readonly ServingState["kind"][] = ["unknown", "down", "served", "none"];

export function servingStates(sources: Sources, asks: readonly ServingAsk[]): readonly ServingState[] {
  return asks.map((ask) => ({ ...ask, ...stateOf(sources, ask) }));
}

function stateOf(sources: Sources, { cluster, service }: ServingAsk): Found {
  const { federation, fleet, hosts, publisher } = sources;
  const member = federation.member(cluster);
  if (member === undefined && fleet.isComplete) return NONE;
  if (member === undefined || publisher.unread.includes(cluster) || federation.isStale(cluster))
    return { kind: "unknown", reason: "it is not known what answers there, since the cluster is not seen" };
  const leading = [...hosts.servicesBehindHosts(cluster)].flatMap(([host, services]) =>
    services.has(service) ? [host] : [],
  );
  const found = [service, ...leading].map((key) => stateOfKey(sources, cluster, key));
  return found.sort((a, b) => ORDER.indexOf(a.kind) - ORDER.indexOf(b.kind))[0] ?? NONE;
}

function stateOfKey({ federation, planner }: Sources, cluster: string, key: string): Found {
  const backend = federation.member(cluster)?.backends.get(key);
  if (backend === undefined || !hasTarget(backend)) return NONE;
  if (backend.readyEndpoints === 0) return { kind: "down", reason: `${key} has no ready endpoint there` };
  const healthAt = planner.endpointStatesOf(key, cluster);
  if (healthAt === null) return { kind: "served", reason: "" };
  const states = addressesOf(backend).flatMap((address) => healthAt(address) ?? []);
  const free = states.filter(({ reason }) => (reason & HealthReason.ForcedDown) === 0);
  const isDown = free.length > 0 && free.every(({ health }) => health === 0);
  if (!isDown) return { kind: "served", reason: "" };
  return { kind: "down", reason: `none of the ${free.length} addresses of ${key} there answers its probes` };
}

function addressesOf({ ipv4, ipv6 }: Backend): readonly (number | string)[] {
  return [...ipv4, ...ipv6];
}
