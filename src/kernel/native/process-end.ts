/** How processes end that Node cannot end well: in the middle of long work, and while threads load native code. */
import { libc } from "./libc.ts";

const PR_SET_PDEATHSIG = 1;
const SIGKILL = 9;

/**
 * From now on the kernel ends this process when `parent` does, however long it computes without looking. Ends it at once where the
 * parent is gone already. `parent`: process.ppid, read when this process began.
 */
export function endWithParent(parent: number): void {
  if (process.platform === "linux") libc().prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
  if (process.ppid !== parent) process.exit(1);
}

/**
 * Ends this process now, as _exit(2) does. process.exit() first ends the worker threads, and a thread that is just loading native
 * code, or declaring functions of libc, then aborts the whole process (SIGABRT) or never ends. Nothing is written any more: what
 * must be (compiled code, messages to the parent) has to be before.
 */
export function endNow(code: number): never {
  if (process.platform === "linux") libc()._exit(code);
  process.exit(code);
}
