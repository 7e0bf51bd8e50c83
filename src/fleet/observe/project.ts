/** Reduces Nodes and Namespaces, which are not trusted, to the facts that are kept. */
import type { Labels } from "../../federation/hosts/selector.ts";
import type { Place } from "../../federation/members/cluster.ts";
import { toDnsLabel } from "../../federation/members/label.ts";
import { NO_ANNOTATIONS, type Annotations, sameAnnotations } from "../../federation/members/backend.ts";
import type { Projection } from "../watch/store.ts";
import { at, isLabel, annotationsOf, text, textMap } from "../sources/raw.ts";
import { type NodeAddresses, projectNodeAddresses, sameNodeAddresses } from "../sources/endpoints.ts";

const REGION_LABELS = ["topology.kubernetes.io/region", "failure-domain.beta.kubernetes.io/region"];
const ZONE_LABELS = ["topology.kubernetes.io/zone", "failure-domain.beta.kubernetes.io/zone"];

export type NodeFacts = NodeAddresses & {
  /** Null = it has no labels of a place. The old labels count where the new ones are missing. */
  readonly place: Place | null;
};

/** `opensIPv6`: as in projectNodeAddresses. */
export function projectNode(object: unknown, opensIPv6: boolean = false): Projection<NodeFacts> | null {
  const projected = projectNodeAddresses(object, opensIPv6);
  if (projected === null) return null;
  const region = labelOf(object, REGION_LABELS);
  const place = region === null ? null : { region, zone: labelOf(object, ZONE_LABELS) };
  return { key: projected.key, value: { ...projected.value, place } };
}

export function sameNode(a: NodeFacts, b: NodeFacts): boolean {
  const [one, other] = [a.place, b.place];
  const isSamePlace =
    one === null || other === null ? one === other : one.region === other.region && one.zone === other.zone;
  return isSamePlace && sameNodeAddresses(a, b);
}

function labelOf(node: unknown, names: readonly string[]): string | null {
  for (const name of names) {
    const label = toDnsLabel(text(at(node, "metadata", "labels", name)));
    if (label !== null) return label;
  }
  return null;
}

export type NamespaceFacts = {
  /** About the traffic of its Services. */
  readonly annotations: Annotations;
  /** Empty if labels are not needed. */
  readonly labels: Labels;
};

const NO_LABELS: Labels = {};

/** Null for a namespace without annotations about traffic, if its labels are not needed. */
export function projectNamespace(
  needsLabels: boolean,
): (object: unknown) => Projection<NamespaceFacts> | null {
  return (object) => {
    const name = text(at(object, "metadata", "name"));
    const annotations = annotationsOf(object);
    if (!isLabel(name) || (annotations === NO_ANNOTATIONS && !needsLabels)) return null;
    const labels = needsLabels ? textMap(at(object, "metadata", "labels")) : NO_LABELS;
    return { key: name, value: { annotations, labels } };
  };
}

function sameLabels(a: Labels, b: Labels): boolean {
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => a[key] === b[key]);
}

export function sameNamespace(a: NamespaceFacts, b: NamespaceFacts): boolean {
  return sameAnnotations(a.annotations, b.annotations) && sameLabels(a.labels, b.labels);
}
