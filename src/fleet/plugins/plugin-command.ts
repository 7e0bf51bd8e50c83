/**
 * Which file a plug-in's command is, and whether it may run. The path is found with the PATH of fedns, never with one that the
 * kubeconfig sets, and only in absolute folders of it.
 *
 *   the kubeconfig names | the settings list         | runs
 *   aws                  | aws                       | the first aws in PATH
 *   aws                  | /usr/bin/aws              | the first aws in PATH, if that is /usr/bin/aws
 *   /opt/login, ./login  | /opt/login                | /opt/login, if that is the path
 *   /usr/bin/aws         | aws                       | nothing: a name does not allow paths
 */
import { constants } from "node:fs";
import { access, stat } from "node:fs/promises";
import { delimiter, isAbsolute, join, normalize, sep } from "node:path";

/** Names and absolute paths of commands; "any": as with kubectl. */
export type AllowedCommands = readonly string[] | "any";

/** `found`: the path of the command (findCommand); null = there is none. */
export function isCommandAllowed(command: string, found: string | null, allowed: AllowedCommands): boolean {
  if (allowed === "any") return true;
  const paths = allowed.filter(isAbsolute).map((path) => normalize(path));
  if (command.includes(sep)) return paths.includes(normalize(command));
  if (allowed.includes(command)) return true;
  return found !== null && paths.includes(normalize(found));
}

/** The absolute path of a command; null: there is none that may be run. */
export async function findCommand(command: string, searchPath: string): Promise<string | null> {
  if (command.includes(sep)) return (await isExecutable(command)) ? command : null;
  for (const folder of searchPath.split(delimiter)) {
    const path = join(folder, command);
    if (isAbsolute(folder) && (await isExecutable(path))) return path;
  }
  return null;
}

async function isExecutable(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return (await stat(path)).isFile();
  } catch {
    return false;
  }
}
