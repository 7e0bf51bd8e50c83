/** Gateways and ListenerSets of the Gateway API as facts: listeners, addresses and status. */
import type {
  AllowedNamespaces,
  GatewayFacts,
  Listener,
  ListenerSetFacts,
} from "../../federation/gateways/attach.ts";
import { sameFaults, sameTarget, sameTexts } from "../../federation/hosts/declaration.ts";
import { parseHost } from "../../federation/hosts/host.ts";
import { selectorOf } from "../../federation/hosts/selector.ts";
import { sameAnnotations } from "../../federation/members/backend.ts";
import type { Projection } from "../watch/store.ts";
import { isAddress } from "../../kernel/literal.ts";
import {
  at,
  condition,
  list,
  metaOf,
  port,
  annotationsPart,
  TARGETS_MAX,
  text,
  textMap,
  troubleIn,
} from "./raw.ts";
import { externalDnsOf, NO_ANNOTATIONS } from "./external-dns.ts";
import { isGatewayGroup } from "./route-parents.ts";

type GatewayFilter = {
  /** Names of GatewayClasses; empty = all. */
  readonly classes: readonly string[];
  readonly readsExternalDns: boolean;
};

/** The API's limit. */
const LISTENERS_MAX = 64;

/** Null: another class, or being deleted. Namespaces are not filtered: a route's Gateway may be in any. */
export function projectGateway(filter: GatewayFilter): (object: unknown) => Projection<GatewayFacts> | null {
  return (object) => {
    const meta = metaOf(object);
    const className = text(at(object, "spec", "gatewayClassName"));
    if (meta === null || (filter.classes.length > 0 && !filter.classes.includes(className))) return null;
    const { key, namespace, name, createdSeconds, annotations, uid } = meta;
    const extra = filter.readsExternalDns ? externalDnsOf(annotations) : NO_ANNOTATIONS;
    const { hosts, faults, ttlSeconds } = extra.isForeign ? NO_ANNOTATIONS : extra;
    const value: GatewayFacts = {
      namespace,
      name,
      uid,
      createdSeconds,
      className,
      ...listenersOf(object),
      sets: allowedNamespaces(at(object, "spec", "allowedListeners", "namespaces"), "None"),
      target: { kind: "addresses", ...(extra.target ?? addressesOf(at(object, "status", "addresses"))) },
      hosts,
      ttlSeconds,
      ...(faults.length > 0 && { faults }),
      ...annotationsPart(object),
    };
    return { key, value };
  };
}

/** Null: being deleted, or without a Gateway. */
export function projectListenerSet(object: unknown): Projection<ListenerSetFacts> | null {
  const meta = metaOf(object);
  const parent = at(object, "spec", "parentRef");
  const gateway = text(at(parent, "name"));
  const isGateway = isGatewayGroup(at(parent, "group")) && (at(parent, "kind") ?? "Gateway") === "Gateway";
  if (meta === null || gateway === "" || !isGateway) return null;
  const { key, namespace, name, createdSeconds, uid } = meta;
  const home = text(at(parent, "namespace")) || namespace;
  return {
    key,
    value: { namespace, name, uid, createdSeconds, gateway: `${home}/${gateway}`, ...listenersOf(object) },
  };
}

/** Of a Gateway or a ListenerSet. */
function listenersOf(object: unknown): Pick<GatewayFacts, "listeners" | "isProgrammed" | "trouble"> {
  const listeners = list(at(object, "spec", "listeners")).slice(0, LISTENERS_MAX);
  const statuses = list(at(object, "status", "listeners")).slice(0, LISTENERS_MAX);
  const trouble = troubleIn(at(object, "status"), ["Accepted", "Programmed"]);
  return {
    listeners: listeners.flatMap((listener) => listenerOf(listener, statuses) ?? []),
    isProgrammed: trouble === "",
    trouble,
  };
}

function listenerOf(listener: unknown, statuses: readonly unknown[]): Listener | null {
  const hostname = text(at(listener, "hostname"));
  const host = hostname === "" ? "" : parseHost(hostname);
  const name = text(at(listener, "name"));
  if (host === null || name === "") return null;
  const status = statuses.find((one) => at(one, "name") === name);
  const namespaces = at(listener, "allowedRoutes", "namespaces");
  return {
    name,
    hostname: host,
    port: port(at(listener, "port")),
    protocol: text(at(listener, "protocol")),
    ...allowedNamespaces(namespaces, "Same"),
    kinds: kindsOf(list(at(listener, "allowedRoutes", "kinds"))),
    isProgrammed: condition(status, "Accepted") !== "False" && condition(status, "Programmed") !== "False",
  };
}

/** Kinds of other groups stay in the list as "", which matches no route: a list that is not empty allows only what it names. */
function kindsOf(kinds: readonly unknown[]): readonly string[] {
  return kinds.map((kind) => (isGatewayGroup(at(kind, "group")) ? text(at(kind, "kind")) : ""));
}

/** An unknown value: none. */
function allowedNamespaces(namespaces: unknown, byDefault: AllowedNamespaces["from"]): AllowedNamespaces {
  const from = at(namespaces, "from") ?? byDefault;
  if (from === "Same" || from === "All") return { from, namespaces: [] };
  const selector = at(namespaces, "selector");
  const isObject = typeof selector === "object" && selector !== null;
  const parsed = isObject
    ? selectorOf(textMap(at(selector, "matchLabels")), list(at(selector, "matchExpressions")))
    : null;
  return from === "Selector" && parsed !== null
    ? { from, namespaces: parsed }
    : { from: "None", namespaces: [] };
}

/** Addresses of implementation-specific types count too, if their value is an IP address or a host name. */
function addressesOf(addresses: unknown): { addresses: readonly string[]; hostnames: readonly string[] } {
  const values = list(addresses)
    .slice(0, TARGETS_MAX)
    .map((address) => text(at(address, "value")));
  return {
    addresses: values.filter(isAddress),
    hostnames: values.filter((value) => value !== "" && !isAddress(value)),
  };
}

export function sameGateway(a: GatewayFacts, b: GatewayFacts): boolean {
  return (
    a.className === b.className &&
    a.createdSeconds === b.createdSeconds &&
    a.ttlSeconds === b.ttlSeconds &&
    sameTexts(a.hosts, b.hosts) &&
    sameFaults(a.faults ?? [], b.faults ?? []) &&
    JSON.stringify(a.sets) === JSON.stringify(b.sets) &&
    sameAnnotations(a.annotations ?? null, b.annotations ?? null) &&
    sameTarget(a.target, b.target) &&
    sameListeners(a, b)
  );
}

export function sameListenerSet(a: ListenerSetFacts, b: ListenerSetFacts): boolean {
  return a.gateway === b.gateway && a.createdSeconds === b.createdSeconds && sameListeners(a, b);
}

type WithListeners = Pick<GatewayFacts, "uid" | "listeners" | "isProgrammed" | "trouble">;

function sameListeners(a: WithListeners, b: WithListeners): boolean {
  return (
    a.uid === b.uid &&
    a.isProgrammed === b.isProgrammed &&
    a.trouble === b.trouble &&
    a.listeners.length === b.listeners.length &&
    a.listeners.every((listener, i) => sameListener(listener, b.listeners[i] as Listener))
  );
}

function sameListener(a: Listener, b: Listener): boolean {
  return (
    a.name === b.name &&
    a.hostname === b.hostname &&
    a.port === b.port &&
    a.protocol === b.protocol &&
    a.from === b.from &&
    a.isProgrammed === b.isProgrammed &&
    sameTexts(a.kinds, b.kinds) &&
    JSON.stringify(a.namespaces) === JSON.stringify(b.namespaces)
  );
}
