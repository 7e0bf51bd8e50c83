/** Hosts of Ingresses (`networking.k8s.io/v1`), from rules and TLS, with the addresses of their balancer and their Services. */
import { annotationOf } from "../../federation/annotations/annotation-table.ts";
import type { Claim, HostDeclaration, Fault, HostTarget } from "../../federation/hosts/declaration.ts";
import { type Host, parseHost } from "../../federation/hosts/host.ts";
import type { Projection } from "../watch/store.ts";
import {
  at,
  balancerTargets,
  HOSTS_MAX,
  isLabel,
  list,
  metaOf,
  type ObjectMeta,
  annotationsPart,
  text,
  texts,
} from "./raw.ts";
import {
  declaringSource,
  type HostSource,
  isChosen,
  type ObjectFilter,
  type SourceChoice,
} from "./host-source.ts";
import { type ExternalDns, externalDnsOf, NO_ANNOTATIONS } from "./external-dns.ts";

type IngressChoice = {
  /** Empty = all, including those without a class. */
  readonly classes: readonly string[];
  /** Hosts of `spec.tls` count too, where an object does not say otherwise. */
  readonly tlsHosts: boolean;
};

export type IngressSettings = SourceChoice & IngressChoice;
export type IngressFilter = ObjectFilter & IngressChoice & { readonly readsExternalDns: boolean };

export const ingressSource: HostSource<IngressSettings> = declaringSource(
  "Ingress",
  ({ namespaces, classes, tlsHosts }, { readsExternalDns }) =>
    projectIngress({ namespaces, classes, tlsHosts, readsExternalDns }),
);

const HOSTS_ANNOTATION: string = annotationOf("ingress-hosts");
/** Older than `ingressClassName`, and still in use; the field wins if both are there. */
const CLASS_ANNOTATION = "kubernetes.io/ingress.class";

/** Null: another class or namespace, being deleted, or without both a host and an address. */
export function projectIngress(
  filter: IngressFilter,
): (object: unknown) => Projection<HostDeclaration> | null {
  return (object) => {
    const meta = metaOf(object);
    if (meta === null || !isChosen(filter, meta.namespace)) return null;
    const { key, namespace, name, createdSeconds, uid, annotations } = meta;
    const className = text(at(object, "spec", "ingressClassName")) || (annotations[CLASS_ANNOTATION] ?? "");
    if (filter.classes.length > 0 && !filter.classes.includes(className)) return null;
    const extra = filter.readsExternalDns ? externalDnsOf(annotations) : NO_ANNOTATIONS;
    if (extra.isForeign) return null;
    const { claims, faults, target } = claimsOf(object, meta, { extra, tlsHosts: filter.tlsHosts });
    const hasTarget = target.addresses.length + target.hostnames.length > 0;
    if (claims.length === 0 && faults.length === 0 && !hasTarget) return null;
    return {
      key,
      value: {
        kind: "Ingress",
        namespace,
        name,
        createdSeconds,
        uid,
        claims,
        // Its hosts may be in an IngressDNSRecord.
        ...(claims.length === 0 && hasTarget && { target }),
        ...(faults.length > 0 && { faults }),
        ...annotationsPart(object),
      },
    };
  };
}

type IngressClaims = {
  readonly claims: readonly Claim[];
  readonly faults: readonly Fault[];
  readonly target: Extract<HostTarget, { readonly kind: "addresses" }>;
};

type Reading = { readonly extra: ExternalDns; readonly tlsHosts: boolean };

function claimsOf(object: unknown, meta: ObjectMeta, { extra, tlsHosts }: Reading): IngressClaims {
  const announced = balancerTargets(at(object, "status", "loadBalancer", "ingress"));
  const target = { kind: "addresses", ...(extra.target ?? announced) } as const;
  const backends = backendsOf(object, meta);
  const hosts = new Set<Host>();
  const { hostsFrom } = extra;
  const wish = wishOf(meta, tlsHosts);
  if (hostsFrom === "both" || hostsFrom === "spec")
    for (const declared of declaredHosts(object, wish.hasTls)) {
      const host = parseHost(declared);
      if (host !== null) hosts.add(host);
    }
  if (hostsFrom === "both" || hostsFrom === "annotation") for (const host of extra.hosts) hosts.add(host);
  const all = [...hosts];
  const [tooMuch] = all.slice(HOSTS_MAX);
  const sentence = `it is one of more than ${HOSTS_MAX} hosts: what comes after that many is left out`;
  return {
    target,
    claims: all.slice(0, HOSTS_MAX).map((host) => ({
      host,
      target,
      services: servicesFor(host, backends),
      gateways: [],
      ttlSeconds: extra.ttlSeconds,
      rrsets: [],
    })),
    faults: [
      ...extra.faults,
      ...wish.faults,
      ...(tooMuch === undefined ? [] : [{ host: tooMuch, sentence }]),
    ],
  };
}

/** Whether hosts of `spec.tls` count for this object. */
function wishOf(
  { annotations }: ObjectMeta,
  tlsHosts: boolean,
): { hasTls: boolean; faults: readonly Fault[] } {
  const given = annotations[HOSTS_ANNOTATION];
  if (given === undefined || given === "rules" || given === "all")
    return { hasTls: given === undefined ? tlsHosts : given === "all", faults: [] };
  const value = JSON.stringify(given.slice(0, 64));
  const sentence = `${HOSTS_ANNOTATION} is ${value}: it may be rules (without hosts of spec.tls) or all`;
  return { hasTls: tlsHosts, faults: [{ host: "", sentence }] };
}

function* declaredHosts(object: unknown, hasTls: boolean): Generator {
  for (const rule of list(at(object, "spec", "rules"))) yield at(rule, "host");
  if (!hasTls) return;
  for (const tls of list(at(object, "spec", "tls"))) yield* texts(at(tls, "hosts"));
}

/** "namespace/name" of the Services in rules, by host ("" = any host), and of the default backend. */
type Backends = {
  readonly ofHost: ReadonlyMap<string, readonly string[]>;
  readonly others: readonly string[];
};

function backendsOf(object: unknown, { namespace }: ObjectMeta): Backends {
  const others: string[] = [];
  addService(others, at(object, "spec", "defaultBackend"), namespace);
  const ofHost = new Map<string, string[]>();
  for (const rule of list(at(object, "spec", "rules"))) {
    const host = text(at(rule, "host")).toLowerCase();
    const paths = list(at(rule, "http", "paths"));
    const known = ofHost.get(host);
    // A rule without paths: the default backend serves its host.
    const services = paths.length === 0 ? (known ?? others) : known === others ? [] : (known ?? []);
    ofHost.set(host, services);
    for (const path of paths) addService(services, at(path, "backend"), namespace);
  }
  return { ofHost, others };
}

/** With this port the AWS Load Balancer Controller refers to an annotation instead of a Service. */
const NO_SERVICE = "use-annotation";

/** At most HOSTS_MAX: one ready Service is enough. */
function addService(services: string[], backend: unknown, namespace: string): void {
  const name = text(at(backend, "service", "name"));
  if (!isLabel(name) || at(backend, "service", "port", "name") === NO_SERVICE) return;
  const key = `${namespace}/${name}`;
  if (services.length < HOSTS_MAX && !services.includes(key)) services.push(key);
}

/** As ingress controllers choose: the rule for the host, then the one for its wildcard, then the one for any host. */
function servicesFor(host: Host, { ofHost, others }: Backends): readonly string[] {
  const wildcard = `*${host.slice(host.indexOf("."))}`;
  return ofHost.get(host) ?? ofHost.get(wildcard) ?? ofHost.get("") ?? others;
}
