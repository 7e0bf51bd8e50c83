/** Waits for a condition in tests, as briefly as possible and never for ever. */

/** Polls until `condition` holds. Throws after `withinMs` with `claim`. */
export async function until(
  claim: string,
  condition: () => boolean,
  withinMs: number = 4_000,
): Promise<void> {
  const deadlineMs = performance.now() + withinMs;
  while (!condition()) {
    if (performance.now() > deadlineMs) throw new Error(`not within ${withinMs} ms: ${claim}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}
