/** `npm run simulate:propagate -- --seed N [--seeds A..B] [--steps N] [--trace] [--replicas]`: exit code 1 when something does not hold. */
import { parseArgs } from "node:util";
import { simulateReplicas } from "../replicas/simulate.ts";
import { failureText, type Outcome, simulate as simulatePlacement } from "./simulate.ts";

const STEPS = 25;
const PROGRESS_MS = 10_000;

const { values } = parseArgs({
  options: {
    seed: { type: "string", default: "1" },
    seeds: { type: "string" },
    steps: { type: "string", default: String(STEPS) },
    trace: { type: "boolean", default: false },
    replicas: { type: "boolean", default: false },
  },
});

const simulate = values.replicas ? simulateReplicas : simulatePlacement;

function seedsOf(): readonly number[] {
  const [from, to] = (values.seeds ?? `${values.seed}..${values.seed}`).split("..").map(Number);
  if (from === undefined || to === undefined || !(from <= to)) throw new Error("write --seeds 1..100");
  return Array.from({ length: to - from + 1 }, (_, i) => from + i);
}

/** Fewer steps may suffice: each run is the beginning of a longer one. */
async function shrunk(outcome: Outcome): Promise<Outcome> {
  for (const steps of [0, 1, 2, 3, 5, 8, 12, 16, 20].filter((few) => few < (outcome.failure?.step ?? 0))) {
    const again = await simulate(outcome.seed, steps);
    if (again.failure !== null) return again;
  }
  return outcome;
}

function summary(counts: ReadonlyMap<string, number>): string {
  const width = Math.max(...[...counts.keys()].map((name) => name.length));
  return [...counts]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, times]) => `  ${name.padEnd(width)} ${times}`)
    .join("\n");
}

const counts = new Map<string, number>();
const startMs = performance.now();
let shownMs = startMs;
let done = 0;
const failed: number[] = [];
const seeds = seedsOf();
for (const seed of seeds) {
  const outcome = await simulate(seed, Number(values.steps), { isTraced: values.trace });
  done += 1;
  for (const [name, times] of outcome.counts) counts.set(name, (counts.get(name) ?? 0) + times);
  if (values.trace) process.stdout.write(`${outcome.story.join("\n")}\n`);
  if (outcome.failure !== null) {
    failed.push(seed);
    process.stdout.write(
      `${failureText(values.trace ? { ...outcome, failure: { ...outcome.failure, story: [] } } : await shrunk(outcome), values.replicas ? "--replicas " : "")}\n\n`,
    );
  }
  if (performance.now() - shownMs < PROGRESS_MS) continue;
  shownMs = performance.now();
  process.stderr.write(`${done} of ${seeds.length} seeds, ${failed.length} failed\n`);
}
const seconds = (performance.now() - startMs) / 1000;
process.stdout.write(`${summary(counts)}\n`);
process.stdout.write(
  `${done} seeds of ${values.steps} steps in ${seconds.toFixed(1)} s, ${failed.length} failed: ${failed.slice(0, 40).join(" ")}\n`,
);
process.exitCode = failed.length === 0 ? 0 : 1;
