/**
 * How long the processes that a change passes through waited for a processor, as the kernel counts it (schedstat). What a
 * change takes beyond its bound on a busy machine is no fault of fedns as long as this explains it.
 */
import { readdirSync, readFileSync } from "node:fs";

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
