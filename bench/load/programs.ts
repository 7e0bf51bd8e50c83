/** Programs that the benches run but do not bring: where they are, and which Debian package brings them. */
import { accessSync, constants, statSync } from "node:fs";
import { execFileSync } from "node:child_process";
import { join } from "node:path";

/** A program and the Debian package, or packages, that bring it. */
export type Program = { readonly command: string; readonly debianPackage: string };

/** Debian installs servers where the PATH of an ordinary user does not reach. */
const serverFolders = ["/usr/local/sbin", "/usr/sbin", "/sbin"];

/**
 * The full path of a program, from `searchPath` (colon-separated) and the folders of servers; null if there is none.
 */
export function findProgram(command: string, searchPath: string): string | null {
  if (command.startsWith("/")) return isProgram(command) ? command : null;
  for (const folder of [...searchPath.split(":"), ...serverFolders]) {
    const path = join(folder, command);
    if (folder !== "" && isProgram(path)) return path;
  }
  return null;
}

/** The programs of the list that are not installed. */
export function missingPrograms(programs: readonly Program[], searchPath: string): readonly Program[] {
  return programs.filter((program) => findProgram(program.command, searchPath) === null);
}

/** "nsd is not installed; on Debian: apt-get install nsd". */
export function sayMissing(programs: readonly Program[]): string {
  const commands = programs.map((program) => program.command).join(", ");
  const packages = [...new Set(programs.map((program) => program.debianPackage))].join(" ");
  return `${commands} ${programs.length === 1 ? "is" : "are"} not installed; on Debian: apt-get install ${packages}`;
}

/** The installed version of a Debian package, or null where dpkg does not know it. */
export function packageVersion(debianPackage: string): string | null {
  try {
    const args = ["-W", "-f", "${Version}", debianPackage];
    const version = execFileSync("dpkg-query", args, {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    });
    return version.trim() === "" ? null : version.trim();
  } catch {
    return null;
  }
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
