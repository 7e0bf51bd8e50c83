/** Small numbers for names, first free one first; the ones already in the picture are known from the start. */
import type { Name } from "../../dns/message/name.ts";
import { kindOf, nodeName, recordsOf } from "../format/decode.ts";
import { Header, Kind, type Memory, NodeFlag } from "../format/layout.ts";
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
  for (const at of recordsOf(memory, Header.Nodes)) {
    const name = nodeName(memory, at);
    if (kindOf(memory, at) === Kind.Level) levels.learn(name, memory.u32[at + 5] as number);
    const flags = (memory.u32[at + 4] as number) >>> 16;
    if ((flags & NodeFlag.Apex) !== 0) zones.learn(name, (memory.u32[at + 3] as number) >>> 16);
  }
}

/** The origins of the zones in the picture. */
export function zonesIn(memory: Memory): Name[] {
  const apexes = [...recordsOf(memory, Header.Nodes)].filter(
    (at) => (((memory.u32[at + 4] as number) >>> 16) & NodeFlag.Apex) !== 0,
  );
  return apexes.map((at) => nodeName(memory, at));
}
