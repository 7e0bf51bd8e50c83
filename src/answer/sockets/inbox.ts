/** What a stream has brought and nobody has answered yet, as frames: two octets of length, then the message (RFC 1035 §4.2.2). */
import { HEADER_OCTETS } from "../../dns/message/code.ts";

/** Room made at first for a message that comes in pieces; most are not longer. */
const FIRST_OCTETS = 512;
const LENGTH_OCTETS = 2;
const NOTHING = new Uint8Array(0);

/** No whole message is there (yet). */
const INCOMPLETE = -1;
/** A length no message can have: whoever sends it has lost the frames. */
export const BROKEN = -2;

/**
 * Usually a chunk holds whole frames and is read in place. What is left of it is kept in room that doubles, so that a
 * message costs the same however small its pieces. Holds at most one message and one chunk: who fills it stops
 * reading while it cannot be emptied.
 */
export class Inbox {
  /** The octets, from `at` to `end`. */
  bytes: Uint8Array = NOTHING;
  #at = 0;
  #end = 0;
  /** True when `bytes` is ours, not the socket's. */
  #isKept = false;

  get isEmpty(): boolean {
    return this.#at === this.#end;
  }

  /** Where the message of the next frame starts. */
  get messageAt(): number {
    return this.#at + LENGTH_OCTETS;
  }

  add(chunk: Uint8Array): void {
    if (this.isEmpty) {
      this.bytes = chunk;
      this.#at = 0;
      this.#end = chunk.length;
      this.#isKept = false;
      return;
    }
    this.#makeRoom(chunk.length);
    this.bytes.set(chunk, this.#end);
    this.#end += chunk.length;
  }

  /** The length of the next message; negative when none is there, BROKEN when none will ever be. */
  next(): number {
    const { bytes } = this;
    const at = this.#at;
    if (at + LENGTH_OCTETS > this.#end) return INCOMPLETE;
    const octets = ((bytes[at] as number) << 8) | (bytes[at + 1] as number);
    if (octets < HEADER_OCTETS) return BROKEN;
    return at + LENGTH_OCTETS + octets > this.#end ? INCOMPLETE : octets;
  }

  /** The next message, of `octets`, has been dealt with. */
  skip(octets: number): void {
    this.#at += LENGTH_OCTETS + octets;
  }

  /** The turn is over: what is left of the socket's chunk becomes ours, and an empty one is let go. */
  settle(): void {
    if (this.isEmpty) {
      this.bytes = NOTHING;
      this.#at = 0;
      this.#end = 0;
    } else if (!this.#isKept) this.#makeRoom(0);
  }

  #makeRoom(octets: number): void {
    const used = this.#end - this.#at;
    if (!this.#isKept || this.#end + octets > this.bytes.length) {
      const room = Math.max(FIRST_OCTETS, 2 * (used + octets));
      const bytes = new Uint8Array(room);
      bytes.set(this.bytes.subarray(this.#at, this.#end));
      this.bytes = bytes;
      this.#isKept = true;
      this.#at = 0;
      this.#end = used;
    }
  }
}
