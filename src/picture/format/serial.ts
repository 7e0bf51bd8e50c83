/**
 * The serial: how a reader knows that what it has read is of one commit (a sequence lock; H.-J. Boehm, "Can Seqlocks Get
 * Along With Programming Language Memory Models?", 2012). There is one writer, which readers never wait for and never
 * hold up.
 *
 *   writer    records and redo list     plain stores, to words that no reader can reach
 *             serial := odd             atomic store
 *             flips                     atomic stores, one word each
 *             serial := even            atomic store
 *
 *   reader    s := serial               atomic load; odd = a commit is being applied
 *             anything                  plain loads
 *             serial = s?               on x86 an atomic load, elsewhere an atomic addition of 0
 *
 * JavaScript has atomic accesses, which are sequentially consistent, and plain ones, which promise nothing; it has no
 * fence. On arm64 an atomic store only waits for what comes before it (STLR), and an atomic load only holds back what
 * comes after it (LDAR). So it takes three arguments:
 *
 * 1. A reader that began with the even serial of a commit sees all of it. Its flips come before the store of that serial
 *    and cannot sink below it; the reader's loads come after the load of the serial and cannot rise above it.
 *
 * 2. A reader that has seen a flip of the next commit notices. Plain flips could be seen before the odd serial is; so
 *    each flip is an atomic store, which waits for the store of the odd serial before it. And the reader's loads could
 *    sink below a load of the serial at its end; so that is a read-modify-write. Its write waits for all loads before it,
 *    and its read returns the value just before that write in the order of all writes to the serial. Had it returned s,
 *    the odd serial would come after it in that order, and the flip after the odd serial: the load before the
 *    read-modify-write cannot have seen that flip.
 *
 * 3. A reader that follows a flip finds the whole record. The record was stored before the serial became odd, so before
 *    the flip. The reader's loads from the record use the offset that it loaded (an address dependency, which arm64 keeps).
 *
 * On x86 loads are not reordered with loads, nor stores with stores, and an atomic load is a plain one; so there the
 * reader needs no read-modify-write, which would take the line of the serial from all other readers.
 *
 * Health, shares, cache times and the like (in-place.ts) are outside of this: each is one word or octet that counts by
 * itself.
 */
import * as processorModule from "../../kernel/processor.ts";
import { Header } from "./layout.ts";
import type { PictureWords } from "./memory.ts";

// A constant of this module, since V8 folds those and not the imported ones (picture/format/memory.ts).
const { KEEPS_LOAD_ORDER } = processorModule;
const SERIAL = Header.Serial;

export function serialBefore(words: PictureWords): number {
  return Atomics.load(words as Uint32Array, SERIAL);
}

export function serialAfter(words: PictureWords): number {
  const u32 = words as Uint32Array;
  return KEEPS_LOAD_ORDER ? Atomics.load(u32, SERIAL) : Atomics.add(u32, SERIAL, 0);
}

/** What readers see from here on is of no commit. */
export function beginFlips(u32: Uint32Array): void {
  Atomics.store(u32, SERIAL, ((u32[SERIAL] as number) | 1) >>> 0);
}

export function flip(u32: Uint32Array, at: number, value: number): void {
  Atomics.store(u32, at, value);
}

/** What readers see from here on is of the new commit. */
export function endFlips(u32: Uint32Array): void {
  Atomics.store(u32, SERIAL, (((u32[SERIAL] as number) | 1) + 1) >>> 0);
}
