/** The memory that the fuzzing thread and the watching thread share. */
import type { TargetName } from "./targets.ts";

export type Order = {
  readonly name: TargetName;
  readonly seed: number;
  /** Stops at whichever comes first; the corpus itself is always tried. */
  readonly inputs: number;
  readonly runMs: number;
  readonly shared: SharedArrayBuffer;
};

/** Words at the start of the shared memory; the input follows them. */
export const Word = { Tried: 0, InputOctets: 1, State: 2, WorstMicroseconds: 3 } as const;
export const State = { Running: 0, Done: 1, Fault: 2 } as const;
export const INPUT_AT = 64;
export const INPUT_OCTETS_MAX: number = 1 << 20;
export const MESSAGE_OCTETS = 4096;
export const SHARED_OCTETS: number = INPUT_AT + INPUT_OCTETS_MAX + MESSAGE_OCTETS;
