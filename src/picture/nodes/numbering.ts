/** Small numbers for names, first free one first; the ones already in the picture are known from the start. */
import type { Name } from "../../dns/message/name.ts";
import { nodeName } from "../content/decode.ts";
import type { Memory } from "../format/memory.ts";
import { isLevel, levelId, NodeFlag, nodeFlags, nodeZone } from "../format/node.ts";
import { NODES, recordsOf } from "../format/table.ts";
import { keyOfName } from "../../dns/zone/zone.ts";
import type { Numbering } from "./node-plan.ts";

export class Numbers implements Numbering {
  readonly #ids: Map<string, number> = new Map();
  readonly #taken: Set<number> = new Set();
  readonly #capacity: number;
  /** No number below this one is free. */
  #next = 0;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  idOf(name: Name): number {
    const key = keyOfName(name);
    const known = this.#ids.get(key);
    if (known !== undefined) return known;
    while (this.#taken.has(this.#next)) this.#next++;
    if (this.#next >= this.#capacity) throw new RangeError(`more than ${this.#capacity} names to number`);
    this.learn(name, this.#next);
    return this.#next;
  }

  /** The name has a number, or can get one. */
  hasRoomFor(name: Name): boolean {
    return this.free > 0 || this.has(name);
  }

  has(name: Name): boolean {
    return this.#ids.has(keyOfName(name));
  }

  /** Numbers that no name has. */
  get free(): number {
    return this.#capacity - this.#taken.size;
  }

  learn(name: Name, id: number): void {
    this.#ids.set(keyOfName(name), id);
    this.#taken.add(id);
  }

  /** Forgets all names but those in `kept`. */
  retain(kept: ReadonlySet<string>): void {
    for (const [key, id] of this.#ids) {
      if (kept.has(key)) continue;
      this.#ids.delete(key);
      this.#taken.delete(id);
      this.#next = Math.min(this.#next, id);
    }
  }
}

/** Reads the numbers of zones and levels that the picture holds. */
export function learnNumbers(memory: Memory, zones: Numbers, levels: Numbers): void {
  const { u32 } = memory;
  for (const at of recordsOf(u32, NODES)) {
    const name = nodeName(memory, at);
    if (isLevel(u32, at)) levels.learn(name, levelId(u32, at));
    if ((nodeFlags(u32, at) & NodeFlag.Apex) !== 0) zones.learn(name, nodeZone(u32, at));
  }
}
