/** Fuzzes one target in a separate thread and watches it: progress, memory, faults, and inputs that never end. */
import { Worker } from "node:worker_threads";
import { Growth } from "./growth.ts";
import { keepInput, type TargetName } from "./targets.ts";
import {
  INPUT_AT,
  INPUT_OCTETS_MAX,
  MESSAGE_OCTETS,
  type Order,
  SHARED_OCTETS,
  State,
  Word,
} from "./shared.ts";

/** An input that takes longer is a hang. */
const HANG_MS = 20_000;
/** Time for the thread to load before the first input, on a busy machine at low priority. */
const START_MS = 60_000;
const LOOK_MS = 50;
const PROGRESS_MS = 5_000;
/** Little room for garbage, so that growth means memory that is kept. */
const HEAP = { maxOldGenerationSizeMb: 96, maxYoungGenerationSizeMb: 8 } as const;

export type FuzzOptions = Pick<Order, "name" | "seed" | "inputs" | "runMs"> & {
  readonly onProgress?: (report: FuzzReport) => void;
};

export type FuzzReport = {
  readonly tried: number;
  readonly seconds: number;
  readonly worstMs: number;
  /** Growth of the process's memory per million inputs after warming up; null if the run was too short. */
  readonly megabytesPerMillion: number | null;
  /** What does not hold, with the name of the file in the corpus that repeats it; null = nothing was found. */
  readonly fault: string | null;
};

/** Resolves when the run is over; a fault ends it. */
export async function fuzz(options: FuzzOptions): Promise<FuzzReport> {
  const { name, seed, inputs, runMs, onProgress } = options;
  const shared = new SharedArrayBuffer(SHARED_OCTETS);
  const words = new Int32Array(shared);
  const worker = new Worker(new URL("./worker.ts", import.meta.url), {
    workerData: { name, seed, inputs, runMs, shared } satisfies Order,
    resourceLimits: HEAP,
  });
  let broken: string | null = null;
  worker.on("error", (error) => (broken = error.message));
  const growth = new Growth();
  const startMs = performance.now();
  let [lastTried, lastMovedMs, lastShownMs] = [-1, startMs, startMs];
  const report = (fault: string | null): FuzzReport => ({
    tried: Atomics.load(words, Word.Tried),
    seconds: (performance.now() - startMs) / 1000,
    worstMs: (words[Word.WorstMicroseconds] as number) / 1000,
    megabytesPerMillion: growth.slope(),
    fault,
  });
  for (;;) {
    const tried = Atomics.load(words, Word.Tried);
    const nowMs = performance.now();
    if (tried !== lastTried) [lastTried, lastMovedMs] = [tried, nowMs];
    growth.note(tried, process.memoryUsage.rss());
    const state = Atomics.load(words, Word.State);
    if (broken !== null) return report(broken);
    if (state === State.Done) return report(null);
    if (state === State.Fault) return report(faultIn(shared, name, messageIn(shared)));
    const boundMs = tried === 0 ? START_MS : HANG_MS;
    if (nowMs - lastMovedMs > boundMs) {
      await worker.terminate();
      return report(faultIn(shared, name, `no end within ${boundMs} ms`));
    }
    if (nowMs - lastShownMs > PROGRESS_MS) {
      lastShownMs = nowMs;
      onProgress?.(report(null));
    }
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
}

function messageIn(shared: SharedArrayBuffer): string {
  const bytes = new Uint8Array(shared).slice(
    INPUT_AT + INPUT_OCTETS_MAX,
    INPUT_AT + INPUT_OCTETS_MAX + MESSAGE_OCTETS,
  );
  const end = bytes.indexOf(0);
  return new TextDecoder().decode(end < 0 ? bytes : bytes.subarray(0, end));
}

function faultIn(shared: SharedArrayBuffer, name: TargetName, message: string): string {
  const octets = new Int32Array(shared)[Word.InputOctets] as number;
  const input = new Uint8Array(shared).slice(INPUT_AT, INPUT_AT + octets);
  return `${message}\nthe input is kept as ${keepInput(name, input)}`;
}
