/** Open addressing with linear probing, as the writer sees it: through `Words`, which holds back what is not committed. */
import { DELETED, Header } from "../format/layout.ts";

export type Words = {
  read(at: number): number;
  write(at: number, value: number): void;
};

/** Header words of one table: its offset, slot mask, live entries, and used slots (deleted ones included). */
export type TableHead = {
  readonly at: number;
  readonly mask: number;
  readonly live: number;
  readonly used: number;
};

export const NODES: TableHead = {
  at: Header.Nodes,
  mask: Header.NodesMask,
  live: Header.NodesLive,
  used: Header.NodesUsed,
};
export const SERVICES: TableHead = {
  at: Header.Services,
  mask: Header.ServicesMask,
  live: Header.ServicesLive,
  used: Header.ServicesUsed,
};

/** The slot (0..mask) of the entry that `isIt` accepts, or -1. */
export function findSlot(
  words: Words,
  head: TableHead,
  hash: number,
  isIt: (record: number) => boolean,
): number {
  const table = words.read(head.at);
  const mask = words.read(head.mask);
  for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
    const record = words.read(table + 2 * slot + 1);
    if (record === 0) return -1;
    if (record !== DELETED && words.read(table + 2 * slot) === hash && isIt(record)) return slot;
  }
}

/** Points an existing slot at `record`. */
export function setSlot(words: Words, head: TableHead, slot: number, record: number): void {
  words.write(words.read(head.at) + 2 * slot + 1, record);
}

export function deleteSlot(words: Words, head: TableHead, slot: number): void {
  setSlot(words, head, slot, DELETED);
  words.write(head.live, words.read(head.live) - 1);
}

/** Adds an entry that is known to be absent. The caller has made room. */
export function insertSlot(words: Words, head: TableHead, hash: number, record: number): void {
  const table = words.read(head.at);
  const mask = words.read(head.mask);
  let slot = hash & mask;
  while (words.read(table + 2 * slot + 1) > DELETED) slot = (slot + 1) & mask;
  if (words.read(table + 2 * slot + 1) === 0) words.write(head.used, words.read(head.used) + 1);
  // A reader that meets the slot half written sees another hash or no record: both mean "not here yet".
  words.write(table + 2 * slot, hash);
  words.write(table + 2 * slot + 1, record);
  words.write(head.live, words.read(head.live) + 1);
}

/** True when another insertion would make probes long (over 70 % used). */
export function isCrowded(words: Words, head: TableHead): boolean {
  return 10 * (words.read(head.used) + 1) > 7 * (words.read(head.mask) + 1);
}

/** Moves the entries to an empty table of `slots` at `to`. */
export function moveTable(words: Words, head: TableHead, to: number, slots: number): void {
  const from = words.read(head.at);
  const last = words.read(head.mask);
  words.write(head.at, to);
  words.write(head.mask, slots - 1);
  words.write(head.live, 0);
  words.write(head.used, 0);
  for (let slot = 0; slot <= last; slot++) {
    const record = words.read(from + 2 * slot + 1);
    if (record > DELETED) insertSlot(words, head, words.read(from + 2 * slot), record);
  }
}
