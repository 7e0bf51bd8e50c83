/** `fedns check` for a folder of zone files: one line per problem, in the format of compilers. */
import { readZoneFolder, type ZoneFolderOptions } from "../../federation/zones/zone-folder.ts";
import { formatProblem, hasErrors } from "../../dns/zone/problem.ts";
import type { Session } from "../session/session.ts";

/** Prints all problems, or a summary when there are no errors. False = there are errors. */
export function checkZones(folder: string, session: Session, options: ZoneFolderOptions = {}): boolean {
  const { zones, problems } = readZoneFolder(folder, options);
  for (const problem of problems) session.print(`${formatProblem(problem)}\n`);
  if (hasErrors(problems)) return false;
  const records = zones.reduce((sum, { recordCount }) => sum + recordCount, 0);
  const count = zones.length === 1 ? "1 zone" : `${zones.length} zones`;
  session.print(`${folder} is valid: ${count} with ${records} records.\n`);
  return true;
}
