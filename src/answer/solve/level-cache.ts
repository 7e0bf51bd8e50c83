/**
 * Levels that were asked for lately, by the octets of their names: a federation has few, and nearly every query names
 * one, so most need no hash of theirs. What a commit may have changed is forgotten with the serial.
 */
import { NODE_WORDS } from "../../picture/format/layout.ts";
import type { Picture } from "../../picture/format/picture.ts";

const SLOTS = 256;

export class LevelCache {
  readonly #levels: Uint32Array = new Uint32Array(SLOTS);
  #picture: Picture | null = null;
  #serial = 0;

  /** The level whose name is `name[from, end)`, lower case, or 0 when it is not among them. */
  find(picture: Picture, serial: number, name: DataView, from: number, end: number): number {
    if (serial !== this.#serial || picture !== this.#picture) {
      this.#levels.fill(0);
      this.#serial = serial;
      this.#picture = picture;
      return 0;
    }
    const level = this.#levels[slotOf(name, from, end)] as number;
    if (level === 0 || (((picture.u32[level + 3] as number) >>> 8) & 255) !== end - from) return 0;
    return picture.hasOctets(level + NODE_WORDS, name, from, end - from) ? level : 0;
  }

  /** `level` is the node that lookup has found for `name[from, end)` since the last `find`. */
  keep(level: number, name: DataView, from: number, end: number): void {
    this.#levels[slotOf(name, from, end)] = level;
  }
}

/** Names of levels differ in their length, or behind their first eight octets or so. */
function slotOf(name: DataView, from: number, end: number): number {
  const mixed =
    name.getInt32(from, true) ^ Math.imul(name.getInt32((from + end) >> 1, true), 0x9e3779b1) ^ (end - from);
  return (Math.imul(mixed ^ (mixed >>> 15), 0x85ebca77) >>> 24) & (SLOTS - 1);
}
