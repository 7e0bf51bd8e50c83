/** Nodes as facts, and the addresses of a Service that is reached through nodes or endpoints. */
import { sameTexts } from "../../federation/hosts/declaration.ts";
import type { NamedPort } from "../../federation/members/backend.ts";
import type { Projection } from "../watch/store.ts";
import { isAddress } from "../../kernel/literal.ts";
import type { SliceFacts } from "./endpoint-slice.ts";
import { at, list, TARGETS_MAX, text } from "./raw.ts";
import type { ServiceFacts } from "./service.ts";

export type NodeAddresses = {
  readonly external: readonly string[];
  readonly internal: readonly string[];
  /** The internal ones that count as external beside them, by a setting: of IPv6, where the node has no external one. */
  readonly open: readonly string[];
  /** Ready, and not excluded from load balancing. */
  readonly isUsable: boolean;
};

const EXCLUDE_LABEL = "node.kubernetes.io/exclude-from-external-load-balancers";

/** `opensIPv6`: internal IPv6 addresses may be reached from outside, as where a cloud lists global ones as internal. */
export function projectNodeAddresses(
  object: unknown,
  opensIPv6: boolean = false,
): Projection<NodeAddresses> | null {
  const name = text(at(object, "metadata", "name"));
  if (name === "" || name.length > 253) return null;
  const addresses = list(at(object, "status", "addresses")).slice(0, TARGETS_MAX);
  const ofType = (type: string): string[] =>
    addresses.filter((item) => at(item, "type") === type).map((item) => text(at(item, "address")));
  const ready = list(at(object, "status", "conditions")).find((one) => at(one, "type") === "Ready");
  const isExcluded = at(object, "metadata", "labels", EXCLUDE_LABEL) !== undefined;
  const external = ofType("ExternalIP").filter(isAddress);
  const internal = ofType("InternalIP").filter(isAddress);
  const value: NodeAddresses = {
    external,
    internal,
    open: opensIPv6 && !external.some(isIPv6) ? internal.filter(isIPv6) : [],
    isUsable: at(ready, "status") === "True" && !isExcluded,
  };
  return { key: name, value };
}

function isIPv6(address: string): boolean {
  return address.includes(":");
}

export function sameNodeAddresses(a: NodeAddresses, b: NodeAddresses): boolean {
  return (
    a.isUsable === b.isUsable &&
    sameTexts(a.external, b.external) &&
    sameTexts(a.internal, b.internal) &&
    sameTexts(a.open, b.open)
  );
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
      return unique([...endpoints].flatMap((slice) => endpointAddresses(service, slice, nodes)));
    default:
      return service.ips;
  }
}

function unique(addresses: readonly string[]): readonly string[] {
  return [...new Set(addresses)].slice(0, TARGETS_MAX);
}

/** Of a headless service: those of its ready endpoints, or of the nodes that these run on, whether these are ready or not. */
function endpointAddresses(
  { endpointsAt }: ServiceFacts,
  slice: SliceFacts,
  nodes: ReadonlyMap<string, NodeAddresses>,
): readonly string[] {
  if (endpointsAt === "pod") return slice.addresses;
  const under = slice.nodes.flatMap((name) => nodes.get(name) ?? []);
  return under.flatMap(({ external, internal, open }) => {
    if (endpointsAt === "node") return [...external, ...open];
    // As kubelet chooses the host address of a pod.
    const [host] = [...internal, ...external];
    return host === undefined ? [] : [host];
  });
}

/** With the traffic policy Local, a node without a ready endpoint drops traffic. */
function nodeAddresses(
  { access, isLocal }: ServiceFacts,
  endpoints: Iterable<SliceFacts>,
  nodes: ReadonlyMap<string, NodeAddresses>,
): readonly string[] {
  const withEndpoint = isLocal ? new Set([...endpoints].flatMap((one) => one.nodes)) : null;
  const usable = [...nodes].flatMap(([name, node]) =>
    node.isUsable && (withEndpoint === null || withEndpoint.has(name)) ? [node] : [],
  );
  // Where no node has an external address, of either family, the internal ones are all that there is.
  const hasExternal = usable.some(({ external }) => external.length > 0);
  const isPublic = access === "public" || (access === "either" && hasExternal);
  return unique(
    usable.flatMap(({ external, internal, open }) => (isPublic ? [...external, ...open] : internal)),
  );
}

/** Named ports: from the slices if clients reach endpoints directly, else from the Service. */
export function servicePorts(service: ServiceFacts, endpoints: Iterable<SliceFacts>): readonly NamedPort[] {
  if (service.exposure !== "endpoints") return service.ports;
  const [first] = [...endpoints].filter(({ ports }) => ports.length > 0);
  return first?.ports ?? [];
}
