/** Hosts of Ingresses (`networking.k8s.io/v1`), from rules and TLS, with the addresses of their balancer and their Services. */
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

type IngressClasses = {
  /** Empty = all, including those without a class. */
  readonly classes: readonly string[];
};

export type IngressSettings = SourceChoice & IngressClasses;
export type IngressFilter = ObjectFilter & IngressClasses & { readonly readsExternalDns: boolean };

export const ingressSource: HostSource<IngressSettings> = declaringSource(
  "Ingress",
  ({ namespaces, classes }, { readsExternalDns }) =>
    projectIngress({ namespaces, classes, readsExternalDns }),
);

/** Older than `ingressClassName`, and still in use; the field wins if both are there. */
const CLASS_ANNOTATION = "kubernetes.io/ingress.class";

/** Null: another class or namespace, being deleted, or without both a host and an address. */
export function projectIngress(
  filter: IngressFilter,
): (object: unknown) => Projection<HostDeclaration> | null {
  return (object) => {
    const meta = metaOf(object);
    if (meta === null || !isChosen(filter, meta.namespace)) return null;
    const { key, namespace, name, createdSeconds, annotations } = meta;
    const className = text(at(object, "spec", "ingressClassName")) || (annotations[CLASS_ANNOTATION] ?? "");
    if (filter.classes.length > 0 && !filter.classes.includes(className)) return null;
    const extra = filter.readsExternalDns ? externalDnsOf(annotations) : NO_ANNOTATIONS;
    if (extra.isForeign) return null;
    const { claims, faults, target } = claimsOf(object, meta, extra);
    const hasTarget = target.addresses.length + target.hostnames.length > 0;
    if (claims.length === 0 && faults.length === 0 && !hasTarget) return null;
    return {
      key,
      value: {
        kind: "Ingress",
        namespace,
        name,
        createdSeconds,
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

function claimsOf(object: unknown, meta: ObjectMeta, extra: ExternalDns): IngressClaims {
  const announced = balancerTargets(at(object, "status", "loadBalancer", "ingress"));
  const target = { kind: "addresses", ...(extra.target ?? announced) } as const;
  const backends = backendsOf(object, meta);
  const hosts = new Set<Host>();
  for (const declared of extra.hostsFrom === "annotation" ? [] : declaredHosts(object)) {
    const host = parseHost(declared);
    if (host !== null) hosts.add(host);
  }
  if (extra.hostsFrom !== "spec") for (const host of extra.hosts) hosts.add(host);
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
    faults: tooMuch === undefined ? extra.faults : [...extra.faults, { host: tooMuch, sentence }],
  };
}

function* declaredHosts(object: unknown): Generator {
  for (const rule of list(at(object, "spec", "rules"))) yield at(rule, "host");
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
