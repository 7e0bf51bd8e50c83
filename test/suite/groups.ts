/** Which test files share a process. Starting Node and loading the sources costs more than most files take. */
import { dirname } from "node:path";

/**
 * Folders whose files run one after the other in one process. Their tests keep nothing in the process and do not wait
 * for the machine. Every other file has a process of its own.
 */
const SHARED: readonly string[] = [
  "test/answer",
  "test/bench",
  "test/dns",
  "test/federation",
  "test/fleet",
  "test/kernel",
  "test/picture",
  "test/run/config",
  "test/sandbox",
  "test/traffic",
];

/** Files in these folders that start programs, measure time, or load the machine by themselves. */
const APART: readonly string[] = ["test/answer/serve"];

/** The folders that take longest come first, so that the last process to end is a short one. */
const FIRST: readonly string[] = ["test/scenario", "test/run/supervise", "test/interop"];

/** Files that run in one process, and the name they have in the report. */
export type Group = { readonly name: string; readonly files: readonly string[] };

/** `files` are paths from the top of the project. */
export function groupsOf(files: readonly string[]): readonly Group[] {
  const groups = new Map<string, string[]>();
  for (const file of files) {
    const name = sharedBy(file) ?? file;
    groups.set(name, [...(groups.get(name) ?? []), file]);
  }
  const rank = (name: string): number => {
    const index = FIRST.findIndex((folder) => name.startsWith(folder));
    return index < 0 ? FIRST.length : index;
  };
  return [...groups]
    .map(([name, members]) => ({
      name: members.length === 1 ? (members[0] as string) : name,
      files: members,
    }))
    .toSorted((a, b) => rank(a.name) - rank(b.name));
}

/** The folder whose process the file shares, or null. */
function sharedBy(file: string): string | null {
  const folder = dirname(file);
  const isIn = (folders: readonly string[]): boolean =>
    folders.some((one) => folder === one || folder.startsWith(`${one}/`));
  return isIn(SHARED) && !isIn(APART) ? folder : null;
}
