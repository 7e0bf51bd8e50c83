/** A buffer that RDATA is written into, octet by octet. */
import { ENTRY_OCTETS_MAX } from "./words.ts";

/** Large enough for every entry: its words make no more octets than they are long, but for some names and keys. */
export class Octets {
  readonly bytes: Uint8Array = new Uint8Array(ENTRY_OCTETS_MAX + 1024);
  length = 0;

  put8(value: number): void {
    this.bytes[this.length++] = value;
  }

  put16(value: number): void {
    this.put8(value >>> 8);
    this.put8(value);
  }

  put32(value: number): void {
    this.put16(value >>> 16);
    this.put16(value);
  }

  /** A copy of what was written from `start` on. */
  copy(start: number = 0): Uint8Array {
    return this.bytes.slice(start, this.length);
  }
}
