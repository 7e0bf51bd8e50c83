/** For workers with an event loop: looks at the board as often as the blocked ones do. */
import type { Clock } from "../../kernel/clock.ts";
import type { ScoreboardBlock } from "./scoreboard.ts";

const LOOK_EVERY_MS = 50;

/** Calls `onLook` at each look and `onStop` once, when the worker is told to end. */
export function watchForStop(
  clock: Clock,
  block: ScoreboardBlock,
  onLook: () => void,
  onStop: () => void,
): void {
  const look = (): void => {
    if (block.mustStop) {
      onStop();
      return;
    }
    onLook();
    clock.after(LOOK_EVERY_MS, look);
  };
  clock.after(LOOK_EVERY_MS, look);
}
