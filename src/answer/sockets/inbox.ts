/** Octets of a TCP connection that are not answered yet, as frames: two octets of length, then the message (RFC 1035 §4.2.2). */
import { HEADER_OCTETS } from "../../dns/message/code.ts";

/** The first size of the buffer for a message that comes in pieces; most messages fit. */
const FIRST_OCTETS = 512;
const LENGTH_OCTETS = 2;
const NOTHING = new Uint8Array(0);

/** The next message is not whole yet. */
const INCOMPLETE = -1;
/** A length that no message can have: the client has lost the framing. */
export const BROKEN = -2;

/**
 * Usually a chunk holds whole frames and is read in place. A rest is copied to a buffer that doubles, so that a message
 * costs the same however small its pieces are. The inbox holds at most one message and one chunk, because the connection
 * stops reading while messages cannot be answered.
 */
export class Inbox {
  /** The octets, from `at` to `end`. */
  bytes: Uint8Array = NOTHING;
  #at = 0;
  #end = 0;
  /** True when `bytes` is our copy, not the socket's chunk. */
  #isKept = false;

  get isEmpty(): boolean {
    return this.#at === this.#end;
  }

  /** Where the octets that are not answered yet start and end in `bytes`. */
  get at(): number {
    return this.#at;
  }

  get end(): number {
    return this.#end;
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

  /** The length of the next message. Negative when it is not whole yet, BROKEN when the framing is lost. */
  next(): number {
    const { bytes } = this;
    const at = this.#at;
    if (at + LENGTH_OCTETS > this.#end) return INCOMPLETE;
    const octets = ((bytes[at] as number) << 8) | (bytes[at + 1] as number);
    if (octets < HEADER_OCTETS) return BROKEN;
    return at + LENGTH_OCTETS + octets > this.#end ? INCOMPLETE : octets;
  }

  /** Drops the next message, which has this many octets. */
  skip(octets: number): void {
    this.#at += LENGTH_OCTETS + octets;
  }

  /** Drops octets that are no frame. */
  drop(octets: number): void {
    this.#at += octets;
  }

  /** Called after each chunk: copies what is left of it, or lets it go. */
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
