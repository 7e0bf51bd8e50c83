/** `npm run simulate:whole -- --seed N [--seeds A..B] [--steps N]`: exit code 1 when something does not hold. */
import { parseArgs } from "node:util";
import { failureText, simulateWhole } from "./simulate.ts";

const { values } = parseArgs({
  options: {
    seed: { type: "string", default: "1" },
    seeds: { type: "string" },
    steps: { type: "string", default: "10" },
  },
});

const [from = 1, to = from] = (values.seeds ?? `${values.seed}..${values.seed}`).split("..").map(Number);
const counts = new Map<string, number>();
const failed: number[] = [];
const startMs = performance.now();
for (let seed = from; seed <= to; seed++) {
  const outcome = await simulateWhole(seed, Number(values.steps));
  for (const [name, times] of outcome.counts) counts.set(name, (counts.get(name) ?? 0) + times);
  if (outcome.failure === null) continue;
  failed.push(seed);
  process.stdout.write(`${failureText(outcome)}\n\n`);
}
for (const [name, times] of [...counts].sort(([a], [b]) => (a < b ? -1 : 1)))
  process.stdout.write(`  ${name.padEnd(60)} ${times}\n`);
const seconds = (performance.now() - startMs) / 1000;
process.stdout.write(
  `${to - from + 1} seeds in ${seconds.toFixed(1)} s, ${failed.length} failed: ${failed.join(" ")}\n`,
);
process.exitCode = failed.length === 0 ? 0 : 1;
