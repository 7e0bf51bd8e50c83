/**
 * The scoreboard: words in memory that the supervisor, control and all workers share. Stop requests go to workers,
 * progress and counters come back, and no process waits for another. Every word has one writer.
 *
 *   word 0        generation of the picture: control raises it when a fresh file has replaced the old one
 *   words 1 to 3  heartbeats of the processes, in the order of PROCESSES: each rises while its event loop turns
 *   word 4        writes of propagate to clusters that may still be carried out
 *   block i       128 words each, one per worker, from word 128 on:
 *     +0          1 tells the worker to stop
 *     +1          1 while the worker runs
 *     +2          the picture's serial at the start of its last batch
 *     +3          the generation it reads
 *     +4          heartbeat: rises with every batch, and every time there was nothing to receive
 *     +32..       COUNTERS float64 numbers
 */
import { COUNTERS } from "../terms/counter.ts";

const PROCESSES = ["control", "propagate", "serve"] as const;
export type BeatingProcess = (typeof PROCESSES)[number];
const HEARTBEATS_AT = 1;
const OPEN_WRITES_AT = 4;
const BLOCK_WORDS = 128;
const COUNTERS_AT = 32;
/** Enough for two serve processes (old and new, during a planned restart) with 64 cores and two addresses each. */
export const BLOCKS_MAX = 512;
export const SCOREBOARD_OCTETS: number = (BLOCKS_MAX + 1) * BLOCK_WORDS * 4;

export class Scoreboard {
  readonly #words: Int32Array;
  readonly #buffer: ArrayBufferLike;

  constructor(buffer: ArrayBufferLike) {
    this.#buffer = buffer;
    this.#words = new Int32Array(buffer);
  }

  get generation(): number {
    return Atomics.load(this.#words, 0);
  }

  raiseGeneration(): void {
    Atomics.add(this.#words, 0, 1);
  }

  beatOf(process: BeatingProcess): number {
    return Atomics.load(this.#words, HEARTBEATS_AT + PROCESSES.indexOf(process));
  }

  beat(process: BeatingProcess): void {
    Atomics.add(this.#words, HEARTBEATS_AT + PROCESSES.indexOf(process), 1);
  }

  /** Outlives the process that counts: its supervisor reads it when the process is dead. */
  get openWrites(): number {
    return Atomics.load(this.#words, OPEN_WRITES_AT);
  }

  set openWrites(count: number) {
    Atomics.store(this.#words, OPEN_WRITES_AT, count);
  }

  block(index: number): ScoreboardBlock {
    return new ScoreboardBlock(this.#buffer, index);
  }

  /** The lowest serial that a running worker may still read; `current` when none runs. */
  oldestSerialInUse(current: number): number {
    const { generation } = this;
    let oldest = current;
    // Called for every commit, so the words are read without making a block for each.
    for (let i = 0; i < BLOCKS_MAX; i++) {
      const at = (i + 1) * BLOCK_WORDS;
      if (Atomics.load(this.#words, at + 1) === 0) continue;
      if (Atomics.load(this.#words, at + 3) !== generation) return 0;
      oldest = Math.min(oldest, Atomics.load(this.#words, at + 2) >>> 0);
    }
    return oldest;
  }

  /** Sums over all workers since the scoreboard was made. */
  totals(): Float64Array {
    const totals = new Float64Array(COUNTERS);
    for (let i = 0; i < BLOCKS_MAX; i++) {
      const { counters } = this.block(i);
      for (let c = 0; c < COUNTERS; c++) totals[c] = (totals[c] as number) + (counters[c] as number);
    }
    return totals;
  }

  runningWorkers(): number {
    let running = 0;
    for (let i = 0; i < BLOCKS_MAX; i++) if (this.block(i).isRunning) running++;
    return running;
  }
}

/** One worker's part of the scoreboard. */
export class ScoreboardBlock {
  readonly #words: Int32Array;
  readonly counters: Float64Array;
  #beat = 0;

  constructor(buffer: ArrayBufferLike, index: number) {
    const octets = (index + 1) * BLOCK_WORDS * 4;
    this.#words = new Int32Array(buffer, octets, COUNTERS_AT);
    this.counters = new Float64Array(buffer, octets + COUNTERS_AT * 4, COUNTERS);
  }

  get mustStop(): boolean {
    return Atomics.load(this.#words, 0) !== 0;
  }

  requestStop(): void {
    Atomics.store(this.#words, 0, 1);
  }

  get isRunning(): boolean {
    return Atomics.load(this.#words, 1) !== 0;
  }

  begin(): void {
    Atomics.store(this.#words, 0, 0);
    Atomics.store(this.#words, 1, 1);
  }

  end(): void {
    Atomics.store(this.#words, 1, 0);
  }

  get serial(): number {
    return Atomics.load(this.#words, 2) >>> 0;
  }

  get generation(): number {
    return Atomics.load(this.#words, 3);
  }

  get beat(): number {
    return Atomics.load(this.#words, 4);
  }

  /** Called once per batch, before the picture is read. */
  reportProgress(serial: number, generation: number): void {
    Atomics.store(this.#words, 2, serial);
    Atomics.store(this.#words, 3, generation);
    Atomics.store(this.#words, 4, (this.#beat = (this.#beat + 1) | 0));
  }
}
