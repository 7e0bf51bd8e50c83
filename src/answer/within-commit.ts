/** An answer is of one commit: if another one comes between, it is made again (picture/format/serial.ts has the protocol). */
import { settledSerial } from "./context/settled-serial.ts";
import type { WorkerContext } from "./context/worker-context.ts";
import { notReady } from "./solve/not-ready.ts";
import { solve } from "./solve/solve.ts";
import { Counter } from "./terms/counter.ts";

/** Commits are a millisecond apart, answers take microseconds. */
const TRIES_MAX = 8;

/** Fills the response; SERVFAIL if no commit holds for as long as an answer takes. */
export function solveWithinCommit(context: WorkerContext): void {
  const { counters, response } = context;
  for (let tries = 0; tries < TRIES_MAX; tries++) {
    const serial = settledSerial(context);
    if ((serial & 1) !== 0) break;
    context.serial = serial;
    if (isSolved(context, serial)) return;
    (counters[Counter.Retried] as number)++;
    response.restart();
  }
  (counters[Counter.Unsettled] as number)++;
  notReady(context);
}

/** False when a commit came between. What was read then may be of two, and an error is no surprise. */
function isSolved(context: WorkerContext, serial: number): boolean {
  const { picture } = context;
  try {
    solve(context);
  } catch (error) {
    if (picture.serialAgain() === serial) throw error;
    return false;
  }
  return picture.serialAgain() === serial;
}
