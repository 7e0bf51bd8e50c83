/** What a fault is, and what the tables of faults share. */
import { setTimeout as delay } from "node:timers/promises";
import { killHard } from "../support/programs.ts";
import type { ChaosRun } from "./chaos.ts";
import type { ChaosCluster } from "./cluster.ts";
import type { ChaosChild } from "./server.ts";

/**
 * One way in which things go wrong: `strike` does the harm, waits, and undoes it. It tells the truth what this means
 * (which clusters are hidden, which were never read), and notes what does not hold. The run goes on when fedns is ready
 * and answers everything as it is.
 */
export type Fault = {
  readonly name: string;
  readonly weight: number;
  /** Without which it is impossible here; default: nothing. */
  readonly needs?: (run: ChaosRun) => boolean;
  readonly strike: (run: ChaosRun) => Promise<void>;
};

/** How often the lease of processes that were killed is taken from them at once. */
const FREED_SHARE = 0.7;
const SOME_MS: readonly [number, number] = [200, 3_000];

export function pauseFor(run: ChaosRun): Promise<void> {
  return delay(run.chance.int(...SOME_MS));
}

/** One of the clusters, hidden from now on. */
export function hideOne(run: ChaosRun): ChaosCluster {
  const cluster = run.chance.pick(run.clusters);
  run.truth.hide(cluster.name, performance.now());
  return cluster;
}

export function hideAll(run: ChaosRun): void {
  for (const { name } of run.clusters) run.truth.hide(name, performance.now());
}

export async function killChild(run: ChaosRun, child: ChaosChild): Promise<void> {
  const pid = await run.server.pidOf(child);
  if (pid !== null) killHard(pid);
}

/** All of fedns is killed; meanwhile `action` happens, and then it is started again. */
export async function whileStopped(run: ChaosRun, action: () => Promise<void> | void): Promise<void> {
  hideAll(run);
  run.witness.isStopped = true;
  await run.server.killAll();
  // Nobody renews the lease any more: a person need not wait for it to run out.
  if (run.chance.is(FREED_SHARE)) run.propagation.giveLease("");
  await action();
  if (run.server.fedns === null) await run.server.start();
  run.witness.isStopped = false;
}
