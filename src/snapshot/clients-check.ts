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

/**
 * What is wrong with the `words` words of the record at word `at`, as the end of "the table of clients ...", or null.
 * Looks at each word once: pages and blocks stand one behind the other, in the order of their addresses.
 */
export function checkClients(u32: Uint32Array, at: number, words: number): string | null {
  if (words < CLIENTS_HEAD_WORDS || at + words > u32.length) return "was cut short";
  const table = u32.subarray(at, at + words);
  const classes = table[CLIENTS_CLASSES] as number;
  if (classes < 1 || classes > CLASS_SPECIAL) return "has a wrong number of classes";
  const walk: Walk = { table, classes, next: CLIENTS_HEAD_WORDS, leaves: 0 };
  if (!isPage(walk, CLIENTS_ROOT_V4, 0, V4)) return "is damaged";
  if (walk.leaves !== table[CLIENTS_LEAVES_V4]) return "has lost leaves";
  walk.leaves = 0;
  if (!isPage(walk, CLIENTS_ROOT_V6, 0, V6)) return "is damaged";
  return walk.leaves === table[CLIENTS_LEAVES_V6] && walk.next === words ? null : "has lost leaves";
}

type Walk = {
  readonly table: Uint32Array;
  readonly classes: number;
  /** Where the next page or block must stand. */
  next: number;
  /** Seen so far. */
  leaves: number;
};

type Family = {
  /** How many bits lead to a block. */
  readonly depth: number;
  readonly isBlock: (walk: Walk) => boolean;
};

const V4: Family = { depth: 16, isBlock: isBlockV4 };
const V6: Family = { depth: 24, isBlock: isBlockV6 };

/** The root or page at `at`, which `depth` bits lead to, and all that it leads to. */
function isPage(walk: Walk, at: number, depth: number, family: Family): boolean {
  const { table } = walk;
  for (let slot = 0; slot < PAGE_WORDS;) {
    const word = table[at + slot] as number;
    if (word >>> 31 === 1) {
      const span = spanOf(walk, at + slot, depth);
      if (span === 0 || slot % span !== 0) return false;
      walk.leaves += 1;
      slot += span;
    } else {
      if (word !== walk.next) return false;
      const isInner = depth + 8 < family.depth;
      if (isInner) walk.next += PAGE_WORDS;
      if (walk.next > table.length) return false;
      if (!(isInner ? isPage(walk, word, depth + 8, family) : family.isBlock(walk))) return false;
      slot += 1;
    }
  }
  return true;
}

/** How many words of a page the prefix at `at` has, all the same; 0 when it is none. */
function spanOf({ table, classes }: Walk, at: number, depth: number): number {
  const word = table[at] as number;
  const bits = ((word & 0x7fff_ffff) >>> 16) - depth;
  if (bits < 0 || bits > 8 || !isClass(word & 0xffff, classes)) return 0;
  const span = PAGE_WORDS >>> bits;
  for (let i = 1; i < span; i++) if (table[at + i] !== word) return 0;
  return span;
}

function isBlockV4(walk: Walk): boolean {
  const { table, classes, next: first } = walk;
  const count = ((table[first] ?? 0) >>> 16) + 1;
  if (first + count > table.length) return false;
  for (let i = 0; i < count; i++) {
    const word = table[first + i] as number;
    const start = i === 0 ? 0 : word >>> 16;
    const next = i === count - 1 ? 0x10000 : (table[first + i + 1] as number) >>> 16;
    if (!isPrefix(start, next - start) || !isClass(word & 0xffff, classes)) return false;
  }
  walk.next += count;
  walk.leaves += count;
  return true;
}

function isBlockV6(walk: Walk): boolean {
  const { table, classes, next: first } = walk;
  const count = (table[first] ?? 0) + 1;
  if (first + 2 * count > table.length) return false;
  const startOf = (leaf: number): number =>
    (leaf === first ? 0 : (table[leaf] as number) * 256) + ((table[leaf + 1] as number) >>> 16);
  for (let i = 0; i < count; i++) {
    const leaf = first + 2 * i;
    const rest = table[leaf + 1] as number;
    const next = i === count - 1 ? 2 ** 40 : startOf(leaf + 2);
    if (rest >>> 24 !== 0 || !isPrefix(startOf(leaf), next - startOf(leaf))) return false;
    if (!isClass(rest & 0xffff, classes)) return false;
  }
  walk.next += 2 * count;
  walk.leaves += count;
  return true;
}

function isPrefix(start: number, size: number): boolean {
  return size >= 1 && Number.isInteger(Math.log2(size)) && start % size === 0;
}

function isClass(value: number, classes: number): boolean {
  return value < classes || value === CLASS_SPECIAL;
}
