/** Parts (a) and (b): single changes, from the moment when the host has accepted one to each of its copies; at rest and under load. */
import { setTimeout as delay } from "node:timers/promises";
import { type Stage, tellHost, tellMembers, type Versions } from "./stage.ts";

/** Between two changes. */
const pauseMs = 30;

export type ChangeTimes = {
  /** Of each copy. */
  readonly copyMs: readonly number[];
  /** Of the last copy of each change. */
  readonly lastMs: readonly number[];
};

/** One after the other, in the first half of the objects. */
export async function singleChanges(stage: Stage, versions: Versions): Promise<ChangeTimes> {
  const { plan, setting } = stage;
  const copyMs: number[] = [];
  const lastMs: number[] = [];
  for (let n = 0; n < plan.changes; n++) {
    setting.signal.throwIfAborted();
    const index = (n * 7) % (plan.objects >> 1);
    const version = versions.next();
    const atMs = (await tellHost(stage, `change/${index}/${version}`)) as number;
    const arrivals = (await tellMembers(stage, `arrivals/${index}/${version}`)) as readonly number[];
    const times = arrivals.map((ms) => ms - atMs);
    copyMs.push(...times);
    lastMs.push(Math.max(...times));
    await delay(pauseMs);
  }
  return { copyMs, lastMs };
}

/** Objects of the second half change at a steady pace until it is stopped. */
export class SteadyChanges {
  readonly #stage: Stage;
  readonly #versions: Versions;
  readonly #running: Promise<void>;
  readonly #perSecond: number;
  #isOver = false;
  #changes = 0;

  constructor(stage: Stage, versions: Versions, perSecond: number) {
    this.#stage = stage;
    this.#versions = versions;
    this.#perSecond = perSecond;
    this.#running = this.#run();
    // It is awaited at the end; until then a failure of the API servers is told by others.
    this.#running.catch(() => undefined);
  }

  /** Returns how many were made. */
  async stop(): Promise<number> {
    this.#isOver = true;
    await this.#running;
    return this.#changes;
  }

  async #run(): Promise<void> {
    const { plan, setting } = this.#stage;
    const half = plan.objects >> 1;
    const fromMs = performance.now();
    while (!this.#isOver && !setting.signal.aborted) {
      const index = half + (this.#changes % half);
      await tellHost(this.#stage, `change/${index}/${this.#versions.next()}`);
      this.#changes += 1;
      // On a fixed schedule: what was late is made up for.
      const dueMs = fromMs + (this.#changes * 1_000) / this.#perSecond;
      await delay(Math.max(0, dueMs - performance.now()));
    }
  }
}
