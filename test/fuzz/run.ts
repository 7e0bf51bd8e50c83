/** `npm run fuzz -- query|tcp|zone-file|picture [--inputs N] [--seconds S] [--seed S]`: exit code 1 when something does not hold. */
import { parseArgs } from "node:util";
import { fuzz, type FuzzReport } from "./fuzz.ts";
import { TARGET_NAMES } from "./targets.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    inputs: { type: "string", default: "1000000" },
    seconds: { type: "string", default: "86400" },
    seed: { type: "string", default: "1" },
  },
});

function format({ tried, seconds, worstMs, megabytesPerMillion }: FuzzReport): string {
  const slope =
    megabytesPerMillion === null ? "" : `, memory ${megabytesPerMillion.toFixed(2)} MB per million`;
  return `${tried} inputs in ${seconds.toFixed(0)} s (${Math.round(tried / seconds)}/s), slowest ${worstMs.toFixed(1)} ms${slope}`;
}

const name = TARGET_NAMES.find((one) => one === positionals[0]);
if (name === undefined) {
  process.stderr.write(`which one? ${TARGET_NAMES.join(", ")}\n`);
  process.exitCode = 2;
} else {
  const report = await fuzz({
    name,
    seed: Number(values.seed),
    inputs: Number(values.inputs),
    runMs: Number(values.seconds) * 1000,
    onProgress: (soFar) => process.stderr.write(`${format(soFar)}\n`),
  });
  process.stdout.write(`${name}: ${format(report)}, seed ${values.seed}\n`);
  if (report.fault !== null) process.stdout.write(`${report.fault}\n`);
  process.exitCode = report.fault === null ? 0 : 1;
}
