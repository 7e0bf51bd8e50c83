/** `npm run chaos -- [--minutes N] [--seed S] [--only "part of a fault's name"]`: exit code 1 when something does not hold. */
import { parseArgs } from "node:util";
import { suiteless } from "./scope.ts";
import { chaos, type ChaosReport } from "./chaos.ts";

const { values } = parseArgs({
  options: {
    minutes: { type: "string", default: "5" },
    seed: { type: "string", default: String(Date.now() % 1_000_000) },
    only: { type: "string", multiple: true, default: [] },
  },
});

function reportText({ tally, struck, calm, faults }: ChaosReport): string {
  const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;
  const rows = [...struck]
    .toSorted(([a], [b]) => a.localeCompare(b))
    .map(([name, { times, longestMs }]) => `${String(times).padStart(5)}  ${name} (${seconds(longestMs)})`);
  const total = [...struck.values()].reduce((sum, { times }) => sum + times, 0);
  const rcodes = [...tally.rcodes].map(([rcode, count]) => `${count} with RCODE ${rcode}`).join(", ");
  const late = calm.explained;
  return [
    "faults, and the longest time until everything was as it should be again:",
    ...rows,
    `${String(total).padStart(5)}  in total`,
    `${tally.asked} questions, ${tally.answered} answered (${rcodes}), ${tally.unanswered} not within a second, ${tally.wrong} wrong`,
    `longest time without a right answer: ${seconds(tally.longestBlindMs)}, where all was killed ${seconds(tally.longestBlindWithStopsMs)}`,
    `/readyz: not ready ${seconds(tally.longestReadyLagMs)} after the last right answer at the latest, of ${tally.readyLags} times`,
    `${calm.count} changes in calm times: p50 ${calm.quantileMs(0.5).toFixed(0)} ms, p99 ${calm.quantileMs(0.99).toFixed(0)} ms, longest ${calm.quantileMs(1).toFixed(0)} ms; ${late} late because the machine was busy`,
    ...faults.map((fault) => `FAULT: ${fault}`),
  ].join("\n");
}

// Each start of fedns has one, so that none is left behind.
process.setMaxListeners(0);
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
  process.stdout.write(`${reportText(report)}\n`);
  if (report.faults.length > 0) process.stderr.write(`${report.output}\n`);
  process.exitCode = report.faults.length === 0 ? 0 : 1;
} finally {
  await end();
}
