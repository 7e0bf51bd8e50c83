/**
 * Which hosts a route of the Gateway API has at the listeners of a Gateway or ListenerSet: hostnames of the route × listeners
 * that it is attached to. Only what a controller has Accepted and Programmed counts (gateway-verdicts.ts has what it said
 * before). Its `observedGeneration` does not matter: a name must not vanish with every edit until the controller has looked at it.
 */
import type { Annotations } from "../members/backend.ts";
import type { Claim, Fault, HostTarget } from "../hosts/declaration.ts";
import { type Host, intersectHosts } from "../hosts/host.ts";
import { type Labels, matchesSelector, type Selector } from "../hosts/selector.ts";

export type RouteKind = "HTTPRoute" | "GRPCRoute" | "TLSRoute" | "TCPRoute" | "UDPRoute";

/** Which namespaces may use something of a Gateway. */
export type AllowedNamespaces = {
  readonly from: "Same" | "All" | "Selector" | "None";
  readonly namespaces: Selector;
};

export type Listener = AllowedNamespaces & {
  readonly name: string;
  /** "" = any. */
  readonly hostname: Host;
  readonly port: number;
  readonly protocol: string;
  /** Kinds of routes that may attach; empty = those that fit the protocol. */
  readonly kinds: readonly string[];
  /** Neither Accepted nor Programmed is False; a listener without conditions counts. */
  readonly isProgrammed: boolean;
};

export type GatewayFacts = {
  readonly namespace: string;
  readonly name: string;
  readonly uid?: string;
  readonly createdSeconds: number;
  readonly className: string;
  readonly listeners: readonly Listener[];
  /** Which namespaces may add listeners of their own (ListenerSets). */
  readonly sets: AllowedNamespaces;
  /** From the target annotation of ExternalDNS, else from the status. */
  readonly target: Extract<HostTarget, { kind: "addresses" }>;
  /** Accepted and Programmed are both True. */
  readonly isProgrammed: boolean;
  /** What its controller says while it is not: "Programmed is False (Pending: no address yet)". */
  readonly trouble: string;
  /** Hosts of its own, from the annotation of ExternalDNS. */
  readonly hosts: readonly Host[];
  readonly ttlSeconds: number | null;
  /** About the traffic of hosts that only listeners name; absent = nothing. */
  readonly annotations?: Annotations;
  /** Absent = none. */
  readonly faults?: readonly Fault[];
};

/** Listeners that a namespace adds to a Gateway. */
export type ListenerSetFacts = Pick<
  GatewayFacts,
  "namespace" | "name" | "uid" | "createdSeconds" | "listeners" | "isProgrammed" | "trouble"
> & {
  /** "namespace/name" of its Gateway. */
  readonly gateway: string;
};

/** One `parentRef` and what its controller says of it. */
export type Parent = {
  /** "namespace/name" of a Gateway, or "ListenerSet namespace/name". */
  readonly holder: string;
  /** "" = all listeners. */
  readonly section: string;
  /** 0 = any. */
  readonly port: number;
  /** False: the controller has not decided, and what it said before stands. */
  readonly isAccepted: boolean;
  /** What may be used of the route's Services, where its references do not resolve; absent = all. As Claim.services. */
  readonly services?: readonly string[] | null;
};

export type RouteFacts = {
  readonly kind: RouteKind;
  readonly namespace: string;
  readonly name: string;
  readonly uid?: string;
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
  /** What of it is not served; absent = nothing. */
  readonly faults?: readonly Fault[];
};

/** A TCPRoute may attach to a listener that ends TLS. */
const PROTOCOLS: Readonly<Record<RouteKind, readonly string[]>> = {
  HTTPRoute: ["HTTP", "HTTPS"],
  GRPCRoute: ["HTTP", "HTTPS"],
  TLSRoute: ["TLS"],
  TCPRoute: ["TCP", "TLS"],
  UDPRoute: ["UDP"],
};

/** What a controller says or said: "perhaps" = whether it programmed it before this run is not known. */
export type Verdict = "programmed" | "perhaps" | "never";

/** A Gateway, or a ListenerSet with the Gateway that it belongs to, and what is known of its listeners. */
export type Holder = {
  /** As Parent.holder. */
  readonly key: string;
  readonly namespace: string;
  readonly gateway: GatewayFacts;
  readonly listeners: readonly { readonly listener: Listener; readonly verdict: Verdict }[];
};

/** How a host is reached through a Gateway. */
export type Reach = Pick<Claim, "services"> & { readonly isTentative: boolean };

export type Attached = {
  /** Hosts the route names itself. */
  readonly own: ReadonlyMap<Host, Reach>;
  /** Hosts that only the listeners name. */
  readonly inherited: ReadonlyMap<Host, Reach>;
  /** The hostnames of the listeners that it is attached to, served or not. */
  readonly at: readonly Host[];
};

/** The hosts of `route` at `holder`. `labels`: those of the route's namespace; undefined = not known. */
export function attach(route: RouteFacts, holder: Holder, labels: Labels | undefined): Attached {
  const own = new Map<Host, Reach>();
  const inherited = new Map<Host, Reach>();
  const at: Host[] = [];
  const parents = route.parents.filter((parent) => parent.holder === holder.key);
  for (const { listener, verdict } of holder.listeners) {
    const meant = parents.filter(({ section, port }) => isMeant(listener, section, port));
    if (meant.length === 0 || !mayAttach(route, listener, holder.namespace, labels)) continue;
    at.push(listener.hostname);
    if (verdict === "never") continue;
    for (const { services = route.services } of meant) {
      const reach = { services, isTentative: verdict === "perhaps" };
      for (const hostname of route.hostnames) {
        const host = intersectHosts(hostname, listener.hostname);
        if (host !== null && host !== "") put(own, host, reach);
      }
      if (route.isOpen && listener.hostname !== "") put(inherited, listener.hostname, reach);
    }
  }
  return { own, inherited, at };
}

function isMeant(listener: Listener, section: string, port: number): boolean {
  return (section === "" || section === listener.name) && (port === 0 || port === listener.port);
}

/** What is known to be served comes before what may have been. */
function put(reached: Map<Host, Reach>, host: Host, reach: Reach): void {
  const known = reached.get(host);
  if (known === undefined || (known.isTentative && !reach.isTentative)) reached.set(host, reach);
  else if (known.isTentative === reach.isTentative && known.services !== reach.services)
    reached.set(host, { ...known, services: joinedServices(known.services, reach.services) });
}

/** Of two claims on one host: where one has a backend whose readiness is not known, that of the host is not. */
export function joinedServices(a: Claim["services"], b: Claim["services"]): Claim["services"] {
  return a !== null && b !== null ? union(a, b) : null;
}

export function union(a: readonly string[], b: readonly string[]): readonly string[] {
  return a.length === b.length && a.every((text, i) => text === b[i]) ? a : [...new Set([...a, ...b])];
}

function mayAttach(
  { kind, namespace }: RouteFacts,
  { protocol, kinds, ...allowed }: Listener,
  home: string,
  labels: Labels | undefined,
): boolean {
  if (!PROTOCOLS[kind].includes(protocol) || (kinds.length > 0 && !kinds.includes(kind))) return false;
  return isAllowed(allowed, { namespace, home, labels });
}

type Asking = {
  readonly namespace: string;
  /** The namespace of what it wants to use. */
  readonly home: string;
  /** Of `namespace`; undefined = not known. */
  readonly labels: Labels | undefined;
};

export function isAllowed(
  { from, namespaces }: AllowedNamespaces,
  { namespace, home, labels }: Asking,
): boolean {
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

/** A claim on each of the hosts, through one gateway. */
export function claimsThrough(
  { gateway }: Holder,
  hosts: ReadonlyMap<Host, Reach>,
  ttlSeconds: number | null,
): Claim[] {
  const gateways = [`${gateway.namespace}/${gateway.name}`];
  return [...hosts].map(([host, { services, isTentative }]) => ({
    host,
    target: gateway.target,
    services,
    gateways,
    ttlSeconds,
    rrsets: [],
    ...(isTentative && { isTentative }),
  }));
}
