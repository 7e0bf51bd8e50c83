/** One seed of a federation whose replicas are distributed, from beginning to end. */
import { someOutage } from "../propagate/faults.ts";
import { count, tell, Violation } from "../propagate/run-state.ts";
import type { Outcome } from "../propagate/simulate.ts";
import { checkCalm } from "./calm.ts";
import { settleIn, someDeed } from "./deeds.ts";
import { openWorld } from "./open-world.ts";
import type { World, WorldOptions } from "./world.ts";

const LOOK_EVERY_MS = 5_000;

export async function simulateReplicas(
  seed: number,
  steps: number,
  options: WorldOptions = {},
): Promise<Outcome> {
  const uninstall = options.sabotage?.install?.() ?? (() => undefined);
  const world = openWorld(seed, options);
  const { run } = world;
  let step = 0;
  try {
    await settleIn(world);
    run.newInstance();
    look(world);
    for (step = 1; step <= steps; step++) await doStep(world);
    await checkCalm(world);
    return { seed, steps, counts: run.counts, failure: null, story: run.story };
  } catch (error) {
    const stack = error instanceof Error ? (error.stack ?? "") : "?";
    const what = error instanceof Violation ? error.message : stack;
    const failure = { step, what, story: run.story.slice(-60) };
    return { seed, steps, counts: run.counts, failure, story: run.story };
  } finally {
    for (const instance of run.born) instance.forget();
    uninstall();
  }
}

function look(world: World): void {
  const { run, judge } = world;
  judge.look(run);
  run.time.after(LOOK_EVERY_MS, () => look(world));
}

async function doStep(world: World): Promise<void> {
  const { run } = world;
  const { chance, time } = run;
  for (let events = chance.int(1, 2); events > 0; events--) {
    if (!run.isQuiet && chance.is(0.3)) someOutage(run);
    else await someDeed(world);
    count(run, "events");
  }
  await time.advance(
    chance.weighed([
      [chance.int(1, 1_000), 2],
      [chance.int(1_000, 30_000), 5],
      [chance.int(30_000, 240_000), 3],
    ]),
  );
  if (run.wrong === null) return;
  tell(run, run.wrong);
  throw new Violation(run.wrong);
}
