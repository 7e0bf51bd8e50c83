/** One seed of a federation as a whole, from beginning to end. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { checkCalm } from "./calm.ts";
import { someEvent } from "./events.ts";
import { openWhole } from "./open-whole.ts";
import { pass } from "./pass.ts";
import { Violation, type Whole } from "./world.ts";

export type Outcome = {
  readonly seed: number;
  readonly steps: number;
  readonly counts: ReadonlyMap<string, number>;
  readonly failure: { readonly step: number; readonly what: string } | null;
  readonly story: readonly string[];
};

/** For tests that want the checks to fail: breaks the product on purpose, and returns what mends it. */
export type Sabotage = () => () => void;

const SETTLE_MS = 60_000;

export async function simulateWhole(seed: number, steps: number, sabotage?: Sabotage): Promise<Outcome> {
  const folder = mkdtempSync(join(tmpdir(), "fedns-whole-"));
  const mend = sabotage?.() ?? (() => undefined);
  let whole: Whole | null = null;
  let step = 0;
  const outcome = (failure: Outcome["failure"]): Outcome => {
    const { counts = new Map<string, number>(), story = [] } = whole ?? {};
    return { seed, steps, counts, failure, story };
  };
  try {
    whole = await openWhole(seed, folder);
    await pass(whole, SETTLE_MS);
    for (step = 1; step <= steps; step++) await doStep(whole);
    await checkCalm(whole);
    return outcome(null);
  } catch (error) {
    const what =
      error instanceof Violation ? error.message : error instanceof Error ? (error.stack ?? "") : "?";
    return outcome({ step, what });
  } finally {
    whole?.propagator.end();
    await whole?.control?.end();
    mend();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function doStep(whole: Whole): Promise<void> {
  const { chance } = whole;
  for (let events = chance.int(1, 2); events > 0; events--) await someEvent(whole);
  await pass(
    whole,
    chance.weighed([
      [chance.int(1, 2_000), 3],
      [chance.int(2_000, 30_000), 5],
      [chance.int(30_000, 150_000), 3],
    ]),
  );
}

/** What happened last, and how to see it again. */
export function failureText({ seed, steps, failure, story }: Outcome): string {
  if (failure === null) return "";
  const { step, what } = failure;
  return [
    `seed ${seed}, step ${step} of ${steps}: ${what}`,
    ...story.slice(-40).map((line) => `  ${line}`),
    `again: npm run simulate:whole -- --seed ${seed} --steps ${steps}`,
  ].join("\n");
}
