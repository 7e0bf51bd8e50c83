/**
 * Which hosts a route of the Gateway API has at which gateway: hostnames of the route × listeners it is attached to ×
 * the gateway's addresses. Pure. Only what a controller has Accepted and Programmed counts; whether it looked at the latest
 * edit already does not, because a name must not vanish with every edit.
 */
import type { Claim, Fault, HostTarget } from "./declaration.ts";
import type { Annotations } from "../members/pool.ts";
import { type Host, intersectHosts } from "./host.ts";
import { type Labels, matchesSelector, type Selector } from "./selector.ts";

export type RouteKind = "HTTPRoute" | "GRPCRoute" | "TLSRoute";

export type Listener = {
  readonly name: string;
  /** "" = any. */
  readonly hostname: Host;
  readonly port: number;
  readonly protocol: string;
  readonly from: "Same" | "All" | "Selector" | "None";
  readonly namespaces: Selector;
  /** Empty = those that fit the protocol. */
  readonly kinds: readonly string[];
  /** Nothing is said against it: neither Accepted nor Programmed is False. */
  readonly isProgrammed: boolean;
};

export type GatewayFacts = {
  readonly namespace: string;
  readonly name: string;
  readonly createdSeconds: number;
  readonly className: string;
  readonly listeners: readonly Listener[];
  /** Of the annotation that stands for them, else of the status. */
  readonly target: Extract<HostTarget, { kind: "addresses" }>;
  /** Both conditions are True. */
  readonly isProgrammed: boolean;
  /** About the traffic of hosts that only listeners name; absent = nothing. */
  readonly annotations?: Annotations;
};

/** One `parentRef` that a controller has accepted. */
export type Parent = {
  /** "namespace/name" of a Gateway. */
  readonly gateway: string;
  /** "" = all listeners. */
  readonly section: string;
  /** 0 = any. */
  readonly port: number;
};

export type RouteFacts = {
  readonly kind: RouteKind;
  readonly namespace: string;
  readonly name: string;
  readonly createdSeconds: number;
  readonly hostnames: readonly Host[];
  /** It names no host: those of its listeners are meant, if they have one. */
  readonly isOpen: boolean;
  readonly parents: readonly Parent[];
  /** As Claim.services. */
  readonly services: readonly string[] | null;
  readonly ttlSeconds: number | null;
  /** About traffic; absent = nothing. */
  readonly annotations?: Annotations;
  /** Host names that are none; absent = nothing is wrong. */
  readonly faults?: readonly Fault[];
};

const PROTOCOLS: Readonly<Record<RouteKind, readonly string[]>> = {
  HTTPRoute: ["HTTP", "HTTPS"],
  GRPCRoute: ["HTTP", "HTTPS"],
  TLSRoute: ["TLS"],
};

export type Attached = {
  /** Hosts the route names itself. */
  readonly own: readonly Host[];
  /** Hosts that only the listeners name. */
  readonly inherited: readonly Host[];
};

/** What `route` has at `gateway`. `labels`: those of the route's namespace; undefined = not known. */
export function attach(route: RouteFacts, gateway: GatewayFacts, labels: Labels | undefined): Attached {
  const own = new Set<Host>();
  const inherited = new Set<Host>();
  if (!gateway.isProgrammed) return { own: [], inherited: [] };
  const key = `${gateway.namespace}/${gateway.name}`;
  const parents = route.parents.filter((parent) => parent.gateway === key);
  for (const listener of gateway.listeners) {
    const isMeant = parents.some(
      ({ section, port }) =>
        (section === "" || section === listener.name) && (port === 0 || port === listener.port),
    );
    if (!isMeant || !listener.isProgrammed || !isAllowed(route, listener, gateway.namespace, labels))
      continue;
    for (const hostname of route.hostnames) {
      const host = intersectHosts(hostname, listener.hostname);
      if (host !== null && host !== "") own.add(host);
    }
    if (route.isOpen && listener.hostname !== "") inherited.add(listener.hostname);
  }
  return { own: [...own], inherited: [...inherited] };
}

function isAllowed(
  { kind, namespace }: RouteFacts,
  { protocol, kinds, from, namespaces }: Listener,
  home: string,
  labels: Labels | undefined,
): boolean {
  if (!PROTOCOLS[kind].includes(protocol) || (kinds.length > 0 && !kinds.includes(kind))) return false;
  switch (from) {
    case "All":
      return true;
    case "Same":
      return namespace === home;
    case "Selector":
      return labels !== undefined && matchesSelector(namespaces, labels);
    default:
      return false;
  }
}

/** A claim on each of `hosts`, through one gateway. */
export function claimsThrough(
  gateway: GatewayFacts,
  hosts: readonly Host[],
  { services, ttlSeconds }: Pick<RouteFacts, "services" | "ttlSeconds">,
): Claim[] {
  const gateways = [`${gateway.namespace}/${gateway.name}`];
  return hosts.map((host) => ({ host, target: gateway.target, services, gateways, ttlSeconds, rrsets: [] }));
}
