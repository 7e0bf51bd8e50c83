/**
 * The arena, as the writer changes it: records are appended and entered into the two tables or the header, all within
 * one transaction. What was replaced or removed stays behind as garbage until the picture is compacted.
 */
import { arenaAt, Header, ONLY_RECORDS, onlyRecord, type OnlyRecord } from "../format/layout.ts";
import { type Memory, NONE } from "../format/memory.ts";
import {
  CHECK_WORD,
  checkOfRecord,
  lineUp,
  RECORD_WORDS_MAX,
  type RecordAt,
  recordHash,
  recordWords,
} from "../format/record.ts";
import {
  NODES,
  recordsOf,
  SERVICES,
  SLOT_WORDS,
  slotAt,
  slotRecordAt,
  slotsFor,
  tableAt,
  tableMask,
  tableStart,
  type TableHead,
} from "../format/table.ts";
import type { Reserve } from "./reserve.ts";
import { deleteSlot, findSlot, insertSlot, isCrowded, moveTable, setSlot } from "./table.ts";
import type { Transaction } from "./transaction.ts";
import { PictureFull } from "./writer-options.ts";

/**
 * Of a full picture, this part is kept for the redo list of a commit, so that what was put can be committed; and as much
 * again for new content of what is there already, so that a full picture still follows the services that it has. What
 * they leave behind is garbage, and compaction makes room for more.
 */
const KEPT_PART = 16;
const REDO_WORDS_MAX = 1 << 20;

export class RecordStore {
  readonly #memory: Memory;
  readonly #tx: Transaction;
  readonly #reserve: Reserve;
  readonly #redoWords: number;
  readonly #updateWords: number;
  #liveWords: number;

  /** `reserve`: as in WriterOptions. */
  constructor(memory: Memory, tx: Transaction, reserve: Reserve) {
    this.#memory = memory;
    this.#tx = tx;
    this.#reserve = reserve;
    this.#updateWords = Math.floor(memory.u32.length / KEPT_PART);
    this.#redoWords = Math.min(REDO_WORDS_MAX, this.#updateWords);
    this.#liveWords = countLiveWords(memory);
  }

  /** PictureWords of records that readers can reach. */
  get liveWords(): number {
    return this.#liveWords;
  }

  /** PictureWords of the arena that nothing refers to any more. */
  get garbageWords(): number {
    const slots = tableMask(this.#tx.read(Header.Nodes)) + tableMask(this.#tx.read(Header.Services)) + 2;
    const written = this.#tx.read(Header.ArenaEnd) - arenaAt(this.#tx.read(Header.EndpointCapacity));
    return written - this.#liveWords - SLOT_WORDS * slots;
  }

  /** The slot of the record with this hash that `isIt` accepts, or -1. */
  find<R extends RecordAt>(table: TableHead<R>, hash: number, isIt: (record: R) => boolean): number {
    return findSlot(this.#tx, table, hash, isIt);
  }

  recordIn<R extends RecordAt>(table: TableHead<R>, slot: number): R {
    return this.#tx.read(slotRecordAt(slotAt(tableAt(this.#tx.read(table.place)), slot))) as R;
  }

  /** `slot`: of the record to replace, or -1. Returns the offset of the new record, or NONE when the same is there already. */
  put<R extends RecordAt>(table: TableHead<R>, slot: number, words: Uint32Array): R {
    if (slot >= 0 && this.#isSame(this.recordIn(table, slot), words)) return NONE as RecordAt as R;
    if (slot < 0 && isCrowded(this.#tx, table)) this.#grow(table);
    const record = this.#append(words, this.#redoWords + (slot < 0 ? this.#updateWords : 0));
    if (slot < 0) {
      insertSlot(this.#tx, table, recordHash(words, NONE), record);
      return record as R;
    }
    this.#liveWords -= recordWords(this.#memory.u32, this.recordIn(table, slot));
    setSlot(this.#tx, table, slot, record);
    return record as R;
  }

  remove<R extends RecordAt>(table: TableHead<R>, slot: number): void {
    this.#liveWords -= recordWords(this.#memory.u32, this.recordIn(table, slot));
    deleteSlot(this.#tx, table, slot);
  }

  /** A record that there is one of, in the place of the one before; null = none. */
  putOnly(field: OnlyRecord, record: Uint32Array | null): void {
    const old = this.#tx.read(field) as RecordAt;
    if (old === NONE ? record === null : record !== null && this.#isSame(old, record)) return;
    const fresh = record === null ? NONE : this.#append(record, this.#redoWords);
    if (old !== NONE) this.#liveWords -= recordWords(this.#memory.u32, old);
    this.#tx.write(field, fresh);
  }

  /**
   * Makes room from the end of the arena to `endWord`. Throws PictureFull when that, with `keptWords` behind it, is more
   * than there is.
   */
  reserve(endWord: number, keptWords: number): void {
    const missing = endWord + keptWords - this.#memory.u32.length;
    if (missing > 0) throw new PictureFull({ of: "words", count: missing });
    this.#reserve(this.#tx.read(Header.ArenaEnd), endWord);
  }

  #isSame(record: RecordAt, words: Uint32Array): boolean {
    const { u32 } = this.#memory;
    for (let i = 0; i < words.length; i++) if (i !== CHECK_WORD && u32[record + i] !== words[i]) return false;
    return true;
  }

  #append(words: Uint32Array, keptWords: number): number {
    const { u32 } = this.#memory;
    if (words.length > RECORD_WORDS_MAX)
      throw new RangeError(`a record of ${words.length} words is too long`);
    const at = lineUp(this.#tx.read(Header.ArenaEnd), words.length);
    this.reserve(at + words.length, keptWords);
    u32.set(words, at);
    u32[at + CHECK_WORD] = checkOfRecord(u32, at, words.length);
    this.#tx.write(Header.ArenaEnd, at + words.length);
    this.#liveWords += words.length;
    return at;
  }

  /** A table of the size the live entries need, filled from the old one, takes its place with the commit. */
  #grow(table: TableHead): void {
    const slots = slotsFor(this.#tx.read(table.live));
    const at = tableStart(this.#tx.read(Header.ArenaEnd));
    const end = slotAt(at, slots);
    this.reserve(end, this.#redoWords + this.#updateWords);
    this.#memory.u32.fill(0, at, end);
    this.#tx.write(Header.ArenaEnd, end);
    moveTable(this.#tx, table, at, slots);
  }
}

function countLiveWords({ u32 }: Memory): number {
  let live = 0;
  for (const record of recordsOf(u32, NODES)) live += recordWords(u32, record);
  for (const record of recordsOf(u32, SERVICES)) live += recordWords(u32, record);
  for (const field of ONLY_RECORDS) {
    const record = onlyRecord(u32, field);
    if (record !== NONE) live += recordWords(u32, record);
  }
  return live;
}
