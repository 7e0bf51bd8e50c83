/** TTLs: as they are written, and the ones that records without a TTL get (RFC 1035 §5.1, RFC 2308 §4). */
import { RecordType } from "../message/code.ts";
import { viewOfBytes } from "../message/wire.ts";
import { secondsAt } from "../presentation/number.ts";
import type { Words } from "../presentation/words.ts";

/** RFC 2181 §8: what is higher counts as 0. */
export const TTL_SECONDS_MAX = 0x7fff_ffff;

/** Seconds of 32 bits, or a message that says what is wrong. */
export function readTtl(words: Words, word: number): number | string {
  const seconds = secondsAt(words, word);
  if (seconds < 0) return `${words.shown(word)} is not a TTL (seconds, or like 1h30m) nor a record type`;
  return Number.isFinite(seconds) ? seconds : `TTL ${words.shown(word)} is over ${TTL_SECONDS_MAX} seconds`;
}

/** $TTL and the TTLs seen so far; seconds, -1 = none. */
export class TtlDefaults {
  /** From $TTL. It goes before the last TTL that a record wrote out. */
  directive = -1;
  #lastWritten = -1;

  /** The TTL of a record; `written` is -1 when the record has none. -1 when no TTL is known for it. */
  ttlOf(type: number, written: number, rdata: Uint8Array): number {
    if (written >= 0) return (this.#lastWritten = written);
    if (this.directive >= 0) return this.directive;
    // Before RFC 2308, the SOA's MINIMUM was the TTL of all records without one.
    if (this.#lastWritten < 0 && type === RecordType.SOA)
      this.directive = Math.min(viewOfBytes(rdata).getUint32(rdata.length - 4), TTL_SECONDS_MAX);
    return this.directive >= 0 ? this.directive : this.#lastWritten;
  }
}
