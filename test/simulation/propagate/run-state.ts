/** The state of one run, and its notes. */
import type { Adoption } from "../../../src/propagate/apply/decide.ts";
import type { BrakeLimits } from "../../../src/propagate/brake/brake.ts";
import type { Labels } from "../../../src/federation/hosts/selector.ts";
import type { Chance } from "../chance.ts";
import type { Instance, Kept } from "./instance.ts";
import type { Judge } from "./judge.ts";
import type { Sabotage } from "./sabotage-kinds.ts";
import type { SimServer } from "./sim-server.ts";
import type { SimTime } from "./sim-time.ts";
import type { Truth } from "./truth.ts";

export type Member = {
  readonly name: string;
  readonly server: SimServer;
  labels: Labels;
  isJoined: boolean;
  /** Of its life in the federation: another number is another connection. */
  lives: number;
  /** When it was no member: from and to. */
  readonly absences: (readonly [number, number])[];
};

/** Who holds the lease, as the host knows it. */
export type Lease = { holder: string | null; renewedMs: number };

export type Run = {
  readonly seed: number;
  /** Of events; the network and each process have chances of their own. */
  readonly chance: Chance;
  readonly network: Chance;
  readonly time: SimTime;
  readonly host: SimServer;
  readonly members: readonly Member[];
  readonly lease: Lease;
  readonly truth: Truth;
  readonly judge: Judge;
  readonly adoption: Adoption;
  readonly limits: BrakeLimits;
  /** For how long a deleted object waits for a member that is not seen. */
  readonly deletionWaitMs: number;
  readonly kept: Kept;
  /** No faults and no other writers: then the number of writes is bounded. */
  readonly isQuiet: boolean;
  readonly sabotage: Sabotage;
  /** The processes that run. */
  readonly instances: Instance[];
  readonly newInstance: () => Instance;
  /** Those that were killed as well. */
  readonly born: Instance[];
  readonly counts: Map<string, number>;
  /** What happened, oldest first. */
  readonly story: string[];
  readonly isTraced: boolean;
  /** What was found wrong within an event: thrown at the next step. */
  wrong: string | null;
  /** Writes that were sent, also those that changed nothing. */
  readonly sent: { count: number; last: string };
  /** How often clusters have changed their labels, left or come back. */
  relabels: number;
  /** Versions of servers that can be restored. */
  readonly backups: Map<SimServer, number>;
  /** What ends the faults that last. */
  readonly repairs: (() => void)[];
  /** Members in which a webhook has changed or refused something: it may still be so. */
  readonly meddled: Set<string>;
  /** From now on nothing happens: what still runs on its own ends. */
  isCalm: boolean;
};

/** Something that must hold does not. */
export class Violation extends Error {}

export function count(run: Pick<Run, "counts">, what: string, by: number = 1): void {
  run.counts.set(what, (run.counts.get(what) ?? 0) + by);
}

export function tell(run: Pick<Run, "story" | "time" | "isTraced">, line: string): void {
  const seconds = (run.time.nowMs / 1000).toFixed(3).padStart(9);
  run.story.push(`${seconds} s  ${line}`);
  if (!run.isTraced && run.story.length > 600) run.story.splice(0, 300);
}
