/** What a process has in memory, from /proc/PID/smaps_rollup (proc_pid_smaps(5)). */
import { readFileSync } from "node:fs";

/** Octets. */
export type Resident = {
  readonly rss: number;
  /**
   * Like RSS, but memory that several processes share is divided among them, so that the sum over processes is their
   * total.
   */
  readonly pss: number;
  /** What would come back if the process ended. */
  readonly own: number;
};

/** Null if the process has ended or may not be inspected. */
export function residentOf(pid: number): Resident | null {
  try {
    return readRollup(readFileSync(`/proc/${pid}/smaps_rollup`, "utf8"));
  } catch {
    return null;
  }
}

/** Null for a text that lacks a line. */
export function readRollup(text: string): Resident | null {
  const octets = (field: string): number => {
    const found = new RegExp(`^${field}:\\s+(\\d+) kB$`, "m").exec(text)?.[1];
    return found === undefined ? NaN : Number(found) * 1024;
  };
  const rss = octets("Rss");
  const pss = octets("Pss");
  const own = octets("Private_Clean") + octets("Private_Dirty");
  return [rss, pss, own].some(Number.isNaN) ? null : { rss, pss, own };
}
