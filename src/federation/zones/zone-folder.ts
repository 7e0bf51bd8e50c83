/** The folder of zone files: reads and checks every NAME.zone in it (RFC 1035 §5). The content of a file never makes it throw. */
import { createHash } from "node:crypto";
import { readdirSync, readFileSync, realpathSync, statSync } from "node:fs";
import { basename, join, sep } from "node:path";
import { formatName, type Name, parseName, sameName } from "../../dns/message/name.ts";
import { reasonOf } from "../../kernel/error.ts";
import { checkZone, serialOf, type ZoneCheck } from "../../dns/zonefile/check.ts";
import { mergeZones } from "../../dns/zone/merge.ts";
import { hasErrors, type Problem } from "../../dns/zone/problem.ts";
import { type Zone, keyOfName } from "../../dns/zone/zone.ts";
import type { IncludedText } from "../../dns/zonefile/zone-file.ts";
import { ZONE_OCTETS_MAX, parseZoneFile } from "../../dns/zonefile/zone-reader.ts";

export type LoadedZone = {
  readonly zone: Zone;
  /** Path of its file. */
  readonly file: string;
  readonly recordCount: number;
  /** Null: fedns counts it, as for all zones that it adds names to (`DOMAIN` of a federation). */
  readonly serial: number | null;
  /** SHA-256 of the text that it was read from, with included files. */
  readonly digest: string;
};

type ZoneFolder = {
  /** False: the folder cannot be listed now; what is in it is not known, and a problem says why. */
  readonly isListed: boolean;
  /** The zones without errors, in the order of their files. */
  readonly zones: readonly LoadedZone[];
  readonly problems: readonly Problem[];
  /** Paths of all zone files that were found, with or without errors. */
  readonly files: readonly string[];
  /** By path, of files that are not taken: their first error. */
  readonly refused: ReadonlyMap<string, Problem>;
};

export type ZoneFolderOptions = {
  /** What is served now, by path: a changed zone whose serial did not increase gets a warning. */
  readonly previous?: ReadonlyMap<string, LoadedZone>;
  /** Zones that exist without a file. A file for one of them adds to it, and its RRsets win. */
  readonly generated?: readonly Zone[];
  readonly reserved?: ZoneCheck["reserved"];
};

/** A limit against folders that are no folders of zones: every file is opened and parsed. */
const ZONES_MAX = 10_000;
export const ZONE_FILE_SUFFIX = ".zone";

/** The caller decides what errors mean (`hasErrors`). Uses blocking calls: parsing blocks as well. */
export function readZoneFolder(folder: string, options: ZoneFolderOptions = {}): ZoneFolder {
  const listed = listFiles(folder);
  if (typeof listed === "string")
    return { isListed: false, zones: [], problems: [fault(folder, listed)], files: [], refused: new Map() };
  const refused = new Map<string, Problem>();
  const zones: LoadedZone[] = [];
  const problems: Problem[] = [];
  const seen = new Map<string, string>();
  for (const file of listed) {
    const loaded = readZone(folder, file, options);
    problems.push(...loaded.problems);
    if (loaded.zone === null) {
      const first = loaded.problems.find(({ severity }) => severity === "error");
      if (first !== undefined) refused.set(join(folder, file), first);
      continue;
    }
    const key = keyOfName(loaded.zone.zone.origin);
    const other = seen.get(key);
    seen.set(key, loaded.zone.file);
    if (other === undefined) {
      zones.push(loaded.zone);
      continue;
    }
    const message = `the zone ${formatName(loaded.zone.zone.origin)} is in ${other} already`;
    const problem = fault(loaded.zone.file, message);
    problems.push(problem);
    refused.set(loaded.zone.file, problem);
  }
  return { isListed: true, zones, problems, files: listed.map((file) => join(folder, file)), refused };
}

function listFiles(folder: string): readonly string[] | string {
  try {
    const names = readdirSync(folder).filter(
      (name) => name.endsWith(ZONE_FILE_SUFFIX) && !name.startsWith("."),
    );
    return names.length <= ZONES_MAX ? names.sort() : `has more than ${ZONES_MAX} zone files`;
  } catch (error) {
    return `cannot be read: ${reasonOf(error)}`;
  }
}

function readZone(
  folder: string,
  fileName: string,
  options: ZoneFolderOptions,
): { readonly zone: LoadedZone | null; readonly problems: readonly Problem[] } {
  const file = join(folder, fileName);
  const origin = originOf(fileName);
  if (origin === null)
    return { zone: null, problems: [fault(file, "its name is not the name of a zone and .zone")] };
  const found = readInside(folder, fileName);
  if ("problem" in found) return { zone: null, problems: [fault(file, found.problem)] };
  const hash = createHash("sha256").update(found.text);
  const readInclude = (path: string): IncludedText => {
    const included = readInside(folder, path);
    if ("text" in included) hash.update(included.text);
    return included;
  };
  const parsed = parseZoneFile({ name: file, text: found.text, origin, readInclude });
  const digest = hash.digest("base64");
  const before = options.previous?.get(file);
  const base = options.generated?.find((zone) => sameName(zone.origin, parsed.zone.origin));
  const zone = base === undefined ? parsed.zone : mergeZones(base, parsed.zone);
  const isNew = before !== undefined && before.digest !== digest;
  const previousSerial = isNew && base === undefined ? before.serial : null;
  const checked = checkZone({
    zone,
    positionOf: parsed.positionOf,
    isPartial: hasErrors(parsed.problems),
    isAddition: base !== undefined,
    ...(previousSerial === null ? {} : { previousSerial }),
    ...(options.reserved === undefined ? {} : { reserved: options.reserved }),
  });
  const problems = [...parsed.problems, ...checked].sort(byPlace);
  if (hasErrors(problems)) return { zone: null, problems };
  const { recordCount } = parsed;
  const serial = base === undefined ? serialOf(zone) : null;
  return { zone: { zone, file, recordCount, serial, digest }, problems };
}

/** `example.org.zone` -> example.org. */
function originOf(fileName: string): Name | null {
  return parseName(basename(fileName, ZONE_FILE_SUFFIX));
}

/** Reads a regular file in the folder. Links are followed as long as they stay inside it. */
function readInside(folder: string, path: string): IncludedText {
  try {
    const home = realpathSync(folder);
    const real = realpathSync(join(home, path));
    if (!real.startsWith(home + sep)) return { problem: "leads out of the zones' folder" };
    const before = statSync(real);
    if (!before.isFile()) return { problem: "is not a file" };
    if (before.size > ZONE_OCTETS_MAX) return { problem: `has more than ${ZONE_OCTETS_MAX} octets` };
    const text = readFileSync(real);
    const after = statSync(real);
    const isWhole = after.mtimeMs === before.mtimeMs && after.size === text.length;
    return isWhole ? { text } : { problem: "is being written" };
  } catch (error) {
    return { problem: `cannot be read: ${reasonOf(error)}` };
  }
}

function fault(file: string, message: string): Problem {
  return { file, line: 0, severity: "error", message };
}

function byPlace(a: Problem, b: Problem): number {
  return a.file === b.file ? a.line - b.line : a.file < b.file ? -1 : 1;
}
