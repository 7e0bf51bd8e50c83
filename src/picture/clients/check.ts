/** Checks that a table of clients has the layout of client-table.ts, once, before it is used for look-ups. */
import {
  CLASS_SPECIAL,
  CLIENTS_CLASSES,
  CLIENTS_HEAD_WORDS,
  CLIENTS_LEAVES_V4,
  CLIENTS_LEAVES_V6,
  CLIENTS_ROOT_V4,
  CLIENTS_ROOT_V6,
  DEPTHS_V4,
  DEPTHS_V6,
  type Depths,
  FOLD_WORDS,
  isLeaf,
  leafClass,
  leafLength,
  listStart,
  PAGE_WORDS,
  QUARTER_SLOTS,
  QUARTER_WORDS,
} from "./client-table.ts";

/**
 * The fault of the record at word `at`, which has so many words, as the end of "the table of clients ..."; null = none.
 * Looks at each word once: pages and lists stand one behind the other, in the order of their addresses.
 */
export function checkClients(u32: Uint32Array, at: number, words: number): string | null {
  if (words < CLIENTS_HEAD_WORDS || at + words > u32.length) return "was cut short";
  const table = u32.subarray(at, at + words);
  const classes = table[CLIENTS_CLASSES] as number;
  if (classes < 1 || classes > CLASS_SPECIAL) return "has a wrong number of classes";
  const walk: Walk = { table, classes, next: CLIENTS_HEAD_WORDS, leaves: 0 };
  if (!isPage(walk, pageAt(table, CLIENTS_ROOT_V4), 0, DEPTHS_V4)) return "is damaged";
  if (walk.leaves !== table[CLIENTS_LEAVES_V4]) return "has lost leaves";
  walk.leaves = 0;
  if (!isPage(walk, pageAt(table, CLIENTS_ROOT_V6), 0, DEPTHS_V6)) return "is damaged";
  return walk.leaves === table[CLIENTS_LEAVES_V6] && walk.next === words ? null : "has lost leaves";
}

type Walk = {
  readonly table: Uint32Array;
  readonly classes: number;
  /** Where the next page or list must be. */
  next: number;
  /** Leaves seen so far. */
  leaves: number;
};

function pageAt(table: Uint32Array, at: number): Uint32Array {
  return table.subarray(at, at + PAGE_WORDS);
}

/** Checks the words of a root or page, to which `depth` bits lead, and everything that they lead to. */
function isPage(walk: Walk, page: Uint32Array, depth: number, depths: Depths): boolean {
  for (let slot = 0; slot < PAGE_WORDS;) {
    const word = page[slot] as number;
    if (isLeaf(word)) {
      const span = spanOf(page, slot, depth, walk.classes);
      if (span === 0 || slot % span !== 0) return false;
      walk.leaves += 1;
      slot += span;
    } else {
      if (word !== walk.next || !isInner(walk, depth + 8, depths)) return false;
      slot += 1;
    }
  }
  return true;
}

/** Checks the page or list that comes next, to which `depth` bits lead. */
function isInner(walk: Walk, depth: number, depths: Depths): boolean {
  if (depth >= depths.list) return isList(walk, 2 ** depths.rest);
  if (depth >= depths.fold) {
    const unfolded = unfoldNext(walk);
    return unfolded !== null && isPage(walk, unfolded, depth, depths);
  }
  const page = pageAt(walk.table, walk.next);
  walk.next += PAGE_WORDS;
  return page.length === PAGE_WORDS && isPage(walk, page, depth, depths);
}

/** All words of the folded page that comes next; null when it is none, or has a word that should have been left out. */
function unfoldNext(walk: Walk): Uint32Array | null {
  const { table } = walk;
  const page = new Uint32Array(PAGE_WORDS);
  let next = walk.next + FOLD_WORDS;
  for (let slot = 0; slot < PAGE_WORDS; slot++) {
    const isFirst = slot % QUARTER_SLOTS === 0;
    const quarter = walk.next + QUARTER_WORDS * Math.floor(slot / QUARTER_SLOTS);
    if (isFirst && table[quarter + 2] !== next) return null;
    const isOther = (((table[quarter + ((slot >>> 5) & 1)] ?? 0) >>> (slot & 31)) & 1) === 1;
    if (isFirst && !isOther) return null;
    const word = isOther ? table[next++] : page[slot - 1];
    if (word === undefined || (isOther && !isFirst && word === page[slot - 1])) return null;
    page[slot] = word;
  }
  walk.next = next;
  return page;
}

/** How many equal words of a page the prefix at `slot` has; 0 when it is no prefix. */
function spanOf(page: Uint32Array, slot: number, depth: number, classes: number): number {
  const word = page[slot] as number;
  const bits = leafLength(word) - depth;
  if (bits < 0 || bits > 8 || !isClass(leafClass(word), classes)) return 0;
  const span = PAGE_WORDS >>> bits;
  for (let i = 1; i < span; i++) if (page[slot + i] !== word) return 0;
  return span;
}

/** Checks the list that comes next. Its leaves start below `end`. */
function isList(walk: Walk, end: number): boolean {
  const { table, classes, next: first } = walk;
  const count = listStart(table[first] ?? 0) + 1;
  if (first + count > table.length) return false;
  for (let i = 0; i < count; i++) {
    const word = table[first + i] as number;
    const start = i === 0 ? 0 : listStart(word);
    const next = i === count - 1 ? end : listStart(table[first + i + 1] as number);
    if (!isPrefix(start, next - start) || !isClass(leafClass(word), classes)) return false;
  }
  walk.next += count;
  walk.leaves += count;
  return true;
}

function isPrefix(start: number, size: number): boolean {
  return size >= 1 && Number.isInteger(Math.log2(size)) && start % size === 0;
}

function isClass(value: number, classes: number): boolean {
  return value < classes || value === CLASS_SPECIAL;
}
