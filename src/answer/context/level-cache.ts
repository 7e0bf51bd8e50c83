/**
 * Levels that were asked for lately, by the octets of their names: a federation has few, and nearly every query names
 * one, so most need no hash of theirs. What a commit may have changed is forgotten with the serial.
 */
import * as memoryModule from "../../picture/format/memory.ts";
import * as nodeFields from "../../picture/format/node.ts";
import type { LevelAt } from "../../picture/format/node.ts";
import type { Picture } from "../../picture/format/picture.ts";

// Constants of this module, since V8 folds those and not the imported ones (picture/format/memory.ts).
const { NONE } = memoryModule;
const { nodeNameAt, nodeNameOctets } = nodeFields;

const SLOTS = 256;

export class LevelCache {
  readonly #levels: Uint32Array = new Uint32Array(SLOTS);
  #picture: Picture | null = null;
  #serial = 0;

  /** The level whose name is `name[from, end)`, lower case, or NONE when it is not among them. */
  find(picture: Picture, serial: number, name: DataView, from: number, end: number): LevelAt {
    if (serial !== this.#serial || picture !== this.#picture) {
      this.#levels.fill(0);
      this.#serial = serial;
      this.#picture = picture;
      return NONE;
    }
    const level = this.#levels[slotOf(name, from, end)] as LevelAt;
    if (level === NONE || nodeNameOctets(picture.u32, level) !== end - from) return NONE;
    return picture.hasOctets(nodeNameAt(level), name, from, end - from) ? level : NONE;
  }

  /** `level` is the node that lookup has found for `name[from, end)` since the last `find`. */
  keep(level: LevelAt, name: DataView, from: number, end: number): void {
    this.#levels[slotOf(name, from, end)] = level;
  }
}

/** Names of levels differ in their length, or behind their first eight octets or so. */
function slotOf(name: DataView, from: number, end: number): number {
  const mixed =
    name.getInt32(from, true) ^ Math.imul(name.getInt32((from + end) >> 1, true), 0x9e3779b1) ^ (end - from);
  return (Math.imul(mixed ^ (mixed >>> 15), 0x85ebca77) >>> 24) & (SLOTS - 1);
}
