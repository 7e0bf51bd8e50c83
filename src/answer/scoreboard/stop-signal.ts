/** For workers with an event loop: looks at the scoreboard as often as the blocking workers do. */
import type { Clock } from "../../kernel/clock.ts";
import type { ScoreboardBlock } from "./scoreboard.ts";

const POLL_EVERY_MS = 50;

/** Calls `onPoll` every POLL_EVERY_MS, and `onStop` once when the worker is told to stop. */
export function watchForStop(
  clock: Clock,
  block: ScoreboardBlock,
  onPoll: () => void,
  onStop: () => void,
): void {
  const poll = (): void => {
    if (block.mustStop) {
      onStop();
      return;
    }
    onPoll();
    clock.after(POLL_EVERY_MS, poll);
  };
  clock.after(POLL_EVERY_MS, poll);
}
