/** Routes of the Gateway API as facts: hosts, the Gateways that accepted them, and their Services. */
import type { Parent, RouteFacts, RouteKind } from "../../federation/hosts/attach.ts";
import { sameFaults, sameTexts } from "../../federation/hosts/declaration.ts";
import { type Host, parseHost } from "../../federation/hosts/host.ts";
import { sameAnnotations } from "../../federation/members/backend.ts";
import type { Projection } from "../watch/store.ts";
import { at, HOSTS_MAX, isLabel, list, metaOf, port, annotationsPart, text, texts } from "./raw.ts";
import { isChosen, type ObjectFilter } from "./host-source.ts";
import { externalDnsOf, NO_ANNOTATIONS } from "./external-dns.ts";
import { condition, isGatewayGroup } from "./gateway.ts";

type RouteFilter = ObjectFilter & { readonly readsExternalDns: boolean };

/** The API's limit. */
const PARENTS_MAX = 32;
/** Statuses of parents: from several controllers, or one per listener. */
const STATUSES_MAX = 128;

export function projectRoute(
  kind: RouteKind,
  filter: RouteFilter,
): (object: unknown) => Projection<RouteFacts> | null {
  return (object) => {
    const meta = metaOf(object);
    if (meta === null || !isChosen(filter, meta.namespace)) return null;
    const { key, namespace, name, createdSeconds, annotations } = meta;
    const extra = filter.readsExternalDns ? externalDnsOf(annotations, "gateway") : NO_ANNOTATIONS;
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
      isOpen: declared.length === 0 && extra.hostsFrom === "both",
      parents: acceptedParents(object, namespace),
      services: servicesOf(object, namespace),
      ttlSeconds: extra.ttlSeconds,
      ...annotationsPart(object),
      ...(extra.faults.length > 0 && { faults: extra.faults }),
    };
    return { key, value };
  };
}

/**
 * The `parentRefs` of the spec that a controller has accepted. A status for a parent that is not in the spec is outdated, and
 * a reference without a status does not count. Some controllers write a status for each listener although the reference
 * names none, or leave out the listener that it names: the intersection of both counts.
 */
function acceptedParents(object: unknown, namespace: string): Parent[] {
  const wanted = list(at(object, "spec", "parentRefs")).slice(0, PARENTS_MAX);
  const statuses = list(at(object, "status", "parents")).slice(0, STATUSES_MAX);
  const accepted = statuses
    .filter((parent) => condition(parent, "Accepted") === "True")
    .flatMap((parent) => parentOf(at(parent, "parentRef"), namespace) ?? []);
  const parents: Parent[] = [];
  for (const reference of wanted) {
    const asked = parentOf(reference, namespace);
    for (const answer of asked === null ? [] : accepted) {
      const both = together(asked as Parent, answer);
      if (both !== null && !parents.some((one) => sameParent(one, both))) parents.push(both);
    }
  }
  return parents;
}

/** The intersection of two references; null = none. */
function together(a: Parent, b: Parent): Parent | null {
  const isOneSection = a.section === b.section || a.section === "" || b.section === "";
  const isOnePort = a.port === b.port || a.port === 0 || b.port === 0;
  if (a.gateway !== b.gateway || !isOneSection || !isOnePort) return null;
  return { gateway: a.gateway, section: a.section || b.section, port: a.port || b.port };
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

/** Null if a rule has a backend that is not a Service: its readiness is unknown. A rule without backends does not count. */
function servicesOf(object: unknown, namespace: string): readonly string[] | null {
  const services = new Set<string>();
  for (const rule of list(at(object, "spec", "rules")).slice(0, HOSTS_MAX)) {
    for (const backend of list(at(rule, "backendRefs")).slice(0, HOSTS_MAX)) {
      const name = text(at(backend, "name"));
      const home = text(at(backend, "namespace")) || namespace;
      const isService = text(at(backend, "group")) === "" && (at(backend, "kind") ?? "Service") === "Service";
      if (!isService || !isLabel(name) || !isLabel(home)) return null;
      if (at(backend, "weight") !== 0) services.add(`${home}/${name}`);
    }
  }
  return [...services];
}

export function sameRoute(a: RouteFacts, b: RouteFacts): boolean {
  return (
    a.kind === b.kind &&
    a.createdSeconds === b.createdSeconds &&
    a.isOpen === b.isOpen &&
    a.ttlSeconds === b.ttlSeconds &&
    sameAnnotations(a.annotations ?? null, b.annotations ?? null) &&
    sameTexts(a.hostnames, b.hostnames) &&
    sameTexts(a.services, b.services) &&
    sameFaults(a.faults ?? [], b.faults ?? []) &&
    a.parents.length === b.parents.length &&
    a.parents.every((parent, i) => sameParent(parent, b.parents[i] as Parent))
  );
}
