/** From raw API objects, hostile until parsed, to the few facts we keep of them. What is not needed goes no further. */
import { toDnsLabel } from "../federation/label.ts";
import type { Place } from "../federation/cluster.ts";
import { keyOf } from "../federation/federation.ts";
import { NOTHING_SAID, type Said, sameSaid } from "../federation/pool.ts";

/** A Service of type LoadBalancer. */
export type ServiceFacts = {
  /** As `status.loadBalancer.ingress` has them; still to be checked. */
  readonly ips: readonly string[];
  readonly hostnames: readonly string[];
  readonly said: Said;
};

/** How much of a service one EndpointSlice knows to be ready. */
export type SliceFacts = {
  /** "namespace/name" of the service. */
  readonly service: string;
  readonly addressType: string;
  readonly ready: number;
  /** Ready, or to become so: those on their way out do not count. */
  readonly wanted: number;
};

export type Projected<T> = { readonly key: string; readonly value: T };

/** More addresses than this behind one service of one cluster are a fault or an attack (research/dns.md §4.2). */
const INGRESS_MAX = 64;
const OUR_PREFIX = "fedns.io/";
const SERVICE_LABEL = "kubernetes.io/service-name";
const REGION_LABELS = ["topology.kubernetes.io/region", "failure-domain.beta.kubernetes.io/region"];
const ZONE_LABELS = ["topology.kubernetes.io/zone", "failure-domain.beta.kubernetes.io/zone"];

/** Services of other types have no name in the federation: null. */
export function projectService(object: unknown): Projected<ServiceFacts> | null {
  const key = keyOfObject(object);
  if (key === null || !isLabel(key.slice(key.indexOf("/") + 1))) return null;
  if (text(at(object, "spec", "type")) !== "LoadBalancer") return null;
  // An object on its way out announces nothing any more.
  if (text(at(object, "metadata", "deletionTimestamp")) !== "") return null;
  const ingress = list(at(object, "status", "loadBalancer", "ingress")).slice(0, INGRESS_MAX);
  const ips = ingress.map((item) => text(at(item, "ip"))).filter((ip) => ip !== "");
  // An entry with an address needs no look-up, whatever name stands beside it.
  const named = ingress.filter((item) => text(at(item, "ip")) === "");
  const hostnames = named.map((item) => text(at(item, "hostname"))).filter((name) => name !== "");
  return { key, value: { ips, hostnames, said: saidBy(object) } };
}

/** `endpoints` and `ports` may be null; a missing `ready` means ready (EndpointSlice v1, EndpointConditions). */
export function projectSlice(object: unknown): Projected<SliceFacts> | null {
  const key = keyOfObject(object);
  const service = text(at(object, "metadata", "labels", SERVICE_LABEL));
  if (key === null || !isLabel(service)) return null;
  const namespace = key.slice(0, key.indexOf("/"));
  const endpoints = list(at(object, "endpoints"));
  const reachable = endpoints.filter(hasAddress);
  const ready = reachable.filter(isReady).length;
  const wanted = reachable.filter(
    (endpoint) => isReady(endpoint) || at(endpoint, "conditions", "terminating") !== true,
  ).length;
  const addressType = text(at(object, "addressType"));
  return { key, value: { service: keyOf({ namespace, name: service }), addressType, ready, wanted } };
}

/** A missing condition means ready; one that is terminating is not, whatever it still serves (KEP-1672). */
function isReady(endpoint: unknown): boolean {
  return at(endpoint, "conditions", "ready") !== false;
}

/** Null for a namespace that says nothing about traffic. */
export function projectNamespace(object: unknown): Projected<Said> | null {
  const name = text(at(object, "metadata", "name"));
  const said = saidBy(object);
  return isLabel(name) && said !== NOTHING_SAID ? { key: name, value: said } : null;
}

/** Its annotations of our prefix; texts only, as the API has them. */
function saidBy(object: unknown): Said {
  const annotations = at(object, "metadata", "annotations");
  if (typeof annotations !== "object" || annotations === null) return NOTHING_SAID;
  const ours = Object.entries(annotations).filter(
    (entry): entry is [string, string] => entry[0].startsWith(OUR_PREFIX) && typeof entry[1] === "string",
  );
  if (ours.length === 0) return NOTHING_SAID;
  const createdAt = text(at(object, "metadata", "creationTimestamp"));
  return { createdAt, annotations: Object.fromEntries(ours) };
}

/** Where a node is; null when it does not say. The old labels count where the new ones are missing. */
export function projectNode(object: unknown): Projected<Place> | null {
  const name = text(at(object, "metadata", "name"));
  const region = labelOf(object, REGION_LABELS);
  if (name === "" || region === null) return null;
  return { key: name, value: { region, zone: labelOf(object, ZONE_LABELS) } };
}

export function sameService(a: ServiceFacts, b: ServiceFacts): boolean {
  return (
    String(a.ips) === String(b.ips) && String(a.hostnames) === String(b.hostnames) && sameSaid(a.said, b.said)
  );
}

export function sameSlice(a: SliceFacts, b: SliceFacts): boolean {
  return (
    a.service === b.service && a.ready === b.ready && a.wanted === b.wanted && a.addressType === b.addressType
  );
}

export function samePlace(a: Place, b: Place): boolean {
  return a.region === b.region && a.zone === b.zone;
}

function hasAddress(endpoint: unknown): boolean {
  return list(at(endpoint, "addresses")).length > 0;
}

function labelOf(node: unknown, names: readonly string[]): string | null {
  for (const name of names) {
    const label = toDnsLabel(text(at(node, "metadata", "labels", name)));
    if (label !== null) return label;
  }
  return null;
}

/** "namespace/name"; names of EndpointSlices may hold dots. */
function keyOfObject(object: unknown): string | null {
  const namespace = text(at(object, "metadata", "namespace"));
  const name = text(at(object, "metadata", "name"));
  const isNamed = /^[a-z0-9][a-z0-9.-]{0,252}$/.test(name);
  return isNamed && isLabel(namespace) ? keyOf({ namespace, name }) : null;
}

function isLabel(value: string): boolean {
  return /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(value);
}

function at(value: unknown, ...path: readonly string[]): unknown {
  let current = value;
  for (const key of path) {
    if (typeof current !== "object" || current === null) return undefined;
    current = Object.hasOwn(current, key) ? (current as Record<string, unknown>)[key] : undefined;
  }
  return current;
}

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
