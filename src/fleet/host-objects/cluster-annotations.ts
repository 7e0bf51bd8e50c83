/**
 * The annotations of a KubeFedCluster: what KubeFed has no field for. An annotation that cannot be read is reported, and
 * its last valid value stays in force.
 */
import { isCidr, isDnsLabel } from "../../kernel/literal.ts";
import { closestWord } from "../../kernel/suggestion.ts";
import { ANNOTATION_PREFIX } from "../../federation/annotations/annotation-table.ts";
import { parseSelector } from "../../federation/hosts/selector.ts";
import { DOCUMENTATION } from "../../federation/members/refused.ts";
import { toDnsLabel } from "../../federation/members/label.ts";
import type { Coordinates } from "../../federation/members/distance.ts";
import { COPIES_MUST_BE, COPIES_ON_DELETION, COPIES_STAY, copiesOnDeletion } from "./copies-on-deletion.ts";
import { quoted } from "./host-problem.ts";

export type ClusterAnnotations = {
  /** Null = from the labels of the nodes. */
  readonly region: string | null;
  /** Null = from the labels of the nodes; never without a region. */
  readonly zones: readonly string[] | null;
  readonly location: Coordinates | null;
  /** Networks (CIDR) that the member's addresses must be in; empty = any. */
  readonly addresses: readonly string[];
  /** Namespaces that may declare names and steer traffic; empty = those of the selector, or all. */
  readonly namespaces: readonly string[];
  /** Labels of further ones, as kubectl's --selector; "" = none. */
  readonly namespaceSelector: string;
  /** Networks (CIDR), or "documentation", that the member's addresses must not be in. */
  readonly addressesDeny: readonly string[];
  /** The uid of the namespace kube-system, by which a cluster is told from another one; null = not recorded. */
  readonly clusterUid: string | null;
  /** Wall ms of the order that deletions do not wait for it while it is not seen; null = there is none. */
  readonly forgottenMs: number | null;
};

export const NO_ANNOTATIONS: ClusterAnnotations = {
  region: null,
  zones: null,
  location: null,
  addresses: [],
  namespaces: [],
  namespaceSelector: "",
  addressesDeny: [],
  clusterUid: null,
  forgottenMs: null,
};

type Row<T> = {
  /** Meaning and values, in Markdown. */
  readonly value: string;
  /** Null: it is read where it counts, and nothing of it is kept. */
  readonly field: keyof ClusterAnnotations | null;
  /** Undefined: `mustBe` says what it should have been. */
  readonly parse: (text: string) => T | undefined;
  readonly mustBe: string;
  /** What counts as long as it cannot be read. Default: its last valid value. */
  readonly otherwise?: string;
};

const LIST_MAX = 64;
const NAMESPACE = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;
/** As RFC 3339 writes it, in UTC. */
const TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,9})?Z$/;

export const CLUSTER_ANNOTATION_TABLE: Readonly<Record<string, Row<unknown>>> = {
  region: {
    value: "the region of the cluster, a DNS label, like `eu-central`",
    field: "region",
    parse: label,
    mustBe: "must be a DNS label (a-z, 0-9 and -)",
  },
  zones: {
    value: "the zones of that region in which it has nodes, like `a,b`; only together with `fedns.io/region`",
    field: "zones",
    parse: (text) => listOf(text, label),
    mustBe: "must be DNS labels with commas between them, like a,b",
  },
  location: {
    value: "its coordinates, latitude and longitude in degrees, like `50.1,8.7`",
    field: "location",
    parse: coordinates,
    mustBe: "must be latitude and longitude in degrees, like 50.1,8.7",
  },
  addresses: {
    value: "the networks of the addresses it may announce, like `192.0.2.0/24,2001:db8::/32`",
    field: "addresses",
    parse: (text) => listOf(text, (item) => (isCidr(item) ? item : undefined)),
    mustBe: "must be networks with commas between them, like 192.0.2.0/24,2001:db8::/32",
  },
  namespaces: {
    value:
      "the namespaces that may declare names and whose annotations steer traffic, like `shop,blog`; what others declare is told in the status",
    field: "namespaces",
    parse: (text) => listOf(text, (item) => (NAMESPACE.test(item) ? item : undefined)),
    mustBe: "must be names of namespaces with commas between them, like shop,blog",
  },
  "namespace-selector": {
    value: "labels of further namespaces that may, like `team=web`",
    field: "namespaceSelector",
    parse: (text) => (text !== "" && parseSelector(text) !== null ? text : undefined),
    mustBe: "must be a label selector, like team=web,stage!=dev",
  },
  "addresses-deny": {
    value:
      "the networks of the addresses it may not announce, like `198.51.100.0/24`; `documentation` = those for examples",
    field: "addressesDeny",
    parse: (text) => listOf(text, (item) => (isCidr(item) || item === DOCUMENTATION ? item : undefined)),
    mustBe: "must be networks with commas between them, like 192.0.2.0/24,2001:db8::/32, or documentation",
  },
  "cluster-uid": {
    value:
      "the uid of its namespace `kube-system`, written by `fedns join`: nothing is written to a cluster with another uid",
    field: "clusterUid",
    parse: (text) => (/^[0-9a-f-]{1,64}$/i.test(text) ? text.toLowerCase() : undefined),
    mustBe: "must be the uid of the namespace kube-system of the member",
  },
  "forget-workloads": {
    value:
      "a time (RFC 3339), written by `fedns forget workloads`: until the cluster is seen after it, deletions of federated objects do not wait for the cluster",
    field: "forgottenMs",
    parse: (text) => (TIME.test(text) && !Number.isNaN(Date.parse(text)) ? Date.parse(text) : undefined),
    mustBe: "must be a time like 2026-01-31T12:00:00Z",
  },
  "copies-on-deletion": {
    value:
      "what becomes of the copies in it when this object is deleted: `orphan` (they stay, as without the annotation) or `delete`",
    field: null,
    parse: (text) => copiesOnDeletion({ [COPIES_ON_DELETION]: text }),
    mustBe: COPIES_MUST_BE,
    otherwise: `until then ${COPIES_STAY}`,
  },
};

/** The annotation as objects carry it. */
export function clusterAnnotation(name: string): string {
  return `${ANNOTATION_PREFIX}${name}`;
}

type ReadAnnotations = { readonly annotations: ClusterAnnotations; readonly problems: readonly string[] };

/** `before`: the values that stay where an annotation cannot be read. Never throws. */
export function readClusterAnnotations(
  written: Readonly<Record<string, unknown>>,
  before: ClusterAnnotations,
): ReadAnnotations {
  const found: Record<string, unknown> = { ...NO_ANNOTATIONS };
  const problems: string[] = [];
  for (const [key, text] of Object.entries(written)) {
    if (!key.startsWith(ANNOTATION_PREFIX)) continue;
    const name = key.slice(ANNOTATION_PREFIX.length);
    const row = Object.hasOwn(CLUSTER_ANNOTATION_TABLE, name) ? CLUSTER_ANNOTATION_TABLE[name] : undefined;
    if (row === undefined) {
      problems.push(unknownAnnotation(key, name));
      continue;
    }
    const value = typeof text === "string" ? row.parse(text.trim()) : undefined;
    if (row.field !== null) found[row.field] = value ?? before[row.field];
    if (value === undefined) {
      const { mustBe, otherwise = "its last valid value stays" } = row;
      problems.push(`the annotation ${key} ${mustBe}, not ${quoted(text)}; ${otherwise}`);
    }
  }
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the rows of the table are the fields of the type
  const annotations = found as ClusterAnnotations;
  if (annotations.zones === null || annotations.region !== null) return { annotations, problems };
  const sentence = "the annotation fedns.io/zones needs fedns.io/region; add it, or remove fedns.io/zones";
  return { annotations: { ...annotations, zones: null }, problems: [...problems, sentence] };
}

function unknownAnnotation(key: string, name: string): string {
  const names = Object.keys(CLUSTER_ANNOTATION_TABLE);
  const near = closestWord(name, names);
  const cure =
    near === null ? `there are ${names.map(clusterAnnotation).join(", ")}` : `did you mean fedns.io/${near}?`;
  return `${quoted(key)} is no annotation of a KubeFedCluster; ${cure}`;
}

/** "svc" separates the parts of every federated name. */
function label(text: string): string | undefined {
  return isDnsLabel(text) && toDnsLabel(text) === text ? text : undefined;
}

function listOf<T>(text: string, item: (text: string) => T | undefined): readonly T[] | undefined {
  const items = text
    .split(",")
    .map((part) => part.trim())
    .filter((part) => part !== "");
  const found = items.flatMap((part) => item(part) ?? []);
  return found.length === items.length && found.length > 0 && found.length <= LIST_MAX
    ? [...new Set(found)]
    : undefined;
}

function coordinates(text: string): Coordinates | undefined {
  const parts = /^(-?\d{1,3}(?:\.\d{1,10})?)\s*,\s*(-?\d{1,3}(?:\.\d{1,10})?)$/.exec(text);
  if (parts === null) return undefined;
  const [latitude, longitude] = [Number(parts[1]), Number(parts[2])];
  return Math.abs(latitude) <= 90 && Math.abs(longitude) <= 180 ? { latitude, longitude } : undefined;
}
