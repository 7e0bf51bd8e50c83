/**
 * The model of plans: what should be in force for each service after all reports. The oldest object wins; the service
 * comes before its namespace, and that before the settings. An invalid value leaves the last valid one of that object
 * in force.
 */
import type { Told, ToldCluster } from "./feed.ts";
import type { Meaning, Word } from "./phrases.ts";
import type { Sayings } from "./world.ts";

export type Plan = {
  readonly policy: Meaning["policy"];
  readonly draws: number;
  /** 0 = the value of the settings. */
  readonly most: number;
  readonly ttl: number;
  readonly placementOf: (cluster: string) => { readonly tier: number; readonly weight: number };
  readonly wanted: (cluster: string) => number;
};

export type Settings = {
  readonly policy: Meaning["policy"];
  readonly weights: ReadonlyMap<string, number> | null;
  readonly order: readonly string[] | null;
  readonly draws: number;
  readonly most: number;
  readonly ttl: number;
  readonly halfKm: number;
  readonly spillBelow: number;
  /** All clusters in the order of the settings. */
  readonly clusters: readonly string[];
};

const RESERVE = 128;
const WORDS: readonly Word[] = ["policy", "weights", "order", "draws", "most", "ttl", "capacity"];
type Means = Partial<Record<Word, unknown>>;

export class PlanModel {
  readonly #told: Told;
  readonly #settings: Settings;
  /** By object; gone with the object. */
  readonly #means: Map<string, { readonly annotations: Sayings; readonly means: Means }> = new Map();
  readonly #plans: Map<string, Plan> = new Map();
  /**
   * From an earlier run: in force until all clusters that declare the service have been read, or the waiting time is
   * over.
   */
  #saved: ReadonlyMap<string, Plan>;
  isSettled = false;

  constructor(told: Told, settings: Settings, saved: ReadonlyMap<string, Plan>) {
    this.#told = told;
    this.#settings = settings;
    this.#saved = saved;
  }

  get plans(): ReadonlyMap<string, Plan> {
    return this.#plans;
  }

  planOf(key: string): Plan {
    return this.#plans.get(key) ?? this.#compute(key);
  }

  /** Not all clusters that declare it have been read in this run: it stays unchanged. */
  isKept(key: string): boolean {
    const isUnheard = this.#declaring(key).some(({ backends }) => backends.get(key)?.annotations === null);
    return !this.isSettled && isUnheard && this.#saved.has(key);
  }

  /** Something about the service was reported. */
  refresh(key: string): void {
    const saved = this.#saved.get(key);
    if (saved !== undefined && this.isKept(key)) this.#plans.set(key, saved);
    else this.#plans.set(key, this.#compute(key));
  }

  settle(keys: Iterable<string>): void {
    this.isSettled = true;
    this.#saved = new Map();
    for (const key of keys) this.refresh(key);
  }

  #declaring(key: string): readonly ToldCluster[] {
    return [...this.#told.values()].filter(({ backends }) => backends.has(key));
  }

  #compute(key: string): Plan {
    const namespace = key.split("/")[0] as string;
    for (const { name, backends, namespaces } of this.#told.values()) {
      if (!backends.has(key)) this.#means.delete(`${name} ${key}`);
      if (!namespaces.has(namespace)) this.#means.delete(`${name} ${namespace}`);
    }
    const declaring = this.#declaring(key);
    const services = declaring.map(({ name, backends }) =>
      this.#read(name, key, backends.get(key)?.annotations ?? null),
    );
    const namespaces = declaring.map(({ name, namespaces: all }) =>
      this.#read(name, namespace, all.get(namespace) ?? null),
    );
    const pick = <K extends Word>(word: K): Meaning[K] | undefined =>
      oldest(services, word) ?? oldest(namespaces, word);
    const settings = this.#settings;
    const policy = pick("policy") ?? settings.policy;
    const weights = pick("weights") ?? settings.weights;
    const order = pick("order") ?? settings.order;
    const capacities = new Map(
      declaring.map(({ name }, i) => [name, services[i]?.means.capacity ?? namespaces[i]?.means.capacity]),
    );
    return {
      policy,
      draws: pick("draws") ?? settings.draws,
      most: pick("most") ?? 0,
      ttl: pick("ttl") ?? 0,
      placementOf: placementsBy(policy, weights, order ?? settings.clusters),
      wanted: (cluster) => {
        const backend = this.#told.get(cluster)?.backends.get(key);
        return (capacities.get(cluster) as number | undefined) ?? backend?.wanted ?? 0;
      },
    };
  }

  #read(cluster: string, object: string, annotations: Sayings | null): Source {
    const key = `${cluster} ${object}`;
    if (annotations === null || annotations.phrases.length === 0) {
      this.#means.delete(key);
      return { cluster, createdAt: "~", means: {} };
    }
    const before = this.#means.get(key);
    const means: Means = {};
    for (const word of WORDS) {
      const phrase = annotations.phrases.find((one) => one.word === word);
      if (phrase !== undefined) means[word] = phrase.means ?? before?.means[word];
    }
    if (before?.annotations !== annotations) this.#means.set(key, { annotations, means });
    else return { cluster, createdAt: annotations.createdAt, means: before.means };
    return { cluster, createdAt: annotations.createdAt, means };
  }
}

type Source = { readonly cluster: string; readonly createdAt: string; readonly means: Means };

function oldest<K extends Word>(sources: readonly Source[], word: K): Meaning[K] | undefined {
  const [first] = sources
    .filter(({ means }) => means[word] !== undefined)
    .toSorted((a, b) => `${a.createdAt} ${a.cluster}`.localeCompare(`${b.createdAt} ${b.cluster}`, "en"));
  return first?.means[word] as Meaning[K] | undefined;
}

function placementsBy(
  policy: Meaning["policy"],
  weights: ReadonlyMap<string, number> | null,
  order: readonly string[],
): Plan["placementOf"] {
  return (cluster) => {
    const weight = weights === null ? 1 : (weights.get(cluster) ?? 0);
    if (policy === "all") return { tier: 0, weight: 1 };
    if (policy === "failover") {
      const place = order.indexOf(cluster);
      return { tier: place < 0 ? order.length : place, weight: Math.max(1, weight) };
    }
    return weight === 0 ? { tier: RESERVE, weight: 1 } : { tier: 0, weight };
  };
}

/** The plans at the end of a control process: tiers and weights of the clusters then. */
export function frozen(plans: ReadonlyMap<string, Plan>, clusters: readonly string[]): Map<string, Plan> {
  return new Map(
    [...plans].map(([key, plan]) => {
      const placements = new Map(clusters.map((name) => [name, plan.placementOf(name)]));
      const wanted = new Map(clusters.map((name) => [name, plan.wanted(name)]));
      return [
        key,
        {
          ...plan,
          placementOf: (name: string) => placements.get(name) ?? { tier: 0, weight: 1 },
          wanted: (name: string) => wanted.get(name) ?? 0,
        },
      ];
    }),
  );
}
