/**
 * Which hosts a route of the Gateway API has at a Gateway: hostnames of the route × listeners it is attached to. Only what a
 * controller has Accepted and Programmed counts. Its `observedGeneration` does not matter: a name must not vanish with every
 * edit until the controller has looked at it.
 */
import type { Claim, Fault, HostTarget } from "./declaration.ts";
import type { Annotations } from "../members/backend.ts";
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
  /** Kinds of routes that may attach; empty = those that fit the protocol. */
  readonly kinds: readonly string[];
  /** Neither Accepted nor Programmed is False; a listener without conditions counts. */
  readonly isProgrammed: boolean;
};

export type GatewayFacts = {
  readonly namespace: string;
  readonly name: string;
  readonly createdSeconds: number;
  readonly className: string;
  readonly listeners: readonly Listener[];
  /** From the target annotation of ExternalDNS, else from the status. */
  readonly target: Extract<HostTarget, { kind: "addresses" }>;
  /** Accepted and Programmed are both True. */
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
  /** It names no host, so it has the hosts of its listeners. */
  readonly isOpen: boolean;
  readonly parents: readonly Parent[];
  /** As Claim.services. */
  readonly services: readonly string[] | null;
  readonly ttlSeconds: number | null;
  /** About traffic; absent = nothing. */
  readonly annotations?: Annotations;
  /** Host names that are not valid; absent = none. */
  readonly faults?: readonly Fault[];
};

const PROTOCOLS: Readonly<Record<RouteKind, readonly string[]>> = {
  HTTPRoute: ["HTTP", "HTTPS"],
  GRPCRoute: ["HTTP", "HTTPS"],
  TLSRoute: ["TLS"],
};

type Attached = {
  /** Hosts the route names itself. */
  readonly own: readonly Host[];
  /** Hosts that only the listeners name. */
  readonly inherited: readonly Host[];
};

/** The hosts of `route` at `gateway`. `labels`: those of the route's namespace; undefined = not known. */
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
