/** The picture as control holds it: the file it writes, and a fresh file when the old one is full of garbage. */
import { randomInt } from "node:crypto";
import type { Log } from "../../kernel/log.ts";
import {
  openPictureFile,
  type PictureFile,
  removeUnfinished,
  replacePictureFile,
} from "../../kernel/native/picture-file.ts";
import { errorFields, OperationalError } from "../../kernel/error.ts";
import { compactInto } from "../write/compact.ts";
import { createPicture } from "../write/create.ts";
import { reserveIn, reserveUsed } from "../write/reserve.ts";
import { headerProblem } from "../format/header.ts";
import { header, Header } from "../format/layout.ts";
import type { Memory } from "../format/memory.ts";
import { CachedAddresses, mergeCachedUntil } from "./cached-addresses.ts";
import type { Missing } from "../write/writer-options.ts";
import { PictureWriter } from "../write/writer.ts";

/** The file is sparse: what is not used takes no room on the disk. */
export const PICTURE_OCTETS: number = 1 << 30;
/** Addresses that can be tracked: 20,000 services of 100 clusters with two addresses each. */
const ENDPOINT_CAPACITY: number = 4 << 20;
/** Fresh files while one reader is in the middle of one batch: more would be no reader, but a process that hangs. */
const FORMERS_MAX = 4;
/** Below this much garbage a fresh file is not worth its writing. */
const GARBAGE_WORDS_MIN = 4 << 20;
/** From one failed compaction to the next try; it doubles. */
const TIDY_PAUSE_FIRST_MS = 10_000;
const TIDY_PAUSE_MAX_MS = 600_000;
const CANNOT_RESERVE =
  "this file system cannot reserve room for the picture; zeros are written ahead instead, which protects from a full disk only where files are written in place";

/** Of a full picture, this part is worth a compaction at once; half of what updates may take (record-store.ts). */
const MUCH_GARBAGE_PART = 32;
const ROOM_EVERY_MS = 60_000;

type PictureStoreOptions = {
  readonly path: string;
  readonly log: Log;
  /** The serial that all readers have seen at least, given the current one. */
  readonly passedSerial: (current: number) => number;
  /** A fresh file lies at the path: readers have to open it. */
  readonly onReplaced: () => void;
};

export class PictureStore {
  readonly #options: PictureStoreOptions;
  #file: PictureFile;
  /** Those before, until no reader is left in any of them. */
  #formers: readonly PictureFile[] = [];
  #tidyAfterMs = -Infinity;
  #tidyPauseMs = TIDY_PAUSE_FIRST_MS;
  readonly cachedAddresses: CachedAddresses = new CachedAddresses();
  writer: PictureWriter;
  #roomMadeMs = -Infinity;
  #isUnannounced = false;

  /**
   * Opens the picture that the supervisor has prepared. One of another format, which code of another version has left, is
   * replaced by an empty one; readers of that version keep what they have open.
   */
  constructor(options: PictureStoreOptions) {
    const { path, log } = options;
    this.#options = options;
    const file = openPictureFile(path);
    if (file === null) throw new OperationalError("NO_PICTURE", `there is no picture at ${path}`);
    const problem = headerProblem(file.memory);
    removeUnfinished(path);
    if (problem === null) {
      this.#file = file;
      reserveUsed(file.memory, reserveIn(file));
    } else {
      file.mapping.unmap();
      log.warn({ path }, `the picture ${problem}; starting with an empty one`);
      this.#file = replaceWithEmpty(path, randomInt(2 ** 32));
      options.onReplaced();
    }
    if (!this.#file.mapping.canReserve) log.warn({ path }, CANNOT_RESERVE);
    this.writer = this.#writerOf(this.#file);
  }

  get memory(): Memory {
    return this.#file.memory;
  }

  /**
   * Compacts when more than half of what is written is garbage. A failure leaves the picture as it is; the next try comes
   * later each time: there must be room for both files, and publishing does without. `nowMs` is monotonic.
   */
  tidy(nowMs: number): void {
    const { garbageWords, liveWords } = this.writer;
    if (garbageWords >= GARBAGE_WORDS_MIN && garbageWords >= liveWords) this.#tryCompact(nowMs);
  }

  /**
   * Compacts if garbage has what is missing: at once when there is much of it, otherwise once in a while, since every
   * change leaves a little garbage. Returns true when it did. `nowMs` is monotonic.
   */
  makeRoom({ of, count }: Missing, nowMs: number): boolean {
    const { garbageWords, freeEndpoints } = this.writer;
    const isMuch = of === "words" && garbageWords >= this.memory.u32.length / MUCH_GARBAGE_PART;
    const isEnough = count <= (of === "words" ? garbageWords : freeEndpoints);
    if (!isEnough || (!isMuch && nowMs < this.#roomMadeMs + ROOM_EVERY_MS)) return false;
    this.#roomMadeMs = nowMs;
    return this.#tryCompact(nowMs);
  }

  #tryCompact(nowMs: number): boolean {
    const { garbageWords } = this.writer;
    if (nowMs < this.#tidyAfterMs) return false;
    try {
      this.compact();
      this.#tidyPauseMs = TIDY_PAUSE_FIRST_MS;
      return true;
    } catch (error) {
      this.#tidyAfterMs = nowMs + this.#tidyPauseMs;
      const retrySeconds = this.#tidyPauseMs / 1000;
      this.#tidyPauseMs = Math.min(2 * this.#tidyPauseMs, TIDY_PAUSE_MAX_MS);
      const fields = { ...errorFields(error), garbageWords, retrySeconds };
      this.#options.log.warn(fields, "could not compact the picture; publishing goes on without");
      return false;
    }
  }

  /** Forgets what was put and not committed. */
  reopen(): void {
    this.writer = this.#writerOf(this.#file);
  }

  compact(): void {
    this.#replace((file) => {
      compactInto(this.#file.memory, file.memory, reserveIn(file));
    });
  }

  /**
   * Starts over with an empty picture: what is in this one means something else today. Readers keep the one they have until
   * `announce`.
   */
  startOver(seed: number): void {
    this.#isUnannounced = true;
    this.#replace((file) => {
      createPicture(file.memory, { seed, endpointCapacity: ENDPOINT_CAPACITY }, reserveIn(file));
    });
    // Endpoints of those before are other addresses.
    this.#formers = [];
  }

  /** All that was known is in the picture: readers that still have the one before open it. */
  announce(): void {
    if (!this.#isUnannounced) return;
    this.#isUnannounced = false;
    this.#options.onReplaced();
  }

  /** Takes over what readers have written where none of them can write any more. */
  settle(): void {
    const passed = this.#passed();
    if (this.#formers.length > 0 && passed > 0) {
      for (const former of this.#formers) {
        mergeCachedUntil(former.memory, this.memory);
        former.mapping.unmap();
      }
      this.#formers = [];
    }
    this.cachedAddresses.settle(this.writer, passed);
  }

  /** The serial now, and the one that every worker has seen at least. */
  get serials(): { readonly now: number; readonly passed: number } {
    return { now: header(this.memory.u32, Header.Serial), passed: this.#passed() };
  }

  #passed(): number {
    return this.#options.passedSerial(header(this.memory.u32, Header.Serial));
  }

  #replace(fill: (file: PictureFile) => void): void {
    const old = this.#file;
    this.#file = replacePictureFile(this.#options.path, old.mapping.octets, fill);
    this.writer = this.#writerOf(this.#file);
    const formers = [...this.#formers, old];
    for (const forgotten of formers.slice(0, -FORMERS_MAX)) forgotten.mapping.unmap();
    this.#formers = formers.slice(-FORMERS_MAX);
    if (!this.#isUnannounced) this.#options.onReplaced();
    this.#options.log.info({ words: this.writer.liveWords }, "wrote a fresh picture");
  }

  #writerOf(file: PictureFile): PictureWriter {
    let asked = { serial: -1, passed: 0 };
    // Once per commit, for it looks at every worker's word; an older answer only lets freed endpoints rest longer.
    const passedSerial = (): number => {
      const serial = header(file.memory.u32, Header.Serial);
      if (asked.serial !== serial) asked = { serial, passed: this.#options.passedSerial(serial) };
      return asked.passed;
    };
    return new PictureWriter(file.memory, {
      passedSerial,
      reserve: reserveIn(file),
      onReleased: (released) => this.cachedAddresses.note(released),
    });
  }
}

/** A fresh file without any content takes the place of what is at `path`. */
export function replaceWithEmpty(path: string, seed: number): PictureFile {
  return replacePictureFile(path, PICTURE_OCTETS, (file) => {
    createPicture(file.memory, { seed, endpointCapacity: ENDPOINT_CAPACITY }, reserveIn(file));
  });
}
