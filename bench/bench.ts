/** What a bench is: a name, the claim it checks, and a run that ends by itself with results, goals and tables. */
import type { Processes } from "./load/processes.ts";

/** One promise with its measurement. `value` is null if it could not be measured; the goal is then not met. */
export type Goal = {
  readonly name: string;
  readonly goal: string;
  readonly value: number | null;
  readonly met: boolean;
};

export type Table = {
  readonly title: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
};

export type BenchReport = {
  /** Any JSON value: medians, rounds, what was missing. */
  readonly results: Readonly<Record<string, unknown>>;
  readonly goals: readonly Goal[];
  /** The same figures for people, in the order they are read. */
  readonly tables: readonly Table[];
  /** Sentences that readers of the tables need: what was absent, lost or tried. */
  readonly notes: readonly string[];
};

export type BenchSetting = {
  readonly isQuick: boolean;
  /** When to be done, measured from the start of `run`; the runner aborts `signal` a little later. */
  readonly budgetMs: number;
  /** An empty directory of this run, deleted after it. */
  readonly workDirectory: string;
  /** The core of the measured processes, and the core of the load generator. */
  readonly cores: { readonly server: number; readonly load: number };
  /** Starts and ends every process of the run. */
  readonly processes: Processes;
  readonly signal: AbortSignal;
  /** One line of progress, written to standard error. */
  readonly progress: (line: string) => void;
};

export type Bench = {
  /** One word, as typed after `npm run bench --`. */
  readonly name: string;
  /** What the bench shows, in one or two sentences; heads its section of bench/README.md. */
  readonly claim: string;
  run(setting: BenchSetting): Promise<BenchReport>;
};
