/** `fedns check` for the folder of zone files: each problem a line, as editors read them. */
import { readZoneFolder, type ZoneFolderOptions } from "../../federation/zones/zone-folder.ts";
import { formatProblem, hasErrors } from "../../dns/zone/problem.ts";
import type { Session } from "../session/session.ts";

/** Prints all problems, and what was read when there is no error. False = not sound. */
export function checkZones(folder: string, session: Session, options: ZoneFolderOptions = {}): boolean {
  const { zones, problems } = readZoneFolder(folder, options);
  for (const problem of problems) session.print(`${formatProblem(problem)}\n`);
  if (hasErrors(problems)) return false;
  const records = zones.reduce((sum, { recordCount }) => sum + recordCount, 0);
  const count = zones.length === 1 ? "1 zone" : `${zones.length} zones`;
  session.print(`${folder} is sound: ${count} with ${records} records.\n`);
  return true;
}
