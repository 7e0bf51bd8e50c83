/** Open addressing with linear probing, as the writer changes it: through a `WordStore`, which keeps back what is not committed. */
import type { RecordAt } from "../format/record.ts";
import {
  DELETED,
  EMPTY,
  placeOf,
  slotAt,
  slotRecordAt,
  tableAt,
  type TableHead,
  tableMask,
} from "../format/table.ts";

export type WordStore = {
  read(at: number): number;
  write(at: number, value: number): void;
};

/** The slot (0..mask) of the entry that `isIt` accepts, or -1. */
export function findSlot<R extends RecordAt>(
  words: WordStore,
  head: TableHead<R>,
  hash: number,
  isIt: (record: R) => boolean,
): number {
  const place = words.read(head.place);
  const table = tableAt(place);
  const mask = tableMask(place);
  for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
    const record = words.read(slotRecordAt(slotAt(table, slot)));
    if (record === EMPTY) return -1;
    if (record !== DELETED && words.read(slotAt(table, slot)) === hash && isIt(record as R)) return slot;
  }
}

/** Points an existing slot at `record`. */
export function setSlot(words: WordStore, head: TableHead, slot: number, record: number): void {
  words.write(slotRecordAt(slotAt(tableAt(words.read(head.place)), slot)), record);
}

export function deleteSlot(words: WordStore, head: TableHead, slot: number): void {
  setSlot(words, head, slot, DELETED);
  words.write(head.live, words.read(head.live) - 1);
}

/** Adds an entry that is known to be absent. The caller has made room. */
export function insertSlot(words: WordStore, head: TableHead, hash: number, record: number): void {
  const place = words.read(head.place);
  const table = tableAt(place);
  const mask = tableMask(place);
  let slot = hash & mask;
  while (words.read(slotRecordAt(slotAt(table, slot))) > DELETED) slot = (slot + 1) & mask;
  if (words.read(slotRecordAt(slotAt(table, slot))) === EMPTY)
    words.write(head.used, words.read(head.used) + 1);
  // A reader that sees the slot half written finds another hash or no record: both mean "not here yet".
  words.write(slotAt(table, slot), hash);
  words.write(slotRecordAt(slotAt(table, slot)), record);
  words.write(head.live, words.read(head.live) + 1);
}

/** True when another entry would make searches long: over 70 % of the slots are used. */
export function isCrowded(words: WordStore, head: TableHead): boolean {
  return 10 * (words.read(head.used) + 1) > 7 * (tableMask(words.read(head.place)) + 1);
}

/** Moves the entries to an empty table of `slots` at `to`. */
export function moveTable(words: WordStore, head: TableHead, to: number, slots: number): void {
  const place = words.read(head.place);
  const from = tableAt(place);
  const last = tableMask(place);
  words.write(head.place, placeOf(to, slots));
  words.write(head.live, 0);
  words.write(head.used, 0);
  for (let slot = 0; slot <= last; slot++) {
    const record = words.read(slotRecordAt(slotAt(from, slot)));
    if (record > DELETED) insertSlot(words, head, words.read(slotAt(from, slot)), record);
  }
}
