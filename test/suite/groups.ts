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
  "test/run",
  "test/sandbox",
  "test/traffic",
];

/** What is in these folders and has a process of its own even so: it starts programs, or loads the machine. */
const APART: readonly string[] = [
  "test/answer/serve",
  "test/dns/zonefile/zones-only",
  "test/run/supervise",
  "test/sandbox/kubectl",
];

/** Tests that start programs and wait for them, the longest first. */
const WAITING: readonly string[] = [
  "test/chaos",
  "test/propagate-scenarios/scenarios",
  "test/run/supervise/restart",
  "test/run/supervise",
  "test/interop/delegation",
  "test/interop",
  "test/readme",
  "test/sandbox/kubectl",
  "test/dns/zonefile/zones-only",
  "test/federation/zones",
];

/** Tests that compute all the time, the longest first. */
const COMPUTING: readonly string[] = [
  "test/tidy",
  "test/simulation",
  "test/scenario",
  "test/propagate-scenarios/full-length",
  "test/answer/serve/no-garbage",
  "test/differential",
  "test/fuzz",
];

/** Files that run in one process, and the name they have in the report. */
export type Group = { readonly name: string; readonly files: readonly string[] };

/**
 * `files` are paths from the top of the project. The groups that wait come first and those that compute last, so that
 * a worker that takes from both ends keeps the machine busy all the time.
 */
export function groupsOf(files: readonly string[]): readonly Group[] {
  const groups = new Map<string, string[]>();
  for (const file of files) {
    const name = sharedBy(file) ?? file;
    groups.set(name, [...(groups.get(name) ?? []), file]);
  }
  const indexIn = (name: string, starts: readonly string[]): number =>
    starts.findIndex((start) => name.startsWith(start));
  const rank = (name: string): number => {
    const [waiting, computing] = [indexIn(name, WAITING), indexIn(name, COMPUTING)];
    if (waiting >= 0) return waiting - WAITING.length;
    return computing >= 0 ? COMPUTING.length - computing : 0;
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
  const isIn = (starts: readonly string[]): boolean => starts.some((start) => file.startsWith(start));
  return isIn(SHARED.map((folder) => `${folder}/`)) && !isIn(APART) ? dirname(file) : null;
}
