/** What is measured: a server that can be started on a core, asked and stopped; peers, the limit and fedns alike. */
import type { Processes } from "./processes.ts";
import type { Program } from "./programs.ts";

/** Where a contender runs: everything it needs to know of the run it takes part in. */
export type Site = {
  readonly core: number;
  /** An empty directory of its own. */
  readonly workDirectory: string;
  /** The folder that holds the zone file, named after the zone. */
  readonly zoneDirectory: string;
  readonly processes: Processes;
};

export type Running = {
  readonly port: number;
  /** Processes whose CPU time is the cost of an answer over UDP, or over TCP where that is another. */
  pids: () => readonly number[];
  isRunning: () => boolean;
  /** The last lines of its log, for when it does not answer. */
  lastWords: () => string;
  stop: () => Promise<void>;
  /** Questions for names only it has, one "name type" a line, all answered with three addresses. */
  readonly federatedQueries?: string;
};

export type Contender = {
  readonly name: string;
  /** "limit" echoes and knows no TCP; only "fedns" has federated names. */
  readonly kind: "limit" | "peer" | "fedns";
  /** What must be installed; empty for what the project contains. */
  readonly programs: readonly Program[];
  start(site: Site): Promise<Running>;
};
