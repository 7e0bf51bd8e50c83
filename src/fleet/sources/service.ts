/**
 * Services in full: by which addresses the world reaches each, its named ports, and the host names its annotations ask for.
 *
 * What counts as the way in, first come first served:
 *   spec.externalIPs                        whatever the type: somebody said so explicitly (as ExternalDNS has it)
 *   type LoadBalancer                       status.loadBalancer
 *   `fedns.io/expose: nodes`, a node port   the addresses of the cluster's nodes
 *   `fedns.io/expose: endpoints`, headless  the addresses of ready endpoints
 * A host name in an annotation of ExternalDNS is as good as `fedns.io/expose` for that host, as it is there, though not for
 * a federated name.
 * `ipMode` of a balancer's entry (VIP or Proxy, KEP-1860) tells kube-proxy whether to take a short cut; clients outside go
 * to the address in both cases, so DNS answers it in both.
 */
import { annotationOf } from "../../federation/annotations/annotation-table.ts";
import type { Claim, HostDeclaration, HostTarget } from "../../federation/hosts/declaration.ts";
import { sameDeclaration, sameTexts } from "../../federation/hosts/declaration.ts";
import {
  type NamedPort,
  portKey,
  type Annotations,
  samePorts,
  sameAnnotations,
} from "../../federation/members/backend.ts";
import type { Projected } from "../watch/store.ts";
import { isAddress } from "../../kernel/literal.ts";
import {
  at,
  balancerTargets,
  isLabel,
  list,
  metaOf,
  type ObjectMeta,
  port,
  annotationsOf,
  annotationsPart,
  TARGETS_MAX,
  text,
  texts,
} from "./raw.ts";
import { isChosen, type ObjectFilter, type SourceChoice } from "./host-source.ts";
import { type ExternalDns, externalDnsOf, NO_ANNOTATIONS } from "./external-dns.ts";

const EXPOSE_ANNOTATION: string = annotationOf("expose");
const HOSTNAME_ANNOTATION: string = annotationOf("balancer-hostname");

type ServiceChoice = {
  /** `spec.externalIPs` stand in for what a Service announces otherwise. */
  readonly externalIPs: boolean;
  /** What becomes of a balancer's host name: looked up and followed, or answered as an alias (CNAME). */
  readonly balancerHostnames: "resolve" | "alias";
};

export type ServiceSettings = SourceChoice & ServiceChoice;

export type ServiceFilter = ObjectFilter &
  ServiceChoice & {
    readonly readsExternalDns: boolean;
    /** Host names of `internal-hostname`, which mean cluster IPs: of use only where those are routed. */
    readonly readsInternalHostnames: boolean;
  };

/** "none": nothing of its own leads to it. */
type Exposure = "addresses" | "nodes" | "endpoints" | "none";

export type ServiceFacts = {
  readonly exposure: Exposure;
  /** False: it has no federated name, only the hosts of its declaration. */
  readonly hasName: boolean;
  /** An ExternalName: what is ready here says nothing about it. */
  readonly isElsewhere: boolean;
  /** Of `addresses`: as declared, still to be checked. */
  readonly ips: readonly string[];
  readonly hostnames: readonly string[];
  /** `hostnames` are answered as they are; `fedns.io/balancer-hostname: alias` or `resolve`, else the setting. */
  readonly isAlias: boolean;
  /** Of `nodes`: which addresses, and whether only those of nodes with a ready endpoint lead anywhere. */
  readonly access: ExternalDns["access"];
  readonly isLocal: boolean;
  /** Endpoints count although they are not ready. */
  readonly publishesNotReady: boolean;
  /** Sorted by name and protocol. */
  readonly ports: readonly NamedPort[];
  /** Of the Service: who is older is right about a port. */
  readonly createdSeconds: number;
  /** About traffic. */
  readonly annotations: Annotations;
  /** Hosts of annotations; null = none. */
  readonly declaration: HostDeclaration | null;
};

/** An API server takes more, but each is a record. */
const PORTS_MAX = 64;
/** A label (63 octets) with an underscore before it: names of Service ports may be longer than RFC 6335 lets services have. */
const NAME = /^[a-z0-9]([a-z0-9-]{0,60}[a-z0-9])?$/;

export function projectService(filter: ServiceFilter): (object: unknown) => Projected<ServiceFacts> | null {
  return (object) => {
    const meta = metaOf(object);
    if (meta === null || !isLabel(meta.name) || !isChosen(filter, meta.namespace)) return null;
    const extra = filter.readsExternalDns ? externalDnsOf(meta.annotations) : NO_ANNOTATIONS;
    const { exposure, hasName, addresses, hostnames } = exposureOf(object, meta, { extra, filter });
    const isElsewhere = at(object, "spec", "type") === "ExternalName";
    const saysNothing = extra === NO_ANNOTATIONS || extra.isForeign;
    const declaration = saysNothing ? null : declarationOf(object, meta, { exposure, extra, filter });
    if (exposure === "none" && declaration === null && !isElsewhere) return null;
    const value: ServiceFacts = {
      exposure,
      hasName,
      isElsewhere,
      ips: addresses,
      hostnames,
      isAlias:
        hostnames.length > 0 &&
        (meta.annotations[HOSTNAME_ANNOTATION] ?? filter.balancerHostnames) === "alias",
      access: extra.access,
      isLocal: at(object, "spec", "externalTrafficPolicy") === "Local",
      publishesNotReady: at(object, "spec", "publishNotReadyAddresses") === true,
      ports: hasName ? namedPorts(object, exposure) : [],
      createdSeconds: meta.createdSeconds,
      annotations: annotationsOf(object),
      declaration,
    };
    return { key: meta.key, value };
  };
}

type Announced = Pick<ServiceFacts, "exposure" | "hasName" | "hostnames"> & {
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
    return { exposure: "addresses", hasName: true, addresses: externalIPs, hostnames: [] };
  if (type === "LoadBalancer")
    return {
      exposure: "addresses",
      hasName: true,
      ...balancerTargets(at(object, "status", "loadBalancer", "ingress")),
    };
  const possible: Exposure =
    type === "NodePort" ? "nodes" : text(at(object, "spec", "clusterIP")) === "None" ? "endpoints" : "none";
  const hasName = possible !== "none" && annotations[EXPOSE_ANNOTATION] === possible;
  const isExposed = hasName || (extra.hosts.length > 0 && extra.target === null && !extra.isForeign);
  return { exposure: isExposed ? possible : "none", hasName, addresses: [], hostnames: [] };
}

type Context = { readonly exposure: Exposure; readonly extra: ExternalDns; readonly filter: ServiceFilter };

function declarationOf(
  object: unknown,
  meta: ObjectMeta,
  { exposure, extra, filter }: Context,
): HostDeclaration | null {
  const { key, namespace, name, createdSeconds } = meta;
  const elsewhere = externalNameOf(object, filter);
  // Nothing that is ready here says anything about what is elsewhere.
  const services = elsewhere === null ? [key] : null;
  const rest = { services, gateways: [], ttlSeconds: extra.ttlSeconds, rrsets: [] };
  const own: HostTarget | null = exposure === "none" ? elsewhere : { kind: "service", service: key };
  const target: HostTarget | null = extra.target === null ? own : { kind: "addresses", ...extra.target };
  const claims: Claim[] = target === null ? [] : extra.hosts.map((host) => ({ host, target, ...rest }));
  const clusterIPs = filter.readsInternalHostnames ? clusterIPsOf(object) : [];
  if (clusterIPs.length > 0) {
    const inside: HostTarget = { kind: "addresses", addresses: clusterIPs, hostnames: [] };
    for (const host of extra.internalHosts)
      if (!claims.some((claim) => claim.host === host)) claims.push({ host, target: inside, ...rest });
  }
  const { faults } = extra;
  if (claims.length === 0 && faults.length === 0) return null;
  const wrong = faults.length > 0 && { faults };
  return { kind: "Service", namespace, name, createdSeconds, claims, ...wrong, ...annotationsPart(object) };
}

/** Where an ExternalName leads, for hosts of annotations alone (as in ExternalDNS); null for all other types. */
function externalNameOf(object: unknown, filter: ServiceFilter): HostTarget | null {
  if (at(object, "spec", "type") !== "ExternalName") return null;
  const externalIPs = filter.externalIPs ? texts(at(object, "spec", "externalIPs")) : [];
  if (externalIPs.length > 0)
    return { kind: "addresses", addresses: externalIPs.slice(0, TARGETS_MAX), hostnames: [] };
  const name = text(at(object, "spec", "externalName")).replace(/\.$/, "");
  if (name === "") return null;
  return isAddress(name)
    ? { kind: "addresses", addresses: [name], hostnames: [] }
    : { kind: "addresses", addresses: [], hostnames: [name] };
}

/** Servers before 1.20 have one, and no list. */
function clusterIPsOf(object: unknown): readonly string[] {
  const all = texts(at(object, "spec", "clusterIPs"));
  const given = all.length > 0 ? all : [text(at(object, "spec", "clusterIP"))];
  return given.filter(isAddress).slice(0, 2);
}

function namedPorts(object: unknown, exposure: Exposure): readonly NamedPort[] {
  return portsOf(at(object, "spec", "ports"), exposure === "nodes" ? "nodePort" : "port");
}

/** Of a Service or of an EndpointSlice: ports without a name have no SRV record. */
export function portsOf(ports: unknown, field: "port" | "nodePort"): readonly NamedPort[] {
  const named = list(ports)
    .slice(0, PORTS_MAX)
    .flatMap((item): NamedPort[] => {
      const name = text(at(item, "name"));
      const protocol = (text(at(item, "protocol")) || "TCP").toLowerCase();
      const number = port(at(item, field));
      const isKnown = protocol === "tcp" || protocol === "udp" || protocol === "sctp";
      return isKnown && NAME.test(name) && number > 0 ? [{ name, protocol, port: number }] : [];
    });
  return named.sort((a, b) => (portKey(a) < portKey(b) ? -1 : 1));
}

export function sameService(a: ServiceFacts, b: ServiceFacts): boolean {
  return (
    a.exposure === b.exposure &&
    a.hasName === b.hasName &&
    a.isElsewhere === b.isElsewhere &&
    a.access === b.access &&
    a.isLocal === b.isLocal &&
    a.isAlias === b.isAlias &&
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
