/** The state of one run, and its notes. */
import type { HealthChange } from "../../src/traffic/tracker/report.ts";
import type { Chance } from "./chance.ts";
import type { Control } from "./control.ts";
import type { FakeProber } from "./fake-prober.ts";
import type { GuardWatch } from "./guard-checks.ts";
import type { HealthLedger } from "./health-ledger.ts";
import type { CacheLedger } from "./cache-ledger.ts";
import type { Disk } from "./memory-store.ts";
import type { OrderModel } from "./order-model.ts";
import type { ClientMap, Network } from "./place-model.ts";
import type { Settings } from "./plan-model.ts";
import type { SimClock } from "./sim-clock.ts";
import type { Workers } from "./workers.ts";
import type { World } from "./world.ts";

export type Run = {
  readonly seed: number;
  readonly chance: Chance;
  readonly sim: SimClock;
  readonly world: World;
  readonly disk: Disk;
  readonly workers: Workers;
  readonly prober: FakeProber;
  readonly networks: readonly Network[];
  readonly clients: ClientMap;
  readonly orders: OrderModel;
  readonly cached: CacheLedger;
  readonly health: HealthLedger;
  readonly guard: GuardWatch;
  /** Clusters whose API is away. */
  readonly away: Set<string>;
  /** Location matters: some class of clients is nearer to one cluster than to another. */
  readonly hasPlaces: () => boolean;
  /** For tests that want the checks to fail. */
  readonly onAnswer: (bytes: Uint8Array) => Uint8Array;
  /** Ends this control process and starts another one. */
  readonly restart: (settings: Settings) => Promise<void>;
  readonly folder: string;
  settings: Settings;
  control: Control;
  readonly counts: Map<string, number>;
  /** Descriptions of events; the last ones are at the end. */
  readonly story: string[];
  /** What the ledger of health found, outside of any check. */
  wrong: string | null;
  /** What was asked last. */
  question: string;
  answer: string;
};

/** For tests of the tests: breaks the product on purpose. */
export type Sabotage = {
  readonly onControl?: (control: Control, run: Pick<Run, "sim">) => void;
  readonly onAnswer?: (bytes: Uint8Array) => Uint8Array;
  readonly onHealth?: (changes: readonly HealthChange[]) => readonly HealthChange[];
  readonly onStep?: (run: Run) => void;
  readonly onCalm?: (run: Run) => void;
};

/** Something that must hold does not. */
export class Violation extends Error {}

export function count(run: Run, what: string, by: number = 1): void {
  run.counts.set(what, (run.counts.get(what) ?? 0) + by);
}

export function tell(run: Run, line: string): void {
  const seconds = (run.sim.nowMs / 1000).toFixed(1).padStart(8);
  run.story.push(`${seconds} s  ${line}`);
  if (run.story.length > 400) run.story.splice(0, 200);
}
