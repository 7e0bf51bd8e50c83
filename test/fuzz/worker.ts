/** The fuzzing thread. It publishes each input before it tries it, so that a hang can be reported and repeated. */
import { workerData } from "node:worker_threads";
import { Random } from "./random.ts";
import { INPUT_AT, INPUT_OCTETS_MAX, MESSAGE_OCTETS, type Order, State, Word } from "./shared.ts";
import { openTarget, readCorpus } from "./targets.ts";
import type { Target } from "./target.ts";

/** A slow input gets so many more chances: it may have been the garbage collector, or code not compiled yet. */
const CHANCES = 4;

class Fuzzer {
  readonly #order: Order;
  readonly #words: Int32Array;
  readonly #octets: Uint8Array;
  readonly #target: Target;

  constructor(order: Order) {
    this.#order = order;
    this.#words = new Int32Array(order.shared);
    this.#octets = new Uint8Array(order.shared);
    this.#target = openTarget(order.name);
  }

  run(): void {
    const { name, seed, inputs, runMs } = this.#order;
    const random = Random.of(seed, 0);
    const corpus = readCorpus(name);
    const endMs = performance.now() + runMs;
    try {
      for (const input of corpus) this.#try(input);
      for (let i = 0; i < inputs && performance.now() < endMs; i++)
        this.#try(this.#target.make(corpus, random));
      Atomics.store(this.#words, Word.State, State.Done);
    } catch (error) {
      const text = new TextEncoder().encode(
        error instanceof Error ? (error.stack ?? error.message) : String(error),
      );
      this.#octets.set(text.subarray(0, MESSAGE_OCTETS), INPUT_AT + INPUT_OCTETS_MAX);
      Atomics.store(this.#words, Word.State, State.Fault);
    }
  }

  #try(input: Uint8Array): void {
    this.#octets.set(input, INPUT_AT);
    this.#words[Word.InputOctets] = input.length;
    const ms = this.#bestTime(input);
    if (ms > this.#target.boundMs) throw new Error(`took ${ms} ms, more than ${this.#target.boundMs}`);
    this.#words[Word.WorstMicroseconds] = Math.max(this.#words[Word.WorstMicroseconds] as number, ms * 1000);
    Atomics.add(this.#words, Word.Tried, 1);
  }

  /** Milliseconds of CPU time, without waiting for a processor. */
  #time(input: Uint8Array): number {
    const start = process.threadCpuUsage();
    this.#target.attack(input);
    const { user, system } = process.threadCpuUsage(start);
    return (user + system) / 1000;
  }

  #bestTime(input: Uint8Array): number {
    let bestMs = this.#time(input);
    for (let i = 0; i < CHANCES && bestMs > this.#target.boundMs; i++)
      bestMs = Math.min(bestMs, this.#time(input));
    return bestMs;
  }
}

new Fuzzer(workerData as Order).run();
