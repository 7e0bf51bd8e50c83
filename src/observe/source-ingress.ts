/** Hosts of Ingresses (`networking.k8s.io/v1`): of rules and of TLS, with the balancer's addresses and the Services behind. */
import type { Claim, Declaration, Target } from "../claim/declaration.ts";
import { type Host, parseHost } from "../claim/host.ts";
import type { Projected } from "../kube/store.ts";
import {
  at,
  balancerTargets,
  HOSTS_MAX,
  isLabel,
  list,
  metaOf,
  type ObjectMeta,
  saidPart,
  text,
  texts,
} from "./raw.ts";
import { isChosen, type Need, type ObjectFilter } from "./source.ts";
import { type ExternalDns, externalDnsOf, NO_ANNOTATIONS } from "./source-external-dns.ts";

export const ingressNeeds: readonly Need[] = [
  { group: "networking.k8s.io", plural: "ingresses", versions: ["v1"] },
];

export type IngressFilter = ObjectFilter & {
  /** Empty = all, those without a class included. */
  readonly classes: readonly string[];
  readonly readsExternalDns: boolean;
};

/** Older than `ingressClassName`, and still written: where both stand, the field is meant. */
const CLASS_ANNOTATION = "kubernetes.io/ingress.class";

/** Null = nothing of ours: another class or namespace, on its way out, or no host at all. */
export function projectIngress(filter: IngressFilter): (object: unknown) => Projected<Declaration> | null {
  return (object) => {
    const meta = metaOf(object);
    if (meta === null || !isChosen(filter.namespaces, meta.namespace)) return null;
    const { key, namespace, name, createdSeconds, annotations } = meta;
    const className = text(at(object, "spec", "ingressClassName")) || (annotations[CLASS_ANNOTATION] ?? "");
    if (filter.classes.length > 0 && !filter.classes.includes(className)) return null;
    const extra = filter.readsExternalDns ? externalDnsOf(annotations) : NO_ANNOTATIONS;
    if (extra.isForeign) return null;
    const claims = claimsOf(object, meta, extra);
    if (claims.length === 0) return null;
    return { key, value: { kind: "Ingress", namespace, name, createdSeconds, claims, ...saidPart(object) } };
  };
}

function claimsOf(object: unknown, meta: ObjectMeta, extra: ExternalDns): Claim[] {
  const announced = balancerTargets(at(object, "status", "loadBalancer", "ingress"));
  const target: Target = { kind: "addresses", ...(extra.target ?? announced) };
  const servicesOf = extra.hostsFrom === "annotation" ? new Map<Host, Behind>() : hostsOf(object, meta);
  if (extra.hostsFrom !== "spec") {
    // A host that only the annotation names is served by all rules that are for any host.
    const any = backendsOf(object, meta, (host) => host === "");
    for (const host of extra.hosts) if (!servicesOf.has(host)) servicesOf.set(host, any);
  }
  const hosts = [...servicesOf].slice(0, HOSTS_MAX);
  return hosts.map(([host, services]) => ({
    host,
    target,
    services,
    gateways: [],
    ttlSeconds: extra.ttlSeconds,
    rrsets: [],
  }));
}

/** Services behind a host; null = the Ingress does not say. */
type Behind = readonly string[] | null;

function hostsOf(object: unknown, meta: ObjectMeta): Map<Host, Behind> {
  const ofRules = list(at(object, "spec", "rules"))
    .slice(0, HOSTS_MAX)
    .map((rule) => at(rule, "host"));
  const ofTls = list(at(object, "spec", "tls"))
    .slice(0, HOSTS_MAX)
    .flatMap((tls) => texts(at(tls, "hosts")));
  const hosts = new Map<Host, Behind>();
  for (const declared of [...ofRules, ...ofTls]) {
    const host = parseHost(declared);
    if (host === null || hosts.has(host) || hosts.size >= HOSTS_MAX) continue;
    hosts.set(
      host,
      backendsOf(object, meta, (other) => other === host),
    );
  }
  return hosts;
}

/** The Services of the rules for a host; where there is no such rule, the default backend's. */
function backendsOf(object: unknown, { namespace }: ObjectMeta, isMeant: (host: string) => boolean): Behind {
  const rules = list(at(object, "spec", "rules")).slice(0, HOSTS_MAX);
  const meant = rules.filter((rule) => isMeant(text(at(rule, "host")).toLowerCase()));
  const paths = meant.flatMap((rule) => list(at(rule, "http", "paths")));
  const backends = paths.map((path) => at(path, "backend"));
  if (backends.length === 0) backends.push(at(object, "spec", "defaultBackend"));
  const names = backends.map((backend) => text(at(backend, "service", "name"))).filter(isLabel);
  return names.length === 0 ? null : [...new Set(names)].map((name) => `${namespace}/${name}`);
}
