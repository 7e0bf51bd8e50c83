/**
 * Files that look truncated: they have far fewer records than are served, and the same SOA serial. A copy that was interrupted
 * at the end of a line is a valid zone file without some of its names; an operator who removes records increases the serial.
 * Such a file waits until its serial increases, an operator orders a reload, or it has not changed for ACCEPTED_AFTER_MS.
 */
import type { LoadedZone } from "./zone-folder.ts";
import type { Problem } from "../../dns/zone/problem.ts";

export const ACCEPTED_AFTER_MS: number = 10 * 60_000;
/** A file counts at once if it has lost no more than either of these. */
const LOST_RECORDS_MIN = 5;
const LOST_SHARE_MIN = 0.2;

/** What is served for a file. */
type ServedZone = Pick<LoadedZone, "recordCount" | "serial">;
type Waiting = { readonly digest: string; readonly sinceMs: number };

export class ShrunkenFiles {
  /** By path. */
  readonly #waiting: Map<string, Waiting> = new Map();

  /** Which of the files that were just read must wait (their zones stay as served), by path, and why. */
  judge(
    read: readonly LoadedZone[],
    served: (zone: LoadedZone) => ServedZone | undefined,
    { isOrdered, nowMs }: { readonly isOrdered: boolean; readonly nowMs: number },
  ): ReadonlyMap<string, Problem> {
    const kept = new Map<string, Problem>();
    for (const zone of read) {
      const before = served(zone);
      const isSuspect = !isOrdered && before !== undefined && hasLostRecords(before, zone);
      if (!isSuspect || this.#isOld(zone, nowMs)) {
        this.#waiting.delete(zone.file);
        continue;
      }
      if (this.#waiting.get(zone.file)?.digest !== zone.digest)
        this.#waiting.set(zone.file, { digest: zone.digest, sinceMs: nowMs });
      kept.set(zone.file, problemOf(zone, before));
    }
    const files = new Set(read.map(({ file }) => file));
    for (const file of this.#waiting.keys()) if (!files.has(file)) this.#waiting.delete(file);
    return kept;
  }

  /** A file has waited long enough. */
  isDue(nowMs: number): boolean {
    return [...this.#waiting.values()].some(({ sinceMs }) => nowMs - sinceMs >= ACCEPTED_AFTER_MS);
  }

  #isOld({ file, digest }: LoadedZone, nowMs: number): boolean {
    const waiting = this.#waiting.get(file);
    return waiting?.digest === digest && nowMs - waiting.sinceMs >= ACCEPTED_AFTER_MS;
  }
}

function hasLostRecords(before: ServedZone, now: LoadedZone): boolean {
  const lost = before.recordCount - now.recordCount;
  const isMuch = lost > LOST_RECORDS_MIN && lost > before.recordCount * LOST_SHARE_MIN;
  return isMuch && before.serial === now.serial;
}

function problemOf({ file, recordCount, serial }: LoadedZone, before: ServedZone): Problem {
  const minutes = ACCEPTED_AFTER_MS / 60_000;
  const [same, cure] =
    serial === null
      ? ["", "send SIGHUP"]
      : [` and the same serial ${serial}`, "raise the serial, or send SIGHUP"];
  const message =
    `has ${recordCount} records instead of ${before.recordCount}${same}: it looks cut short, so what is served stays ` +
    `for ${minutes} minutes; ${cure} to fedns, to serve it now`;
  return { file, line: 0, severity: "warning", message };
}
