/**
 * The values in force for one service. A service comes before its namespace, and that before the settings of the
 * federation; each annotation is looked up by itself.
 *
 *     federation   namespace (oldest that has it)   service (oldest that has it)   in force
 *     geo          -                                 -                               geo
 *     geo          weighted                          -                               weighted
 *     geo          weighted                          failover                        failover
 *
 * Clusters may disagree, since each has objects of its own with the same name. The oldest object that has the annotation
 * wins (by creationTimestamp, then by the name of its cluster), and a different value elsewhere is reported as a conflict.
 * `fedns.io/capacity` alone is every cluster's own.
 */
import { ANNOTATIONS, type SettingName, type AnnotatedSettings, type Values } from "./annotations.ts";
import type { PolicyName } from "../../federation/policy/policies.ts";

/** How answers for one service are chosen. */
type TrafficSettings = {
  readonly policy: PolicyName;
  /** Cluster to weight, 0..10000; null = none given. The policy decides about clusters that it does not name. */
  readonly weights: ReadonlyMap<string, number> | null;
  /** Clusters, the first choice first; null = none given. */
  readonly order: readonly string[] | null;
  /** Clusters selected per response, without replacement; 1..16. */
  readonly draws: number;
  /** Addresses in one answer; 1..64. */
  readonly maxAnswers: number;
  readonly ttlSeconds: number;
  /** Cluster to the ready endpoints that count as full there; not in it: as many as are usual. */
  readonly capacities: ReadonlyMap<string, number>;
};

/** From the settings: the values where no annotation is in force. */
export type Defaults = Omit<TrafficSettings, "capacities">;

type ObjectSettings = {
  /** metadata.creationTimestamp as the API has it (RFC 3339, UTC, whole seconds); anything else counts as the youngest. */
  readonly createdAt: string;
  readonly settings: AnnotatedSettings;
};

/** One cluster that declares the service. */
export type ServiceAnnotations = {
  readonly cluster: string;
  readonly service: ObjectSettings;
  /** Null = that cluster's Namespace is not known (yet). */
  readonly namespace: ObjectSettings | null;
};

type ObjectKind = "service" | "namespace";

type Conflict = {
  readonly annotation: string;
  readonly of: ObjectKind;
  readonly wins: ClusterValue;
  readonly loses: readonly ClusterValue[];
};
type ClusterValue = { readonly cluster: string; readonly value: string };

/** A value that is in force as it is, but is probably a mistake. */
type SettingsProblem = { readonly annotation: string; readonly message: string };

/** Where a value comes from: "the settings", or "the service in us-west". */
type Origins = { readonly [K in Exclude<SettingName, "capacity">]: string };

export type Merged = {
  readonly settings: TrafficSettings;
  readonly origins: Origins;
  readonly conflicts: readonly Conflict[];
  readonly problems: readonly SettingsProblem[];
};

type MergeInput = {
  readonly objects: readonly ServiceAnnotations[];
  readonly defaults: Defaults;
  /** The names of all members of the federation. */
  readonly clusters: ReadonlySet<string>;
};

type AnnotatedObject = ObjectSettings & { readonly cluster: string; readonly of: ObjectKind };

/** Pure. `objects` may come in any order and may be empty. */
export function mergeSettings({ objects, defaults, clusters }: MergeInput): Merged {
  const services = objects.map(({ cluster, service }): AnnotatedObject => ({
    cluster,
    of: "service",
    ...service,
  }));
  const namespaces = objects.flatMap(({ cluster, namespace }): AnnotatedObject[] =>
    namespace === null ? [] : [{ cluster, of: "namespace", ...namespace }],
  );
  const levels = [services.sort(olderFirst), namespaces.sort(olderFirst)];
  const conflicts: Conflict[] = [];
  const origins: { [K in SettingName]?: string } = {};
  const pick = <K extends SettingName>(name: K): Values[K] | undefined => {
    for (const level of levels) {
      const found = level.filter(({ settings }) => settings[name] !== undefined);
      const [oldest] = found;
      if (oldest === undefined) continue;
      origins[name] ??= `the ${oldest.of} in ${oldest.cluster}`;
      const conflict = conflictOf(name, found);
      if (conflict !== null) conflicts.push(conflict);
      return oldest.settings[name];
    }
    origins[name] = "the settings";
    return undefined;
  };
  const settings: TrafficSettings = {
    policy: pick("policy") ?? defaults.policy,
    weights: pick("weights") ?? defaults.weights,
    order: pick("order") ?? defaults.order,
    draws: pick("draws") ?? defaults.draws,
    maxAnswers: pick("maxAnswers") ?? defaults.maxAnswers,
    ttlSeconds: pick("ttlSeconds") ?? defaults.ttlSeconds,
    capacities: capacitiesOf(objects),
  };
  return { settings, origins: origins as Origins, conflicts, problems: [...oddities(settings, clusters)] };
}

/** For people: `fedns.io/policy "geo" of the service in us-west (the oldest) wins over "all" in eu-central`. */
export function conflictText({ annotation, of, wins, loses }: Conflict): string {
  const others = loses.map(({ cluster, value }) => `"${value}" in ${cluster}`).join(", ");
  return `${annotation} "${wins.value}" of the ${of} in ${wins.cluster} (the oldest) wins over ${others}`;
}

function olderFirst(a: AnnotatedObject, b: AnnotatedObject): number {
  const [ageA, ageB] = [ageKey(a.createdAt), ageKey(b.createdAt)];
  if (ageA !== ageB) return ageA < ageB ? -1 : 1;
  return a.cluster < b.cluster ? -1 : 1;
}

/** Such texts sort as the times do; "~" sorts behind all of them. */
function ageKey(createdAt: string): string {
  return /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(createdAt) ? createdAt : "~";
}

function conflictOf(name: SettingName, found: readonly AnnotatedObject[]): Conflict | null {
  const values = found.map(({ cluster, settings }) => ({ cluster, value: textOf(settings[name]) }));
  const [wins] = values;
  if (wins === undefined) return null;
  const loses = values.filter(({ value }) => value !== wins.value);
  return loses.length === 0
    ? null
    : { annotation: ANNOTATIONS[name], of: (found[0] as AnnotatedObject).of, wins, loses };
}

/** The capacity that the service gives, or else its namespace, in each cluster. */
function capacitiesOf(objects: readonly ServiceAnnotations[]): ReadonlyMap<string, number> {
  const capacities = new Map<string, number>();
  for (const { cluster, service, namespace } of objects) {
    const capacity = service.settings.capacity ?? namespace?.settings.capacity;
    if (capacity !== undefined) capacities.set(cluster, capacity);
  }
  return capacities;
}

function* oddities(steering: TrafficSettings, clusters: ReadonlySet<string>): Generator<SettingsProblem> {
  const { policy, weights, order } = steering;
  const strangers = (names: Iterable<string>): string =>
    [...names].filter((name) => !clusters.has(name)).join(", ");
  const unweighed = strangers(weights?.keys() ?? []);
  const unordered = strangers(order ?? []);
  if (unweighed !== "") yield { annotation: ANNOTATIONS.weights, message: strangersText(unweighed) };
  if (unordered !== "") yield { annotation: ANNOTATIONS.order, message: strangersText(unordered) };
  if (policy === "weighted" && weights === null) {
    const message = `is weighted, and no weights are given; add ${ANNOTATIONS.weights}`;
    yield { annotation: ANNOTATIONS.policy, message };
  }
  if (policy === "failover" && order === null) {
    const message = `is failover, and no order is given; add ${ANNOTATIONS.order}`;
    yield { annotation: ANNOTATIONS.policy, message };
  }
}

function strangersText(names: string): string {
  return `names no cluster of the federation: ${names}; the rest of it holds`;
}

/** In one form, so that equal values in another order are equal texts. */
function textOf(value: AnnotatedSettings[SettingName]): string {
  if (value === undefined) return "";
  if (typeof value === "string" || typeof value === "number") return String(value);
  if (value instanceof Map) return pairsOf(value).join();
  return (value as readonly string[]).join();
}

function pairsOf(map: ReadonlyMap<string, number>): string[] {
  return [...map].map(([name, weight]) => `${name}=${weight}`).sort();
}
