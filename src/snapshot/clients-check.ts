/** Is a table of clients what clients.ts says it is? Asked once, before look-ups go through it. */
import {
  CLASS_SPECIAL,
  CLIENTS_CLASSES,
  CLIENTS_HEAD_WORDS,
  CLIENTS_LEAVES_V4,
  CLIENTS_LEAVES_V6,
  CLIENTS_ROOT_V4,
  CLIENTS_ROOT_V6,
  PAGE_WORDS,
} from "./clients.ts";

/** What is wrong with the `words` words of the record at word `at`, as the end of "the table of clients ...", or null. */
export function checkClients(u32: Uint32Array, at: number, words: number): string | null {
  if (words < CLIENTS_HEAD_WORDS || at + words > u32.length) return "was cut short";
  const table = u32.subarray(at, at + words);
  const classes = table[CLIENTS_CLASSES] as number;
  if (classes < 1 || classes > CLASS_SPECIAL) return "has a wrong number of classes";
  const v4 = leavesBelow({ table, classes, leavesOfBlock: leavesOfBlockV4 }, CLIENTS_ROOT_V4, 0);
  const v6 = leavesBelow({ table, classes, leavesOfBlock: leavesOfBlockV6 }, CLIENTS_ROOT_V6, 0);
  if (Number.isNaN(v4) || Number.isNaN(v6)) return "is damaged";
  const isCounted = v4 === table[CLIENTS_LEAVES_V4] && v6 === table[CLIENTS_LEAVES_V6];
  return isCounted ? null : "has lost leaves";
}

type Family = {
  readonly table: Uint32Array;
  readonly classes: number;
  /** How many leaves the block at `first` has, NaN when it is none. */
  readonly leavesOfBlock: (table: Uint32Array, first: number, classes: number) => number;
};

/** The leaves below the root (depth 0) or page (depth 8) at `at`; NaN when something is not as it must be. */
function leavesBelow(family: Family, at: number, depth: number): number {
  const { table, classes, leavesOfBlock } = family;
  let leaves = 0;
  for (let slot = 0; slot < PAGE_WORDS;) {
    const word = table[at + slot] as number;
    if (word >>> 31 === 1) {
      const bits = ((word & 0x7fff_ffff) >>> 16) - depth;
      const span = bits >= 0 && bits <= 8 ? PAGE_WORDS >>> bits : 0;
      if (span === 0 || slot % span !== 0 || !isClass(word & 0xffff, classes)) return Number.NaN;
      for (let i = 1; i < span; i++) if (table[at + slot + i] !== word) return Number.NaN;
      leaves += 1;
      slot += span;
    } else {
      // Nothing leads back: a page is written before what it leads to.
      if (word <= at || word < CLIENTS_HEAD_WORDS || word >= table.length) return Number.NaN;
      if (depth === 0 && word + PAGE_WORDS > table.length) return Number.NaN;
      leaves += depth === 0 ? leavesBelow(family, word, 8) : leavesOfBlock(table, word, classes);
      slot += 1;
    }
  }
  return leaves;
}

function leavesOfBlockV4(table: Uint32Array, first: number, classes: number): number {
  const count = ((table[first] as number) >>> 16) + 1;
  if (first + count > table.length) return Number.NaN;
  for (let i = 0; i < count; i++) {
    const word = table[first + i] as number;
    const start = i === 0 ? 0 : word >>> 16;
    const next = i === count - 1 ? 0x10000 : (table[first + i + 1] as number) >>> 16;
    if (!isPrefix(start, next - start) || !isClass(word & 0xffff, classes)) return Number.NaN;
  }
  return count;
}

function leavesOfBlockV6(table: Uint32Array, first: number, classes: number): number {
  const count = (table[first] as number) + 1;
  if (first + 2 * count > table.length) return Number.NaN;
  for (let i = 0; i < count; i++) {
    const at = first + 2 * i;
    const rest = (table[at + 1] as number) >>> 16;
    const start = (i === 0 ? 0 : (table[at] as number) * 0x10000) + rest;
    const next =
      i === count - 1 ? 2 ** 48 : (table[at + 2] as number) * 0x10000 + ((table[at + 3] as number) >>> 16);
    if (!isPrefix(start, next - start) || !isClass((table[at + 1] as number) & 0xffff, classes))
      return Number.NaN;
  }
  return count;
}

function isPrefix(start: number, size: number): boolean {
  return size >= 1 && Number.isInteger(Math.log2(size)) && start % size === 0;
}

function isClass(value: number, classes: number): boolean {
  return value < classes || value === CLASS_SPECIAL;
}
