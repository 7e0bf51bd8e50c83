/**
 * Waiting for a commit that is being applied. That takes microseconds, or a turn of another process on a busy processor.
 * If it takes longer, the writer was stopped or killed in the middle of it. Then the picture is of two commits, and no
 * answer from it is right; the supervisor completes it as soon as the writer is gone (picture/publish/unfinished-commit.ts).
 */
import type { WorkerContext } from "./worker-context.ts";

/** Looks without a pause: a few microseconds. */
const SPINS = 500;
/** Pauses, each twice as long as the one before: 26 ms in all. */
const PAUSES = 9;
const PAUSE_FIRST_MS = 0.05;
/** Nothing ever wakes a worker from this: it is slept on. */
const BED = new Int32Array(new SharedArrayBuffer(4));

/** The serial of the commit to answer from; odd = one was begun and does not end. */
export function settledSerial(context: WorkerContext): number {
  const serial = context.picture.serial();
  return (serial & 1) === 0 ? serial : awaitCommit(context, serial);
}

function awaitCommit(context: WorkerContext, begun: number): number {
  const { picture } = context;
  // The queries behind the first one do not wait as well.
  if (context.stuckSerial === begun) return begun;
  let serial = begun;
  for (let i = 0; i < SPINS && (serial & 1) !== 0; i++) serial = picture.serial();
  for (let i = 0; i < PAUSES && (serial & 1) !== 0; i++) {
    Atomics.wait(BED, 0, 0, PAUSE_FIRST_MS * 2 ** i);
    serial = picture.serial();
  }
  if ((serial & 1) !== 0) context.stuckSerial = serial;
  return serial;
}
