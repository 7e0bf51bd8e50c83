/** Faults of the folder of zone files. */
import { mkdir, rename, rm, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { ChaosRun } from "./chaos.ts";
import { type Fault, pauseFor } from "./fault.ts";

export const ZONE_FAULTS: readonly Fault[] = [
  { name: "the folder of zone files cannot be listed", weight: 2, strike: hideZones },
  { name: "a zone file is written in two halves", weight: 1, strike: halfWrite },
];

/** What is no folder cannot be listed. */
async function hideZones(run: ChaosRun): Promise<void> {
  await rename(run.zones, `${run.zones}.away`);
  await writeFile(run.zones, "no folder");
  await pauseFor(run);
  await rm(run.zones);
  await rename(`${run.zones}.away`, run.zones);
}

async function halfWrite(run: ChaosRun): Promise<void> {
  const path = join(run.zones, "static.test.zone");
  const text = run.zoneText();
  await mkdir(run.zones, { recursive: true });
  await truncate(path, text.indexOf("\n", text.length / 2) + 1);
  await delay(run.chance.int(0, 400));
  await writeFile(path, text);
}
