/** One change to the picture, all or nothing: flips are kept back, listed so that they can be repeated, and then applied (format/layout.ts). */
import { FIRST_COMMITTED, Header, HEADER_WORDS, LAST_COMMITTED } from "../format/layout.ts";
import type { Memory } from "../format/memory.ts";
import { checkWords } from "../format/record.ts";
import { beginFlips, endFlips, flip } from "../format/serial.ts";
import type { WordStore } from "./table.ts";

export class Transaction implements WordStore {
  readonly #memory: Memory;
  readonly #flips: Map<number, number> = new Map();
  /** Words from here on cannot be seen by readers yet: they are written at once. */
  #unseenFrom: number;

  constructor(memory: Memory) {
    this.#memory = memory;
    this.#unseenFrom = memory.u32[Header.ArenaEnd] as number;
  }

  get isEmpty(): boolean {
    return this.#flips.size === 0;
  }

  read(at: number): number {
    if (at >= this.#unseenFrom) return this.#memory.u32[at] as number;
    return this.#flips.get(at) ?? (this.#memory.u32[at] as number);
  }

  write(at: number, value: number): void {
    if (at >= this.#unseenFrom) this.#memory.u32[at] = value;
    else this.#flips.set(at, value >>> 0);
  }

  /** Words that the redo list of this transaction needs behind the arena's end. */
  get redoWords(): number {
    return 2 * this.#flips.size + 4;
  }

  commit(): void {
    const { u32 } = this.#memory;
    this.write(
      Header.CommitCheck,
      commitCheck((word) => this.read(word)),
    );
    const end = this.read(Header.ArenaEnd);
    let at = end;
    for (const [word, value] of this.#flips) {
      u32[at++] = word;
      u32[at++] = value;
    }
    u32[Header.RedoStart] = end;
    u32[Header.RedoCount] = this.#flips.size;
    u32[Header.RedoCheck] = checkWords(u32, end, at, -1);
    applyRedo(this.#memory);
    this.#flips.clear();
    this.#unseenFrom = end;
  }
}

/** The check of the header's words that commits change, as `read` shows them. */
export function commitCheck(read: (word: number) => number): number {
  const words = Uint32Array.from({ length: LAST_COMMITTED - FIRST_COMMITTED + 1 }, (_, i) =>
    read(FIRST_COMMITTED + i),
  );
  return checkWords(words, 0, words.length, -1);
}

/** The order of stores is argued in format/serial.ts. */
function applyRedo(memory: Memory): void {
  const { u32 } = memory;
  beginFlips(u32);
  const start = u32[Header.RedoStart] as number;
  const end = start + 2 * (u32[Header.RedoCount] as number);
  for (let at = start; at < end; at += 2) flip(u32, u32[at] as number, u32[at + 1] as number);
  endFlips(u32);
}

/**
 * Finishes the commit of a writer that was killed in the middle of it; its list was complete before the serial became
 * odd. A list that does not pass its check is left alone, and the picture is refused (verify/verify.ts).
 */
export function recover(memory: Memory): boolean {
  const { u32 } = memory;
  if (!isTorn(memory)) return false;
  const start = u32[Header.RedoStart] as number;
  const end = start + 2 * (u32[Header.RedoCount] as number);
  if (start < HEADER_WORDS || end > u32.length) return false;
  if (u32[Header.RedoCheck] !== checkWords(u32, start, end, -1)) return false;
  applyRedo(memory);
  return true;
}

/** True when a commit was begun and not finished. */
export function isTorn(memory: Memory): boolean {
  return ((memory.u32[Header.Serial] as number) & 1) !== 0;
}
