/** What of Gateways, ListenerSets and routes is not served, in sentences: why, and the cure. */
import type { Attached, GatewayFacts, ListenerSetFacts, RouteFacts, Verdict } from "./attach.ts";
import type { Fault } from "../hosts/declaration.ts";
import { type Host, intersectHosts } from "../hosts/host.ts";

/** Faults of one object about hosts: a route has at most 16 hostnames. */
const FAULTS_MAX = 16;

/** `isUsed`: it has hosts of its own, or a route names it. Null: nothing to say. */
export function faultOfGateway(
  { trouble, target, isProgrammed }: GatewayFacts,
  verdict: Verdict,
  isUsed: boolean,
): Fault | null {
  if (isProgrammed || !isUsed) return null;
  const hasAddress = target.addresses.length + target.hostnames.length > 0;
  const kept = !hasAddress
    ? "its hosts exist, and have no address"
    : "its hosts are answered as before, as long as it has addresses";
  const cured = "see what its controller says of it (kubectl describe)";
  const consequence = verdict === "never" ? "its hosts are not answered before it is" : kept;
  return { host: "", sentence: `${trouble}: ${consequence}; ${cured}`, isPassing: true };
}

export function faultOfSet(set: ListenerSetFacts, isHeld: boolean): Fault | null {
  if (!isHeld) {
    const sentence = `its Gateway ${set.gateway} is not read or does not let namespace ${set.namespace} add listeners: routes at them are not answered; spec.allowedListeners of the Gateway allows it`;
    return { host: "", sentence, isPassing: true };
  }
  if (set.isProgrammed) return null;
  const sentence = `${set.trouble}: routes at its listeners are answered only as far as they were before`;
  return { host: "", sentence, isPassing: true };
}

type Attachments = {
  /** At each Gateway or ListenerSet that the route names and that is there. */
  readonly attached: readonly Attached[];
  /** As Parent.holder: one that is not there; null = all are. */
  readonly missing: string | null;
  /** Every Gateway of the cluster is read. */
  readonly areAllRead: boolean;
};

export function faultsOfRoute(
  route: RouteFacts,
  { attached, missing, areAllRead }: Attachments,
): readonly Fault[] {
  const faults = [...(route.faults ?? [])];
  if (route.parents.length === 0 || (missing !== null && !areAllRead)) return faults;
  const at = attached.flatMap((one) => one.at);
  const unserved = route.hostnames.filter((one) => !fits(one, at)).slice(0, FAULTS_MAX);
  const sentence = attached.length === 0 && missing !== null ? absent(missing) : outside(at);
  const passing = missing !== null && { isPassing: true };
  return [...faults, ...unserved.map((host) => ({ host, sentence, ...passing }))];
}

function absent(missing: string): string {
  const what = missing.includes(" ") ? missing : `Gateway ${missing}`;
  return `${what}, which its parentRefs name, is not there, or may not add listeners to its Gateway: create it, or correct parentRefs`;
}

function fits(host: Host, at: readonly Host[]): boolean {
  return at.some((hostname) => intersectHosts(host, hostname) !== null);
}

function outside(at: readonly Host[]): string {
  if (at.length === 0)
    return "no listener of its Gateway lets the route attach: check sectionName and port of parentRefs, and protocol and allowedRoutes of the listeners";
  const names = [...new Set(at)].slice(0, 4).join(", ");
  return `the listeners that the route is attached to serve ${names} only: give it a name there, or attach the route to a listener with this name`;
}
