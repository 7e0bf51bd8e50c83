/** Waits for a condition in tests, as briefly as possible. */

/** Only tests that hang reach it, so it is far beyond the seconds that a busy machine adds. */
const HANG_MS = 30_000;

/** Polls until `condition` holds. Throws after `withinMs` with `claim`. */
export async function until(
  claim: string,
  condition: () => boolean,
  withinMs: number = HANG_MS,
): Promise<void> {
  const deadlineMs = performance.now() + withinMs;
  while (!condition()) {
    if (performance.now() > deadlineMs) throw new Error(`not within ${withinMs} ms: ${claim}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}
