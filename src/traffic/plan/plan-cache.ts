/**
 * The plan of each service: the annotations of its objects in all clusters, or else the settings, turned into tiers and
 * weights. The last valid value of an annotation stays in force while the present one is invalid.
 */
import type { Federation, Member } from "../../federation/members/federation.ts";
import { serviceOf } from "../../federation/members/federation.ts";
import { NO_ANNOTATIONS, type Annotations } from "../../federation/members/backend.ts";
import { type Candidate, type Placement, weightIn } from "../../federation/policy/placement.ts";
import { POLICIES } from "../../federation/policy/policies.ts";
import type { ServicePlan } from "../../picture/publish/traffic-planner.ts";
import { readAnnotations, type Reading } from "../annotations/annotations.ts";
import {
  conflictText,
  type ServiceAnnotations,
  type Defaults,
  mergeSettings,
  type Merged,
} from "../annotations/merge.ts";
import { SHARE_FULL } from "../orders/order.ts";
import { type ObjectWarning, objectText } from "../../federation/members/object-warning.ts";

const WEIGHT_MAX = 0xffff;
/** The number of lines in /status. */
const SHOWN_MAX = 200;

export type PlanCacheOptions = {
  readonly federation: Federation;
  readonly defaults: Defaults;
  /** The clusters in the order of the settings, until `setMembers`. */
  readonly order: readonly string[];
  /** The share of the service that orders for it leave in the cluster: 255 all .. 0 nothing. */
  readonly shareOf: (cluster: string, key: string) => number;
};

/** A line of /status. */
export type StatusProblem = { readonly object: string; readonly message: string };

type AnnotatedObject = Pick<ObjectWarning, "cluster" | "kind" | "key">;
type Read = {
  readonly object: AnnotatedObject;
  readonly annotations: Annotations;
  readonly reading: Reading;
};

export class PlanCache {
  readonly #options: PlanCacheOptions;
  /** Of objects with annotations: by kind and key, then by cluster. */
  readonly #readings: Map<string, Map<string, Read>> = new Map();
  /** Of services that have, or had, annotations. */
  readonly #merged: Map<string, Merged> = new Map();
  #defaults: Defaults;
  #order: readonly string[];
  /** The plan of all services without annotations. */
  #plain: ServicePlan;

  constructor(options: PlanCacheOptions) {
    this.#options = options;
    this.#defaults = options.defaults;
    this.#order = options.order;
    this.#plain = this.#planPlain();
  }

  /** Takes other settings, which apply to every service when it is planned the next time. */
  setDefaults(defaults: Defaults): void {
    this.#defaults = defaults;
    this.#plain = this.#planPlain();
  }

  /**
   * These are the clusters now, in this order. Returns the services whose plans may differ: all when clusters that stay
   * are in another order, else those whose annotations name a cluster that has come or gone.
   */
  setMembers(order: readonly string[]): readonly string[] {
    const [before, now] = [new Set(this.#order), new Set(order)];
    if (isEqual(this.#order, order)) return [];
    const isSameOrder = isEqual(
      this.#order.filter((name) => now.has(name)),
      order.filter((name) => before.has(name)),
    );
    const moved = new Set([...this.#order, ...order].filter((name) => before.has(name) !== now.has(name)));
    this.#order = order;
    this.#plain = this.#planPlain();
    for (const [title, readings] of this.#readings)
      for (const cluster of readings.keys()) if (!now.has(cluster)) this.#forgetIn(cluster, title);
    if (!isSameOrder) return [...this.#options.federation.keys];
    return [...this.#merged].flatMap(
      ([
        key,
        {
          settings: { weights, order: own },
        },
      ]) => ([...(weights?.keys() ?? []), ...(own ?? [])].some((name) => moved.has(name)) ? [key] : []),
    );
  }

  #planPlain(): ServicePlan {
    const defaults = this.#defaults;
    const order = this.#order;
    return planFrom(mergeSettings({ objects: [], defaults, clusters: new Set(order) }), order, order);
  }

  planOf(key: string): ServicePlan {
    const { federation } = this.#options;
    const defaults = this.#defaults;
    const order = this.#order;
    const declaring = federation.declaring(key);
    this.#retain(key, declaring);
    const { namespace } = serviceOf(key);
    const isQuiet = declaring.every(
      ({ backends, namespaces }) =>
        backends.get(key)?.annotations === NO_ANNOTATIONS &&
        (namespaces.size === 0 || !namespaces.has(namespace)),
    );
    if (isQuiet && !this.#merged.has(key)) return this.#withShares(key, declaring, this.#plain);
    const objects = declaring.map((member) => this.#declaration(member, key));
    const clusters = new Set(federation.members.map(({ name }) => name));
    const merged = mergeSettings({ objects, defaults, clusters });
    if (isQuiet) this.#merged.delete(key);
    else this.#merged.set(key, merged);
    const names = declaring.map(({ name }) => name);
    return this.#withShares(key, declaring, planFrom(merged, names, order));
  }

  /** Called when no cluster declares the service any more. */
  forget(key: string): void {
    this.#merged.delete(key);
    this.#readings.delete(titleOf("Service", key));
  }

  /** Removes the annotations of the service in clusters that no longer declare it. */
  #retain(key: string, declaring: readonly Member[]): void {
    const title = titleOf("Service", key);
    const readings = this.#readings.get(title);
    if (readings === undefined) return;
    for (const cluster of readings.keys())
      if (!declaring.some(({ name }) => name === cluster)) this.#forgetIn(cluster, title);
  }

  #forgetIn(cluster: string, title: string): void {
    const readings = this.#readings.get(title);
    if (readings?.delete(cluster) === true && readings.size === 0) this.#readings.delete(title);
  }

  /** Warnings for the owners of objects. A conflict is reported on the objects that lose it. */
  *warnings(): Generator<ObjectWarning> {
    for (const readings of this.#readings.values())
      for (const { object, reading } of readings.values())
        for (const { annotation, value, message } of reading.problems)
          yield { ...object, reason: "InvalidAnnotation", message: `${annotation} "${value}" ${message}` };
    for (const [service, { conflicts }] of this.#merged) {
      for (const conflict of conflicts) {
        const [kind, key] =
          conflict.of === "service"
            ? (["Service", service] as const)
            : (["Namespace", serviceOf(service).namespace] as const);
        const message = conflictText(conflict);
        for (const { cluster } of conflict.loses)
          yield { cluster, kind, key, reason: "ConflictingAnnotations", message };
      }
    }
  }

  get status(): {
    readonly problems: readonly StatusProblem[];
    readonly conflicts: readonly { readonly service: string; readonly text: string }[];
  } {
    const problems = [...this.warnings()].flatMap((warning) =>
      warning.reason === "InvalidAnnotation"
        ? [{ object: objectText(warning), message: warning.message }]
        : [],
    );
    const odd = [...this.#merged].flatMap(([key, merged]) =>
      merged.problems.map(({ annotation, message }) => ({
        object: `service ${key}`,
        message: `${annotation} ${message}`,
      })),
    );
    const conflicts = [...this.#merged].flatMap(([service, merged]) =>
      merged.conflicts.map((conflict) => ({ service, text: conflictText(conflict) })),
    );
    return { problems: [...problems, ...odd].slice(0, SHOWN_MAX), conflicts: conflicts.slice(0, SHOWN_MAX) };
  }

  #declaration({ name, backends, namespaces }: Member, key: string): ServiceAnnotations {
    const { namespace } = serviceOf(key);
    const annotations = backends.get(key)?.annotations ?? NO_ANNOTATIONS;
    const around = namespaces.get(namespace) ?? null;
    const read = this.#read({ cluster: name, kind: "Namespace", key: namespace }, around ?? NO_ANNOTATIONS);
    return {
      cluster: name,
      service: this.#read({ cluster: name, kind: "Service", key }, annotations),
      namespace: around === null ? null : read,
    };
  }

  #read(object: AnnotatedObject, annotations: Annotations): ServiceAnnotations["service"] {
    const title = titleOf(object.kind, object.key);
    if (annotations === NO_ANNOTATIONS) {
      this.#forgetIn(object.cluster, title);
      return { createdAt: "", settings: {} };
    }
    const readings = this.#readings.get(title) ?? new Map<string, Read>();
    const known = readings.get(object.cluster);
    if (known?.annotations === annotations)
      return { createdAt: annotations.createdAt, settings: known.reading.settings };
    const reading = readAnnotations(annotations.values, known?.reading.settings);
    readings.set(object.cluster, { object, annotations, reading });
    this.#readings.set(title, readings);
    return { createdAt: annotations.createdAt, settings: reading.settings };
  }

  /** Weights are multiplied first, so that a small weight can be reduced to a share of it. */
  #withShares(key: string, declaring: readonly Member[], plan: ServicePlan): ServicePlan {
    const { shareOf } = this.#options;
    if (declaring.every(({ name }) => shareOf(name, key) === SHARE_FULL)) return plan;
    const shares = new Map(declaring.map(({ name }) => [name, shareOf(name, key)]));
    const heaviest = Math.max(1, ...declaring.map(({ name }) => plan.placementOf(name).weight));
    const stretch = Math.max(1, Math.floor(WEIGHT_MAX / heaviest));
    return {
      ...plan,
      placementOf: (cluster) => {
        const { tier, weight } = plan.placementOf(cluster);
        const share = shares.get(cluster) ?? SHARE_FULL;
        if (share === 0) return { tier, weight: 0 };
        return { tier, weight: Math.max(1, Math.round((weight * stretch * share) / SHARE_FULL)) };
      },
    };
  }
}

function isEqual(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((name, i) => name === b[i]);
}

function titleOf(kind: AnnotatedObject["kind"], key: string): string {
  return `${kind} ${key}`;
}

const NEWCOMER: Placement = { tier: 0, weight: 1 };
/** The origin of a value that no annotation sets (annotations/merge.ts). */
const SETTINGS = "the settings";

function planFrom(merged: Merged, names: readonly string[], order: readonly string[]): ServicePlan {
  const { settings, origins } = merged;
  const placements = placementsOf(merged, names, order);
  return {
    plan: {
      policy: POLICIES[settings.policy].number,
      draws: settings.draws,
      answersMax: origins.maxAnswers === SETTINGS ? 0 : settings.maxAnswers,
      ttlSeconds: origins.ttlSeconds === SETTINGS ? 0 : settings.ttlSeconds,
    },
    placementOf: (cluster) => placements.get(cluster) ?? NEWCOMER,
    capacityOf: (cluster) => settings.capacities.get(cluster) ?? null,
  };
}

function placementsOf(
  { settings }: Merged,
  names: readonly string[],
  order: readonly string[],
): ReadonlyMap<string, Placement> {
  const candidates = names.map((name): Candidate => ({ name, weight: weightIn(settings.weights, name) }));
  const placements = POLICIES[settings.policy].place(candidates, settings.order ?? order);
  return new Map(names.map((name, i) => [name, placements[i] as Placement]));
}
