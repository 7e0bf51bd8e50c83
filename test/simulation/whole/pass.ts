/** Time goes on, and what is found wrong ends the run. */
import { tell, Violation, type Whole } from "./world.ts";

export async function pass(whole: Whole, ms: number): Promise<void> {
  const { sim } = whole;
  // What is found wrong is told at once, and not after much else.
  for (let restMs = ms; restMs > 0; restMs -= 1_000) {
    await sim.advance(Math.min(1_000, restMs));
    if (whole.wrong === null) continue;
    tell(whole, whole.wrong);
    throw new Violation(whole.wrong);
  }
}
