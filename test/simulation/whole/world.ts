/**
 * A federation as a whole: people ask for replicas, a propagator places them, pods become ready, control publishes who answers, workers
 * and resolvers lead clients there.
 *
 *     preference ──> allot ──> copies ──> pods ──> slices ──> picture ──> answers ──> caches ──> clients
 *                                ^                                │
 *                                └──── drain: proof <──── orders ─┘
 */
import type { ReplicaPreference } from "../../../src/propagate/schedule/preference.ts";
import type { ObjectPlacement } from "../../../src/propagate/placement/placement.ts";
import type { DrainPolicy } from "../../../src/propagate/drain/drain-step.ts";
import type { CacheLedger } from "../cache-ledger.ts";
import type { Chance } from "../chance.ts";
import type { Control } from "../control.ts";
import type { Sights } from "../replicas/sights.ts";
import type { SimClock } from "../sim-clock.ts";
import type { Workers } from "../workers.ts";
import type { World } from "../world.ts";
import type { Propagator } from "./propagator.ts";
import type { Site } from "./site.ts";
import type { WholeJudge } from "./judge.ts";

/** What people ask for about one object. `preference` null: as many as the template says, where it is placed. */
export type Wish = {
  readonly preference: ReplicaPreference | null;
  readonly placement: ObjectPlacement;
  readonly drain: DrainPolicy;
};

export type Whole = {
  readonly seed: number;
  readonly chance: Chance;
  readonly sim: SimClock;
  readonly world: World;
  readonly keys: readonly string[];
  readonly workers: Workers;
  /** By cluster and key. */
  readonly sites: ReadonlyMap<string, Site>;
  /** The newest is the last. */
  readonly wishes: Map<string, { readonly fromMs: number; readonly wish: Wish }[]>;
  readonly sights: Sights;
  readonly cached: CacheLedger;
  readonly judge: WholeJudge;
  /** Members whose API does not answer. */
  readonly away: Set<string>;
  /** Null = control is down at present. */
  control: Control | null;
  readonly restartControl: () => Promise<void>;
  propagator: Propagator;
  readonly restartPropagator: () => void;
  readonly counts: Map<string, number>;
  readonly story: string[];
  wrong: string | null;
};

export class Violation extends Error {}

/** What every copy has without a preference. */
export const TEMPLATE = 3;

export function siteOf({ sites }: Pick<Whole, "sites">, cluster: string, key: string): Site {
  return sites.get(`${cluster} ${key}`) as Site;
}

export function wishNow({ wishes }: Pick<Whole, "wishes">, key: string): Wish {
  const said = wishes.get(key)?.at(-1);
  if (said === undefined) throw new Error(`nobody has asked for ${key}`);
  return said.wish;
}

export function count({ counts }: Pick<Whole, "counts">, what: string): void {
  counts.set(what, (counts.get(what) ?? 0) + 1);
}

export function tell({ sim, story }: Pick<Whole, "sim" | "story">, line: string): void {
  story.push(`${(sim.nowMs / 1000).toFixed(3).padStart(9)} s  ${line}`);
  if (story.length > 400) story.splice(0, 200);
}
