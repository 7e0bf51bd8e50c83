/**
 * Waiting for a commit that is being applied. That takes microseconds, or some turns of other processes on a machine that
 * is overloaded: resolvers ask again after half a second or more, so a late answer is better than SERVFAIL. If it takes longer, the writer was stopped or killed in the middle of it. Then the picture is of two commits, and no
 * answer from it is right; the supervisor completes it as soon as the writer is gone (picture/publish/unfinished-commit.ts).
 */
import type { WorkerContext } from "./worker-context.ts";

/** Looks without a pause: a few microseconds. */
const SPINS = 500;
/** Pauses, each twice as long as the one before up to PAUSE_MAX_MS. */
const WAIT_MAX_MS = 200;
const PAUSE_FIRST_MS = 0.05;
const PAUSE_MAX_MS = 10;
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
  let pauseMs = PAUSE_FIRST_MS;
  for (let waitedMs = 0; waitedMs < WAIT_MAX_MS && (serial & 1) !== 0; waitedMs += pauseMs) {
    pauseMs = Math.min(2 * pauseMs, PAUSE_MAX_MS);
    Atomics.wait(BED, 0, 0, pauseMs);
    serial = picture.serial();
  }
  if ((serial & 1) !== 0) context.stuckSerial = serial;
  return serial;
}
