/** Routes of the Gateway API, as facts: hosts, the gateways that accepted them, and the Services behind. */
import type { Parent, RouteFacts, RouteKind } from "../claim/attach.ts";
import { sameTexts } from "../claim/declaration.ts";
import { type Host, parseHost } from "../claim/host.ts";
import { sameSaid } from "../federation/pool.ts";
import type { Projected } from "../kube/store.ts";
import { at, HOSTS_MAX, isLabel, list, metaOf, port, saidPart, text, texts } from "./raw.ts";
import { isChosen, type Need, type ObjectFilter } from "./source.ts";
import { externalDnsOf, NO_ANNOTATIONS } from "./source-external-dns.ts";
import { condition, GATEWAY_GROUP, isGatewayGroup } from "./source-gateway.ts";

export const routeNeeds: Readonly<Record<RouteKind, Need>> = {
  HTTPRoute: { group: GATEWAY_GROUP, plural: "httproutes", versions: ["v1", "v1beta1"] },
  GRPCRoute: { group: GATEWAY_GROUP, plural: "grpcroutes", versions: ["v1", "v1alpha2"] },
  TLSRoute: { group: GATEWAY_GROUP, plural: "tlsroutes", versions: ["v1", "v1alpha3", "v1alpha2"] },
};

export type RouteFilter = ObjectFilter & { readonly readsExternalDns: boolean };

/** The API takes no more of them than this. */
const PARENTS_MAX = 32;

export function projectRoute(
  kind: RouteKind,
  filter: RouteFilter,
): (object: unknown) => Projected<RouteFacts> | null {
  return (object) => {
    const meta = metaOf(object);
    if (meta === null || !isChosen(filter.namespaces, meta.namespace)) return null;
    const { key, namespace, name, createdSeconds, annotations } = meta;
    const extra = filter.readsExternalDns ? externalDnsOf(annotations) : NO_ANNOTATIONS;
    if (extra.isForeign) return null;
    const declared = texts(at(object, "spec", "hostnames"));
    const ofSpec = extra.hostsFrom === "annotation" ? [] : declared.map(parseHost);
    const ofAnnotation = extra.hostsFrom === "spec" ? [] : extra.hosts;
    const hostnames = [...ofSpec, ...ofAnnotation].filter((host): host is Host => host !== null);
    const value: RouteFacts = {
      kind,
      namespace,
      name,
      createdSeconds,
      hostnames: [...new Set(hostnames)].slice(0, HOSTS_MAX),
      isOpen: declared.length === 0 && extra.hostsFrom !== "annotation",
      parents: acceptedParents(object, namespace),
      services: servicesOf(object, namespace),
      ttlSeconds: extra.ttlSeconds,
      ...saidPart(object),
    };
    return { key, value };
  };
}

/**
 * Those `parentRefs` of the spec that a controller has accepted. A controller that speaks of a parent which is not asked
 * for any more is behind; a reference nobody answered does not count.
 */
function acceptedParents(object: unknown, namespace: string): Parent[] {
  const wanted = list(at(object, "spec", "parentRefs")).slice(0, PARENTS_MAX);
  const answered = list(at(object, "status", "parents")).slice(0, PARENTS_MAX);
  const accepted = answered
    .filter((parent) => condition(parent, "Accepted") === "True")
    .flatMap((parent) => parentOf(at(parent, "parentRef"), namespace) ?? []);
  const parents = wanted.flatMap((reference) => parentOf(reference, namespace) ?? []);
  return parents.filter((parent) => accepted.some((other) => sameParent(parent, other)));
}

function parentOf(reference: unknown, namespace: string): Parent | null {
  const kind = at(reference, "kind") ?? "Gateway";
  const home = text(at(reference, "namespace")) || namespace;
  const name = text(at(reference, "name"));
  if (!isGatewayGroup(at(reference, "group")) || kind !== "Gateway" || !isLabel(home) || name === "")
    return null;
  return {
    gateway: `${home}/${name}`,
    section: text(at(reference, "sectionName")),
    port: port(at(reference, "port")),
  };
}

function sameParent(a: Parent, b: Parent): boolean {
  return a.gateway === b.gateway && a.section === b.section && a.port === b.port;
}

/** Null where a rule has a backend that is no Service, or none at all (a redirect): of that nothing can be known. */
function servicesOf(object: unknown, namespace: string): readonly string[] | null {
  const services = new Set<string>();
  for (const rule of list(at(object, "spec", "rules")).slice(0, HOSTS_MAX)) {
    const backends = list(at(rule, "backendRefs")).slice(0, HOSTS_MAX);
    if (backends.length === 0) return null;
    for (const backend of backends) {
      const name = text(at(backend, "name"));
      const home = text(at(backend, "namespace")) || namespace;
      const isService = text(at(backend, "group")) === "" && (at(backend, "kind") ?? "Service") === "Service";
      if (!isService || !isLabel(name) || !isLabel(home)) return null;
      if (at(backend, "weight") !== 0) services.add(`${home}/${name}`);
    }
  }
  return services.size === 0 ? null : [...services];
}

export function sameRoute(a: RouteFacts, b: RouteFacts): boolean {
  return (
    a.kind === b.kind &&
    a.createdSeconds === b.createdSeconds &&
    a.isOpen === b.isOpen &&
    a.ttlSeconds === b.ttlSeconds &&
    sameSaid(a.said ?? null, b.said ?? null) &&
    sameTexts(a.hostnames, b.hostnames) &&
    sameTexts(a.services, b.services) &&
    a.parents.length === b.parents.length &&
    a.parents.every((parent, i) => sameParent(parent, b.parents[i] as Parent))
  );
}
