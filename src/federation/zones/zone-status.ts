/**
 * What is said about zones from files: which are served, with which serial, and which are not as their files say.
 *
 *   the file was     and of its zone there is         the status has it
 *   taken            what it says                     in `zones`
 *   not taken        what it said earlier             in `zones`, with `kept`: where and why
 *   not taken        nothing                          in `notServed`: where and why
 */
import { basename } from "node:path";
import { formatName, type Name, parseName } from "../../dns/message/name.ts";
import type { Problem } from "../../dns/zone/problem.ts";

/** Why a file was not taken, and where that is. */
type NotTaken = { readonly file: string; readonly line: number; readonly reason: string };

type ServedEntry = {
  readonly zone: string;
  readonly file: string;
  readonly records: number;
  /** As answers have it. */
  readonly serial: number;
  readonly kept: NotTaken | null;
};

type NotServedEntry = NotTaken & { readonly zone: string };

export type ZoneFacts = {
  readonly origin: Name;
  readonly file: string;
  readonly records: number;
  /** Null: fedns counts it. */
  readonly serial: number | null;
};

export function zoneEntries(
  served: readonly ZoneFacts[],
  refused: ReadonlyMap<string, Problem>,
  serialOf: (origin: Name, own: number | null) => number,
): { readonly zones: readonly ServedEntry[]; readonly notServed: readonly NotServedEntry[] } {
  const files = new Set(served.map(({ file }) => file));
  const zones = served.map(({ origin, file, records, serial }) => {
    const problem = refused.get(file);
    const kept = problem === undefined ? null : notTaken(problem);
    return { zone: formatName(origin), file, records, serial: serialOf(origin, serial), kept };
  });
  const notServed = [...refused].flatMap(([file, problem]) =>
    files.has(file) ? [] : [{ zone: zoneOf(file), ...notTaken(problem) }],
  );
  return { zones, notServed };
}

function notTaken({ file, line, message }: Problem): NotTaken {
  return { file, line, reason: message };
}

function zoneOf(file: string): string {
  const name = basename(file, ".zone");
  const origin = parseName(name);
  return origin === null ? name : formatName(origin);
}
