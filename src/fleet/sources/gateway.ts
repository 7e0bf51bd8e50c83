/** Gateways of the Gateway API as facts: listeners, addresses and status. */
import type { GatewayFacts, Listener } from "../../federation/hosts/attach.ts";
import { sameTarget, sameTexts } from "../../federation/hosts/declaration.ts";
import { parseHost } from "../../federation/hosts/host.ts";
import { type Selector, selectorOf } from "../../federation/hosts/selector.ts";
import { sameAnnotations } from "../../federation/members/backend.ts";
import type { Projection } from "../watch/store.ts";
import { isAddress } from "../../kernel/literal.ts";
import { at, list, metaOf, port, annotationsPart, TARGETS_MAX, text, textMap } from "./raw.ts";
import { externalDnsOf } from "./external-dns.ts";

const GATEWAY_GROUP = "gateway.networking.k8s.io";

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
    const { key, namespace, name, createdSeconds, annotations } = meta;
    const listeners = list(at(object, "spec", "listeners")).slice(0, LISTENERS_MAX);
    const statuses = list(at(object, "status", "listeners")).slice(0, LISTENERS_MAX);
    const extra = filter.readsExternalDns ? externalDnsOf(annotations).target : null;
    const value: GatewayFacts = {
      namespace,
      name,
      createdSeconds,
      className,
      listeners: listeners.flatMap((listener) => listenerOf(listener, statuses) ?? []),
      target: { kind: "addresses", ...(extra ?? addressesOf(at(object, "status", "addresses"))) },
      isProgrammed:
        condition(at(object, "status"), "Accepted") === "True" &&
        condition(at(object, "status"), "Programmed") === "True",
      ...annotationsPart(object),
    };
    return { key, value };
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
    ...allowedNamespaces(namespaces),
    kinds: kindsOf(list(at(listener, "allowedRoutes", "kinds"))),
    isProgrammed: condition(status, "Accepted") !== "False" && condition(status, "Programmed") !== "False",
  };
}

/** Kinds of other groups stay in the list as "", which matches no route: a list that is not empty allows only what it names. */
function kindsOf(kinds: readonly unknown[]): readonly string[] {
  return kinds.map((kind) => (isGatewayGroup(at(kind, "group")) ? text(at(kind, "kind")) : ""));
}

/** Absent: the Gateway's own namespace. An unknown value: none. */
function allowedNamespaces(namespaces: unknown): { from: Listener["from"]; namespaces: Selector } {
  const from = at(namespaces, "from") ?? "Same";
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

/** An absent group is the Gateway API's own. */
export function isGatewayGroup(group: unknown): boolean {
  return group === undefined || group === null || group === "" || group === GATEWAY_GROUP;
}

/** "True", "False" or "Unknown"; "" if the condition is missing. */
export function condition(holder: unknown, type: string): string {
  return text(
    at(
      list(at(holder, "conditions")).find((one) => at(one, "type") === type),
      "status",
    ),
  );
}

export function sameGateway(a: GatewayFacts, b: GatewayFacts): boolean {
  return (
    a.className === b.className &&
    a.createdSeconds === b.createdSeconds &&
    a.isProgrammed === b.isProgrammed &&
    sameAnnotations(a.annotations ?? null, b.annotations ?? null) &&
    sameTarget(a.target, b.target) &&
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
