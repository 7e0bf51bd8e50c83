/** EndpointSlices and nodes as facts, and the addresses of a Service that is reached through nodes or endpoints. */
import { sameTexts } from "../../federation/hosts/declaration.ts";
import { keyOf } from "../../federation/members/federation.ts";
import { type NamedPort, samePorts } from "../../federation/members/backend.ts";
import type { Projection } from "../watch/store.ts";
import { isAddress } from "../../kernel/literal.ts";
import { at, isLabel, list, portsOf, TARGETS_MAX, text } from "./raw.ts";
import type { ServiceFacts } from "./service.ts";

/** What one EndpointSlice says of its service. */
export type SliceFacts = {
  /** "namespace/name" of the service. */
  readonly service: string;
  readonly addressType: string;
  readonly ready: number;
  /** Ready, or expected to become ready: terminating endpoints do not count. */
  readonly wanted: number;
  /** Names of nodes with a ready endpoint. */
  readonly nodes: readonly string[];
  /**
   * Addresses and named ports of ready endpoints. Only kept for headless services, which are few, and for slices that the
   * endpoint slice controller has not written, which may belong to a headless service.
   */
  readonly addresses: readonly string[];
  readonly ports: readonly NamedPort[];
};

const SERVICE_LABEL = "kubernetes.io/service-name";
/** Set by the endpoint slice controller on its own slices. */
const HEADLESS_LABEL = "service.kubernetes.io/headless";
const MANAGER_LABEL = "endpointslice.kubernetes.io/managed-by";
const CONTROLLER = "endpointslice-controller.k8s.io";

/** `endpoints` and `ports` may be null; a missing `ready` means ready (EndpointSlice v1, EndpointConditions). */
export function projectSlice(object: unknown): Projection<SliceFacts> | null {
  const metadata = at(object, "metadata");
  const namespace = text(at(metadata, "namespace"));
  const name = text(at(metadata, "name"));
  const service = text(at(metadata, "labels", SERVICE_LABEL));
  if (!isLabel(namespace) || !isLabel(service) || !/^[a-z0-9][a-z0-9.-]{0,252}$/.test(name)) return null;
  const endpoints = list(at(object, "endpoints")).filter((one) => list(at(one, "addresses")).length > 0);
  const ready = endpoints.filter(isReady);
  const isHeadless =
    at(metadata, "labels", HEADLESS_LABEL) !== undefined ||
    (at(metadata, "labels", MANAGER_LABEL) ?? CONTROLLER) !== CONTROLLER;
  const value: SliceFacts = {
    service: keyOf({ namespace, name: service }),
    addressType: text(at(object, "addressType")),
    ready: ready.length,
    wanted: endpoints.filter((endpoint) => !isLeaving(endpoint)).length,
    nodes: [...new Set(ready.map((endpoint) => text(at(endpoint, "nodeName"))))].filter((one) => one !== ""),
    addresses: isHeadless ? firstAddresses(ready) : [],
    ports: isHeadless ? portsOf(at(object, "ports"), "port") : [],
  };
  return { key: keyOf({ namespace, name }), value };
}

function isReady(endpoint: unknown): boolean {
  return at(endpoint, "conditions", "ready") !== false;
}

function isLeaving(endpoint: unknown): boolean {
  return !isReady(endpoint) && at(endpoint, "conditions", "terminating") === true;
}

/** The addresses of an endpoint are fungible: the first one is used (EndpointSlice v1). */
function firstAddresses(endpoints: readonly unknown[]): readonly string[] {
  const firsts = endpoints.map((endpoint) => text(list(at(endpoint, "addresses"))[0]));
  return firsts.filter(isAddress).slice(0, TARGETS_MAX);
}

export function sameSlice(a: SliceFacts, b: SliceFacts): boolean {
  return (
    a.service === b.service &&
    a.addressType === b.addressType &&
    a.ready === b.ready &&
    a.wanted === b.wanted &&
    sameTexts(a.nodes, b.nodes) &&
    sameTexts(a.addresses, b.addresses) &&
    samePorts(a.ports, b.ports)
  );
}

export type NodeAddresses = {
  readonly external: readonly string[];
  readonly internal: readonly string[];
  /** Ready, and not excluded from load balancing. */
  readonly isUsable: boolean;
};

const EXCLUDE_LABEL = "node.kubernetes.io/exclude-from-external-load-balancers";

export function projectNodeAddresses(object: unknown): Projection<NodeAddresses> | null {
  const name = text(at(object, "metadata", "name"));
  if (name === "" || name.length > 253) return null;
  const addresses = list(at(object, "status", "addresses")).slice(0, TARGETS_MAX);
  const ofType = (type: string): string[] =>
    addresses.filter((item) => at(item, "type") === type).map((item) => text(at(item, "address")));
  const ready = list(at(object, "status", "conditions")).find((one) => at(one, "type") === "Ready");
  const isExcluded = at(object, "metadata", "labels", EXCLUDE_LABEL) !== undefined;
  const value: NodeAddresses = {
    external: ofType("ExternalIP").filter(isAddress),
    internal: ofType("InternalIP").filter(isAddress),
    isUsable: at(ready, "status") === "True" && !isExcluded,
  };
  return { key: name, value };
}

export function sameNodeAddresses(a: NodeAddresses, b: NodeAddresses): boolean {
  return a.isUsable === b.isUsable && sameTexts(a.external, b.external) && sameTexts(a.internal, b.internal);
}

/** The addresses that a service announces in its cluster, as text. `nodes`: by name. */
export function announcedAddresses(
  service: ServiceFacts,
  endpoints: Iterable<SliceFacts>,
  nodes: ReadonlyMap<string, NodeAddresses>,
): readonly string[] {
  switch (service.exposure) {
    case "nodes":
      return nodeAddresses(service, endpoints, nodes);
    case "endpoints":
      return [...new Set([...endpoints].flatMap(({ addresses }) => addresses))].slice(0, TARGETS_MAX);
    default:
      return service.ips;
  }
}

/** With the traffic policy Local, a node without a ready endpoint drops traffic. */
function nodeAddresses(
  { access, isLocal }: ServiceFacts,
  endpoints: Iterable<SliceFacts>,
  nodes: ReadonlyMap<string, NodeAddresses>,
): readonly string[] {
  const withEndpoint = isLocal ? new Set([...endpoints].flatMap((one) => one.nodes)) : null;
  const usable = [...nodes].filter(
    ([name, node]) => node.isUsable && (withEndpoint === null || withEndpoint.has(name)),
  );
  const internal = usable.flatMap(([, node]) => node.internal);
  // Internal IPv6 addresses count as public, as in ExternalDNS.
  const open = [
    ...usable.flatMap(([, node]) => node.external),
    ...internal.filter((one) => one.includes(":")),
  ];
  const hasExternal = usable.some(([, node]) => node.external.length > 0);
  const isPublic = access === "public" || (access === "either" && hasExternal);
  return [...new Set(isPublic ? open : internal)].slice(0, TARGETS_MAX);
}

/** Named ports: from the slices if clients reach endpoints directly, else from the Service. */
export function servicePorts(service: ServiceFacts, endpoints: Iterable<SliceFacts>): readonly NamedPort[] {
  if (service.exposure !== "endpoints") return service.ports;
  const [first] = [...endpoints].filter(({ ports }) => ports.length > 0);
  return first?.ports ?? [];
}
