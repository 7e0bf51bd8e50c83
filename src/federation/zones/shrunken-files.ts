/**
 * Files that look cut short: many records fewer than what is served, and the same SOA serial. A copy that was interrupted
 * at the end of a line is a sound zone file with names missing, and an operator who removes records raises the serial.
 * Such a file waits until the serial rises, an operator orders a reload, or it has stayed the same for BELIEVED_AFTER_MS.
 */
import type { LoadedZone } from "./zone-folder.ts";
import type { Problem } from "../../dns/zone/problem.ts";

export const BELIEVED_AFTER_MS: number = 10 * 60_000;
/** A file that lost fewer records than both of these is believed at once. */
const LOST_RECORDS_MIN = 5;
const LOST_SHARE_MIN = 0.2;

type Waiting = { readonly digest: string; readonly sinceMs: number };

export class ShrunkenFiles {
  /** By path. */
  readonly #waiting: Map<string, Waiting> = new Map();

  /** Which of the files just read are not believed yet (`kept`: what is served of them stays), and what to say of each. */
  judge(
    read: readonly LoadedZone[],
    served: ReadonlyMap<string, LoadedZone>,
    { isOrdered, nowMs }: { readonly isOrdered: boolean; readonly nowMs: number },
  ): { readonly kept: ReadonlySet<string>; readonly problems: readonly Problem[] } {
    const kept = new Set<string>();
    const problems: Problem[] = [];
    for (const zone of read) {
      const before = served.get(zone.file);
      const isSuspect = !isOrdered && before !== undefined && hasLostRecords(before, zone);
      if (!isSuspect || this.#isOld(zone, nowMs)) {
        this.#waiting.delete(zone.file);
        continue;
      }
      if (this.#waiting.get(zone.file)?.digest !== zone.digest)
        this.#waiting.set(zone.file, { digest: zone.digest, sinceMs: nowMs });
      kept.add(zone.file);
      problems.push(problemOf(zone, before));
    }
    const files = new Set(read.map(({ file }) => file));
    for (const file of this.#waiting.keys()) if (!files.has(file)) this.#waiting.delete(file);
    return { kept, problems };
  }

  /** A file has waited long enough. */
  isDue(nowMs: number): boolean {
    return [...this.#waiting.values()].some(({ sinceMs }) => nowMs - sinceMs >= BELIEVED_AFTER_MS);
  }

  #isOld({ file, digest }: LoadedZone, nowMs: number): boolean {
    const waiting = this.#waiting.get(file);
    return waiting?.digest === digest && nowMs - waiting.sinceMs >= BELIEVED_AFTER_MS;
  }
}

function hasLostRecords(before: LoadedZone, now: LoadedZone): boolean {
  const lost = before.recordCount - now.recordCount;
  const isMuch = lost > LOST_RECORDS_MIN && lost > before.recordCount * LOST_SHARE_MIN;
  return isMuch && before.serial === now.serial;
}

function problemOf({ file, recordCount, serial }: LoadedZone, before: LoadedZone): Problem {
  const minutes = BELIEVED_AFTER_MS / 60_000;
  const message =
    `has ${recordCount} records instead of ${before.recordCount} and the same serial ${serial}: it looks cut short, so ` +
    `what is served stays for ${minutes} minutes; raise the serial, or send SIGHUP to fedns, to serve it now`;
  return { file, line: 0, severity: "warning", message };
}
