/** `npm run differential -- [--cases N] [--seed S] [--world W]`: compares us with NSD, Knot and BIND; exit code 1 when we are alone. */
import { parseArgs } from "node:util";
import { sayMissing } from "../../bench/load/programs.ts";
import { dialoguesOf, runCampaign } from "./campaign.ts";
import { missingServers } from "./servers.ts";
import { formatTally } from "./tally.ts";

const DIALOGUES_MAX = 5;

const { values } = parseArgs({
  options: {
    cases: { type: "string", default: "20000" },
    seed: { type: "string", default: "1" },
    world: { type: "string", default: "0" },
    dialogues: { type: "string", default: String(DIALOGUES_MAX) },
  },
});

const missing = missingServers();
if (missing.length > 0) {
  process.stderr.write(`${sayMissing(missing)}\n`);
  process.exitCode = 2;
} else {
  const started = performance.now();
  const seed = Number(values.seed);
  const tally = await runCampaign({
    seed,
    cases: Number(values.cases),
    worldsPerBatch: 200,
    questionsPerWorld: 60,
    firstWorld: Number(values.world),
    onBatch: ({ cases, failed }) => process.stderr.write(`${cases} cases, ${failed.length} failed\n`),
  });
  process.stdout.write(formatTally(tally));
  process.stdout.write(`seed ${seed}, ${Math.round((performance.now() - started) / 1000)} s\n`);
  for (const dialogue of await dialoguesOf(tally.failed, seed, Number(values.dialogues)))
    process.stdout.write(`\n----------\n${dialogue}`);
  process.exitCode = tally.failed.length === 0 ? 0 : 1;
}
