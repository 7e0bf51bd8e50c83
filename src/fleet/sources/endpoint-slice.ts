/**
 * EndpointSlices as facts. One that says that it comes from another cluster counts only if a setting says so: by the labels
 * of the Multicluster Services API and of meshes, or by the controller that manages it.
 *
 *   label                                        says
 *   multicluster.kubernetes.io/source-cluster    the cluster that its endpoints are in; our own name: this cluster
 *   mirror.linkerd.io/cluster-name               the same, copied from mirrored Endpoints of Linkerd
 *   endpointslice.kubernetes.io/managed-by       the controller; those of REMOTE_MANAGERS copy from other clusters
 */
import { sameTexts } from "../../federation/hosts/declaration.ts";
import { parseAddress } from "../../federation/members/address.ts";
import { keyOf } from "../../federation/members/federation.ts";
import { type NamedPort, samePorts } from "../../federation/members/backend.ts";
import type { Projection } from "../watch/store.ts";
import { isAddress } from "../../kernel/literal.ts";
import { at, isLabel, list, portsOf, TARGETS_MAX, text } from "./raw.ts";

/** What stands for an endpoint: an IPv4 address as a number, IPv6 as hex digits, else its first address as it is written. */
type EndpointId = number | string;

/** What one EndpointSlice says of its service. */
export type SliceFacts = {
  /** "namespace/name" of the service. */
  readonly service: string;
  readonly addressType: string;
  /** Without duplicates. */
  readonly ready: readonly EndpointId[];
  /** Expected to become ready: terminating endpoints are not among them. */
  readonly waiting: readonly EndpointId[];
  /** Names of nodes with a ready endpoint. */
  readonly nodes: readonly string[];
  /**
   * Addresses and named ports of ready endpoints. Only kept for headless services, which are few, and for slices that the
   * endpoint slice controller has not written, which may belong to a headless service.
   */
  readonly addresses: readonly string[];
  readonly ports: readonly NamedPort[];
};

type SliceFilter = {
  /** The name of this cluster; null = it has none that a label could give. */
  readonly cluster: string | null;
  /** Slices that come from other clusters count as well. */
  readonly countsRemote: boolean;
};

const SERVICE_LABEL = "kubernetes.io/service-name";
/** Set by the endpoint slice controller on its own slices. */
const HEADLESS_LABEL = "service.kubernetes.io/headless";
const MANAGER_LABEL = "endpointslice.kubernetes.io/managed-by";
const CONTROLLER = "endpointslice-controller.k8s.io";

const SOURCE_LABELS = ["multicluster.kubernetes.io/source-cluster", "mirror.linkerd.io/cluster-name"];
/** Controllers whose slices have endpoints of other clusters, some of them without a label that says which. */
const REMOTE_MANAGERS: ReadonlySet<string> = new Set([
  "aws-cloud-map-mcs-controller-for-k8s",
  "endpointslice-dispatch-controller.karmada.io",
  "endpointslice-mesh-controller.cilium.io",
  "lighthouse-agent.submariner.io",
  "ovn-k8s-mcs-controller",
]);

const LOCAL_ONLY: SliceFilter = { cluster: null, countsRemote: false };

/** `endpoints` and `ports` may be null; a missing `ready` means ready (EndpointSlice v1, EndpointConditions). */
export function projectSlice(
  object: unknown,
  filter: SliceFilter = LOCAL_ONLY,
): Projection<SliceFacts> | null {
  const metadata = at(object, "metadata");
  const namespace = text(at(metadata, "namespace"));
  const name = text(at(metadata, "name"));
  const service = text(at(metadata, "labels", SERVICE_LABEL));
  if (!isLabel(namespace) || !isLabel(service) || !/^[a-z0-9][a-z0-9.-]{0,252}$/.test(name)) return null;
  if (!filter.countsRemote && isRemote(metadata, filter.cluster)) return null;
  const endpoints = list(at(object, "endpoints")).filter((one) => list(at(one, "addresses")).length > 0);
  const ready = endpoints.filter(isReady);
  const isHeadless =
    at(metadata, "labels", HEADLESS_LABEL) !== undefined ||
    (at(metadata, "labels", MANAGER_LABEL) ?? CONTROLLER) !== CONTROLLER;
  const value: SliceFacts = {
    service: keyOf({ namespace, name: service }),
    addressType: text(at(object, "addressType")),
    ready: idsOf(ready),
    waiting: idsOf(endpoints.filter((endpoint) => !isReady(endpoint) && !isLeaving(endpoint))),
    nodes: [...new Set(ready.map((endpoint) => text(at(endpoint, "nodeName"))))].filter((one) => one !== ""),
    addresses: isHeadless ? firstAddresses(ready) : [],
    ports: isHeadless ? portsOf(at(object, "ports"), "port") : [],
  };
  return { key: keyOf({ namespace, name }), value };
}

/** A source that is named counts before the manager: some controllers copy the slices of their own cluster as well. */
function isRemote(metadata: unknown, cluster: string | null): boolean {
  const sources = SOURCE_LABELS.map((label) => text(at(metadata, "labels", label))).filter(
    (one) => one !== "",
  );
  if (sources.length > 0) return !sources.every((source) => source === cluster);
  return REMOTE_MANAGERS.has(text(at(metadata, "labels", MANAGER_LABEL)));
}

function isReady(endpoint: unknown): boolean {
  return at(endpoint, "conditions", "ready") !== false;
}

function isLeaving(endpoint: unknown): boolean {
  return at(endpoint, "conditions", "terminating") === true;
}

/** The addresses of an endpoint are fungible: the first one is used (EndpointSlice v1). */
function firstAddress(endpoint: unknown): string {
  return text(list(at(endpoint, "addresses"))[0]);
}

function idsOf(endpoints: readonly unknown[]): readonly EndpointId[] {
  const ids = endpoints.map((endpoint) => {
    const address = firstAddress(endpoint);
    return parseAddress(address)?.value ?? address;
  });
  const distinct = new Set(ids);
  return distinct.size === ids.length ? ids : [...distinct];
}

function firstAddresses(endpoints: readonly unknown[]): readonly string[] {
  return endpoints.map(firstAddress).filter(isAddress).slice(0, TARGETS_MAX);
}

export function sameSlice(a: SliceFacts, b: SliceFacts): boolean {
  return (
    a.service === b.service &&
    a.addressType === b.addressType &&
    sameIds(a.ready, b.ready) &&
    sameIds(a.waiting, b.waiting) &&
    sameTexts(a.nodes, b.nodes) &&
    sameTexts(a.addresses, b.addresses) &&
    samePorts(a.ports, b.ports)
  );
}

function sameIds(a: readonly EndpointId[], b: readonly EndpointId[]): boolean {
  return a.length === b.length && a.every((id, i) => id === b[i]);
}
