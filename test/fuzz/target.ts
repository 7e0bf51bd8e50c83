/** What a fuzzer attacks: how inputs are made, and what must hold for each of them. */
import type { Random } from "./random.ts";

export type Target = {
  /** A new input, from two of the corpus or from nothing. */
  make(seeds: readonly Uint8Array[], random: Random): Uint8Array;
  /** Throws when something does not hold. */
  attack(input: Uint8Array): void;
  /** No single input may take longer. */
  readonly boundMs: number;
};
