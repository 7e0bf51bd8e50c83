/** The life of a process that has no use without the one that started it. */
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
