/** `npm run chaos -- [--minutes N] [--seed S] [--only "part of a fault's name"]`: exit code 1 when something does not hold. */
import { parseArgs } from "node:util";
import { suiteless } from "./scope.ts";
import { chaos } from "./chaos.ts";

const { values } = parseArgs({
  options: {
    minutes: { type: "string", default: "5" },
    seed: { type: "string", default: String(Date.now() % 1_000_000) },
    only: { type: "string", multiple: true, default: [] },
  },
});

const { scope, end } = suiteless();
const startMs = performance.now();
const clockText = (): string => `${((performance.now() - startMs) / 1000).toFixed(1).padStart(7)} s`;
process.stderr.write(`seed ${values.seed}\n`);
try {
  const report = await chaos(scope, {
    seed: Number(values.seed),
    durationMs: Number(values.minutes) * 60_000,
    only: values.only,
    onProgress: (line) => process.stderr.write(`${clockText()}  ${line}\n`),
  });
  const sorted = report.changeMs.toSorted((a, b) => a - b);
  const quantile = (part: number): string => (sorted[Math.floor(sorted.length * part)] ?? 0).toFixed(0);
  for (const [name, times] of report.struck) process.stdout.write(`${String(times).padStart(5)}  ${name}\n`);
  const { asked, answered, unanswered } = report.tally;
  process.stdout.write(`${asked} questions, ${answered} answered, ${unanswered} not within a second\n`);
  process.stdout.write(`changes in calm times: p50 ${quantile(0.5)} ms, p99 ${quantile(0.99)} ms\n`);
  for (const fault of report.faults) process.stdout.write(`FAULT: ${fault}\n`);
  process.exitCode = report.faults.length === 0 ? 0 : 1;
} finally {
  await end();
}
