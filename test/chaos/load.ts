/**
 * How long the processes that a change passes through waited for a processor, as the kernel counts it (schedstat). What a
 * change takes beyond its bound on a busy machine is no fault of fedns as long as this explains it.
 */
import { readdirSync, readFileSync } from "node:fs";
import { atEnd, type Scope } from "../support/programs.ts";

/** Nanoseconds on the run queue, by thread. */
type Waits = ReadonlyMap<string, number>;

const NANOSECONDS_PER_MS = 1e6;

/** All threads of these processes. */
export function waitsOf(pids: readonly number[]): Waits {
  return new Map(
    pids.flatMap((pid) => threadsOf(pid).map((thread) => [`${pid}/${thread}`, waitOf(pid, thread)])),
  );
}

/**
 * In each process, that of the thread that waited longest; together, as a change passes through one after the other. In
 * milliseconds.
 */
export function waitedMs(before: Waits, after: Waits): number {
  const longest = new Map<string, number>();
  for (const [key, wait] of after) {
    const pid = key.slice(0, key.indexOf("/"));
    longest.set(pid, Math.max(longest.get(pid) ?? 0, wait - (before.get(key) ?? 0)));
  }
  return [...longest.values()].reduce((sum, wait) => sum + wait, 0) / NANOSECONDS_PER_MS;
}

const SAMPLE_EVERY_MS = 200;
const RECENT_MS = 5_000;

/** How long the processes that are named by `pids` waited for a processor of late. */
export class RecentWaits {
  readonly #pids: () => readonly number[];
  #samples: { readonly atMs: number; readonly waits: Waits }[] = [];

  constructor(scope: Scope, pids: () => readonly number[]) {
    this.#pids = pids;
    const timer = setInterval(() => this.#sample(), SAMPLE_EVERY_MS);
    atEnd(scope, () => clearInterval(timer));
  }

  get recentMs(): number {
    const [first, last] = [this.#samples[0], this.#samples.at(-1)];
    return first === undefined || last === undefined ? 0 : waitedMs(first.waits, last.waits);
  }

  #sample(): void {
    const atMs = performance.now();
    this.#samples = this.#samples.filter((sample) => sample.atMs > atMs - RECENT_MS);
    this.#samples.push({ atMs, waits: waitsOf(this.#pids()) });
  }
}

function threadsOf(pid: number): string[] {
  try {
    return readdirSync(`/proc/${pid}/task`);
  } catch {
    return [];
  }
}

function waitOf(pid: number, thread: string): number {
  try {
    return Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, "utf8").split(" ")[1]);
  } catch {
    return 0;
  }
}
