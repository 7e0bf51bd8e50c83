/**
 * Services as facts: the addresses at which clients reach each one, its named ports, and the hosts in its annotations.
 *
 * The addresses, from the first of these that applies:
 *   spec.externalIPs                        of any type, because they are explicit (as in ExternalDNS)
 *   type LoadBalancer                       status.loadBalancer
 *   `fedns.io/expose: nodes`, a node port   the addresses of the cluster's nodes
 *   `fedns.io/expose: endpoints`, headless  the addresses of ready endpoints, or of their nodes (`endpoints-type` of ExternalDNS)
 * A host in an annotation of ExternalDNS exposes the Service for that host, as `fedns.io/expose` does, but gives it no
 * federated name.
 * `ipMode` of a balancer's entry (VIP or Proxy, KEP-1860) only concerns kube-proxy: clients outside the cluster use the
 * address in both cases, so it is answered in both.
 */
import { annotationOf } from "../../federation/annotations/annotation-table.ts";
import type { Claim, HostDeclaration, HostTarget } from "../../federation/hosts/declaration.ts";
import { sameDeclaration, sameTexts } from "../../federation/hosts/declaration.ts";
import {
  type NamedPort,
  type Annotations,
  samePorts,
  sameAnnotations,
} from "../../federation/members/backend.ts";
import type { Projection } from "../watch/store.ts";
import { isAddress } from "../../kernel/literal.ts";
import {
  at,
  balancerTargets,
  isLabel,
  metaOf,
  type ObjectMeta,
  annotationsOf,
  annotationsPart,
  portsOf,
  TARGETS_MAX,
  text,
  texts,
} from "./raw.ts";
import { isChosen, type ObjectFilter, type SourceChoice } from "./host-source.ts";
import { type ExternalDns, externalDnsOf, NO_ANNOTATIONS } from "./external-dns.ts";
import { exposeFault, unreachable } from "./service-faults.ts";

const EXPOSE_ANNOTATION: string = annotationOf("expose");
const HOSTNAME_ANNOTATION: string = annotationOf("balancer-hostname");

type ServiceChoice = {
  /** `spec.externalIPs` stand in for what a Service announces otherwise. */
  readonly externalIPs: boolean;
  /** What becomes of a balancer's host name: looked up and followed, or answered as an alias (CNAME). */
  readonly balancerHostnames: "resolve" | "alias";
};

export type ServiceSettings = SourceChoice &
  ServiceChoice & {
    /** Internal IPv6 addresses of nodes count as external where a node has no external one. */
    readonly internalIPv6: boolean;
    /** EndpointSlices that come from other clusters make this one ready as well. */
    readonly remoteEndpoints: boolean;
  };

export type ServiceFilter = ObjectFilter &
  ServiceChoice & {
    readonly readsExternalDns: boolean;
    /** Hosts of `internal-hostname` count, with cluster IPs: useful only where those are routed. */
    readonly readsInternalHostnames: boolean;
  };

/** How clients reach it; "none": it has no addresses of its own. */
type Exposure = "addresses" | "nodes" | "endpoints" | "none";

export type ServiceFacts = {
  readonly exposure: Exposure;
  /** False: it has only the hosts of its declaration, no federated name. */
  readonly hasName: boolean;
  /** An ExternalName: endpoints in this cluster say nothing about its readiness. */
  readonly isElsewhere: boolean;
  /** For the exposure "addresses": as declared, not checked. */
  readonly ips: readonly string[];
  readonly hostnames: readonly string[];
  /** A tenant wrote `ips`, not a controller. */
  readonly isOfTenant: boolean;
  /** Its host name is answered (CNAME), not its addresses: by `fedns.io/balancer-hostname`, else by the setting. */
  readonly isAlias: boolean;
  /** For the exposure "nodes": which addresses count, and whether only those of nodes with a ready endpoint do. */
  readonly access: ExternalDns["access"];
  readonly isLocal: boolean;
  /** For the exposure "endpoints": whose addresses count. */
  readonly endpointsAt: ExternalDns["endpointsAt"];
  /** Endpoints that are not ready count too. */
  readonly publishesNotReady: boolean;
  /** Sorted by name and protocol. */
  readonly ports: readonly NamedPort[];
  /** Unix time: the port of the oldest Service wins. */
  readonly createdSeconds: number;
  /** About traffic. */
  readonly annotations: Annotations;
  /** Hosts in annotations; null = none. */
  readonly declaration: HostDeclaration | null;
};

export function projectService(filter: ServiceFilter): (object: unknown) => Projection<ServiceFacts> | null {
  return (object) => {
    const meta = metaOf(object);
    if (meta === null || !isLabel(meta.name) || !isChosen(filter, meta.namespace)) return null;
    const extra = filter.readsExternalDns ? externalDnsOf(meta.annotations) : NO_ANNOTATIONS;
    const announced = exposureOf(object, meta, { extra, filter });
    const { exposure, hasName, addresses, hostnames, isOfTenant } = announced;
    const isElsewhere = at(object, "spec", "type") === "ExternalName";
    const said = extra.isForeign ? NO_ANNOTATIONS : extra;
    const declaration = declarationOf(object, meta, { announced, extra: said, filter });
    if (exposure === "none" && declaration === null && !isElsewhere) return null;
    const value: ServiceFacts = {
      exposure,
      hasName,
      isElsewhere,
      ips: addresses,
      hostnames,
      isOfTenant,
      isAlias:
        hostnames.length > 0 &&
        (meta.annotations[HOSTNAME_ANNOTATION] ?? filter.balancerHostnames) === "alias",
      access: extra.access,
      isLocal: at(object, "spec", "externalTrafficPolicy") === "Local",
      endpointsAt: extra.endpointsAt,
      publishesNotReady: at(object, "spec", "publishNotReadyAddresses") === true,
      ports: hasName ? namedPorts(object, exposure) : [],
      createdSeconds: meta.createdSeconds,
      annotations: annotationsOf(object),
      declaration,
    };
    return { key: meta.key, value };
  };
}

type Announced = Pick<ServiceFacts, "exposure" | "hasName" | "hostnames" | "isOfTenant"> & {
  readonly addresses: readonly string[];
};

function exposureOf(
  object: unknown,
  { annotations }: ObjectMeta,
  { extra, filter }: Pick<Context, "extra" | "filter">,
): Announced {
  const type = text(at(object, "spec", "type"));
  const externalIPs = filter.externalIPs
    ? texts(at(object, "spec", "externalIPs")).slice(0, TARGETS_MAX)
    : [];
  if (externalIPs.length > 0 && type !== "ExternalName")
    return { exposure: "addresses", hasName: true, addresses: externalIPs, hostnames: [], isOfTenant: true };
  if (type === "LoadBalancer")
    return {
      exposure: "addresses",
      hasName: true,
      isOfTenant: false,
      ...balancerTargets(at(object, "status", "loadBalancer", "ingress")),
    };
  const possible: Exposure =
    type === "NodePort" ? "nodes" : text(at(object, "spec", "clusterIP")) === "None" ? "endpoints" : "none";
  const hasName = possible !== "none" && annotations[EXPOSE_ANNOTATION] === possible;
  const isExposed = hasName || (extra.hosts.length > 0 && extra.target === null && !extra.isForeign);
  return {
    exposure: isExposed ? possible : "none",
    hasName,
    addresses: [],
    hostnames: [],
    isOfTenant: false,
  };
}

type Context = { readonly announced: Announced; readonly extra: ExternalDns; readonly filter: ServiceFilter };

/** Null: it says nothing about hosts, and nothing that cannot be done. */
function declarationOf(
  object: unknown,
  meta: ObjectMeta,
  { announced, extra, filter }: Context,
): HostDeclaration | null {
  const misfit = exposeFault(object, meta.annotations[EXPOSE_ANNOTATION], announced);
  if (extra === NO_ANNOTATIONS && misfit === null) return null;
  const { exposure, addresses, hostnames } = announced;
  const { key, namespace, name, createdSeconds, uid } = meta;
  const elsewhere = externalNameOf(object, filter);
  // Readiness in this cluster says nothing about an ExternalName.
  const services = elsewhere === null ? [key] : null;
  const places = exposure === "addresses" && { announced: [...addresses, ...hostnames] };
  const rest = { services, gateways: [], ttlSeconds: extra.ttlSeconds, rrsets: [], ...places };
  const own: HostTarget | null = exposure === "none" ? elsewhere : { kind: "service", service: key };
  const target: HostTarget | null = extra.target === null ? own : { kind: "addresses", ...extra.target };
  const claims: Claim[] = target === null ? [] : extra.hosts.map((host) => ({ host, target, ...rest }));
  const clusterIPs = filter.readsInternalHostnames ? clusterIPsOf(object) : [];
  if (clusterIPs.length > 0) {
    const inside: HostTarget = {
      kind: "addresses",
      addresses: clusterIPs,
      hostnames: [],
      isOfTenant: true,
    };
    for (const host of extra.internalHosts)
      if (!claims.some((claim) => claim.host === host))
        claims.push({
          host,
          target: inside,
          services,
          gateways: [],
          ttlSeconds: extra.ttlSeconds,
          rrsets: [],
        });
  }
  const faults = [...extra.faults, ...(misfit === null ? [] : [misfit])];
  if (target === null) faults.push(...unreachable(extra.hosts, claims));
  if (claims.length === 0 && faults.length === 0) return null;
  const wrong = faults.length > 0 && { faults };
  return {
    kind: "Service",
    namespace,
    name,
    createdSeconds,
    uid,
    claims,
    ...wrong,
    ...annotationsPart(object),
  };
}

/** The target of an ExternalName, for hosts in annotations only (as in ExternalDNS); null for other types. */
function externalNameOf(object: unknown, filter: ServiceFilter): HostTarget | null {
  if (at(object, "spec", "type") !== "ExternalName") return null;
  const externalIPs = filter.externalIPs ? texts(at(object, "spec", "externalIPs")) : [];
  if (externalIPs.length > 0)
    return {
      kind: "addresses",
      addresses: externalIPs.slice(0, TARGETS_MAX),
      hostnames: [],
      isOfTenant: true,
    };
  const name = text(at(object, "spec", "externalName")).replace(/\.$/, "");
  if (name === "") return null;
  return isAddress(name)
    ? { kind: "addresses", addresses: [name], hostnames: [], isOfTenant: true }
    : { kind: "addresses", addresses: [], hostnames: [name], isOfTenant: true };
}

/** API servers before 1.20 have no `clusterIPs`. */
function clusterIPsOf(object: unknown): readonly string[] {
  const all = texts(at(object, "spec", "clusterIPs"));
  const given = all.length > 0 ? all : [text(at(object, "spec", "clusterIP"))];
  return given.filter(isAddress).slice(0, 2);
}

function namedPorts(object: unknown, exposure: Exposure): readonly NamedPort[] {
  return portsOf(at(object, "spec", "ports"), exposure === "nodes" ? "nodePort" : "port");
}

export function sameService(a: ServiceFacts, b: ServiceFacts): boolean {
  return (
    a.exposure === b.exposure &&
    a.hasName === b.hasName &&
    a.isElsewhere === b.isElsewhere &&
    a.access === b.access &&
    a.isLocal === b.isLocal &&
    a.endpointsAt === b.endpointsAt &&
    a.isAlias === b.isAlias &&
    a.isOfTenant === b.isOfTenant &&
    a.publishesNotReady === b.publishesNotReady &&
    a.createdSeconds === b.createdSeconds &&
    sameAnnotations(a.annotations, b.annotations) &&
    sameTexts(a.ips, b.ips) &&
    sameTexts(a.hostnames, b.hostnames) &&
    samePorts(a.ports, b.ports) &&
    (a.declaration === null || b.declaration === null
      ? a.declaration === b.declaration
      : sameDeclaration(a.declaration, b.declaration))
  );
}
