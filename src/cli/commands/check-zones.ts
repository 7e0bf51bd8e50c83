/** `fedns check` for a folder of zone files: one line per problem, in the format of compilers. */
import { existsSync } from "node:fs";
import { settledPlaces } from "../../federation/members/cluster.ts";
import { generatedZones } from "../../federation/zones/generated-zones.ts";
import { reservedIn } from "../../federation/zones/reserved.ts";
import { readZoneFolder, type ZoneFolderOptions } from "../../federation/zones/zone-folder.ts";
import { formatProblem, hasErrors } from "../../dns/zone/problem.ts";
import type { Config } from "../../run/config/config.ts";
import { formatProblem as formatSettingProblem, loadConfig } from "../../run/config/file.ts";
import type { Session } from "../session/session.ts";

/** Prints all problems, or a summary when there are no errors. False = there are errors. */
export function checkZones(folder: string, session: Session, config: Config | null): boolean {
  const { zones, problems } = readZoneFolder(folder, config === null ? {} : optionsOf(config));
  for (const problem of problems) session.print(`${formatProblem(problem)}\n`);
  if (hasErrors(problems)) return false;
  const records = zones.reduce((sum, { recordCount }) => sum + recordCount, 0);
  const count = zones.length === 1 ? "1 zone" : `${zones.length} zones`;
  session.print(`${folder} is valid: ${count} with ${records} records.\n`);
  return true;
}

/** What `serve` would compare the files with, as far as it is known without the clusters. */
function optionsOf(config: Config): ZoneFolderOptions {
  const generated = generatedZones(config);
  const places = config.clusters.flatMap((cluster) => settledPlaces(cluster) ?? []);
  return { generated, reserved: reservedIn(generated, places) };
}

/**
 * Checks a folder that was named, by the settings in `filePath` where they are there: a file for the domain of a federation
 * means something else with them. `isNamed`: the operator named the file, so that it must be sound.
 */
export async function checkNamedFolder(
  folder: string,
  { filePath, isNamed }: { readonly filePath: string; readonly isNamed: boolean },
  session: Session,
): Promise<boolean> {
  if (!isNamed && !existsSync(filePath)) {
    const { problems } = readZoneFolder(folder);
    if (problems.some(({ message }) => / has no (SOA|NS) record$/.test(message)))
      session.print(
        "note: no settings were read; --config names them, for files of a federation's domain.\n",
      );
    return checkZones(folder, session, null);
  }
  const result = await loadConfig(filePath);
  if (result.kind === "config") {
    session.print(`note: checked with the settings of ${filePath}.\n`);
    return checkZones(folder, session, result.config);
  }
  if (!isNamed) {
    session.print(`note: ${filePath} has errors (fedns check shows them): checked without settings.\n`);
    return checkZones(folder, session, null);
  }
  for (const problem of result.problems) session.print(`${formatSettingProblem(problem, filePath)}\n`);
  return false;
}
