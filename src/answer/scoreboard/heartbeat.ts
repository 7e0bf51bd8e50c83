/**
 * The heartbeat that every process has: it shows on the scoreboard that the event loop turns. A process that is stopped, or is
 * in a loop without an end, shows it no more, and its supervisor replaces it (run/supervise/watchdog.ts).
 */
import type { Clock } from "../../kernel/clock.ts";
import type { BeatingProcess, Scoreboard } from "./scoreboard.ts";

const EVERY_MS = 500;

/** Goes on for as long as the process lives. */
export function keepBeating(clock: Clock, scoreboard: Scoreboard, process: BeatingProcess): void {
  scoreboard.beat(process);
  clock.after(EVERY_MS, () => keepBeating(clock, scoreboard, process));
}
