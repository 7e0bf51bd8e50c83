/** Lower priorities for child processes whose work can wait. `niceness`: 1 to 19. Failures are ignored. */
import { writeFileSync } from "node:fs";
import { setPriority } from "node:os";

export function lowerPriority(pid: number, niceness: number): void {
  attempt(() => setPriority(pid, niceness));
}

/**
 * For a child with a session of its own. Some systems divide a processor between sessions first and apply niceness only
 * within one, so the session needs a niceness too (sched(7), autogroup); others, such as containers, have no autogroups.
 */
export function lowerSessionPriority(pid: number, niceness: number): void {
  lowerPriority(pid, niceness);
  attempt(() => writeFileSync(`/proc/${pid}/autogroup`, String(niceness)));
}

function attempt(step: () => void): void {
  try {
    step();
  } catch {
    // The child then has the priority of other processes.
  }
}
