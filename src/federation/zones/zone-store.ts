/**
 * All zones that are served: those that the settings generate for the federations' domains, and those of the zone files.
 * A zone file for a federation's domain adds to the generated zone, and its RRsets win, SOA and NS included. A file with an
 * error changes nothing: its zone stays as it was, also across a restart.
 */
import { readdir, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import type { Clock } from "../../kernel/clock.ts";
import { formatName, type Name, parseName, sameName } from "../../dns/message/name.ts";
import { type Place, samePlaces, sortPlaces } from "../members/cluster.ts";
import type { Log } from "../../kernel/log.ts";
import { type LoadedZone, readZoneFolder } from "./zone-folder.ts";
import { formatProblem, type Problem } from "../../dns/zone/problem.ts";
import type { Zone } from "../../dns/zone/zone.ts";
import { isAffected, reservedIn } from "./reserved.ts";

/** How often the folder is checked for changes. */
const POLL_EVERY_MS = 2_000;

type ZoneStoreOptions = {
  readonly folder: string | null;
  readonly generated: readonly Zone[];
  /** Places of the members known now: they determine names of services, which may conflict with those of files. */
  readonly places: () => readonly Place[];
  readonly clock: Clock;
  readonly log: Log;
};

export type ZoneSet = {
  readonly zones: readonly Zone[];
  /** Origins of files with errors that have not been read without errors in this run: their zones stay as published. */
  readonly retained: readonly Name[];
};

export class ZoneStore {
  readonly #options: ZoneStoreOptions;
  /** The last good state of each file. */
  readonly #loaded: Map<string, LoadedZone> = new Map();
  #problems: readonly Problem[] = [];
  #stamp = "";
  /** The places with which the files were checked. */
  #places: readonly Place[] = [];

  constructor(options: ZoneStoreOptions) {
    this.#options = options;
  }

  get status(): Readonly<Record<string, unknown>> {
    return {
      folder: this.#options.folder,
      zones: [...this.#loaded.values()].map(({ zone, file, recordCount, serial }) => ({
        zone: formatName(zone.origin),
        file,
        records: recordCount,
        serial,
      })),
      problems: this.#problems.map(formatProblem),
    };
  }

  /** Reads all files again. */
  load(): ZoneSet {
    const { folder, generated, log } = this.#options;
    if (folder === null) return { zones: generated, retained: [] };
    this.#places = sortPlaces(this.#options.places());
    const options = { previous: this.#loaded, generated, reserved: reservedIn(generated, this.#places) };
    const { zones, problems, files } = readZoneFolder(folder, options);
    this.#problems = problems;
    for (const problem of problems)
      log[problem.severity === "error" ? "error" : "warn"]({}, formatProblem(problem));
    for (const file of this.#loaded.keys()) if (!files.includes(file)) this.#loaded.delete(file);
    for (const loaded of zones) this.#loaded.set(loaded.file, loaded);
    const unusable = files.filter((file) => !this.#loaded.has(file));
    const retained = unusable.flatMap((file) => parseName(basename(file, ".zone")) ?? []);
    log.info({ zones: this.#loaded.size, files: files.length }, "zone files read");
    return { zones: this.#all(), retained };
  }

  /** A file for a generated zone contains the generated records too (zone-folder.ts). */
  #all(): Zone[] {
    const fromFiles = [...this.#loaded.values()].map((loaded) => loaded.zone);
    const isInFile = ({ origin }: Zone): boolean => fromFiles.some((zone) => sameName(zone.origin, origin));
    return [...this.#options.generated.filter((zone) => !isInFile(zone)), ...fromFiles];
  }

  /** Until aborted, calls `onChange` when a file has changed, or when a place came or went whose names occur in a file. */
  async watch(onChange: () => void, signal: AbortSignal): Promise<void> {
    const { folder, clock } = this.#options;
    if (folder === null) return;
    this.#stamp = await stampOf(folder);
    const look = async (): Promise<void> => {
      const stamp = await stampOf(folder);
      if (signal.aborted) return;
      const isChanged = stamp !== this.#stamp;
      this.#stamp = stamp;
      if (isChanged || this.#isAffectedByPlaces()) onChange();
      clock.after(POLL_EVERY_MS, () => void look());
    };
    clock.after(POLL_EVERY_MS, () => void look());
  }

  #isAffectedByPlaces(): boolean {
    const before = this.#places;
    const now = sortPlaces(this.#options.places());
    if (samePlaces(before, now)) return false;
    this.#places = now;
    const { generated } = this.#options;
    return [...this.#loaded.values()].some(({ zone }) => isAffected(zone, generated, [...before, ...now]));
  }
}

/** Names, sizes, times and inodes of all files below `folder`: differs when one of them has changed. */
async function stampOf(folder: string): Promise<string> {
  const entries = await readdir(folder, { recursive: true }).catch(() => []);
  const stamps = entries
    .toSorted((a, b) => (a < b ? -1 : 1))
    .map(async (entry) => {
      const facts = await stat(join(folder, entry)).catch(() => null);
      return facts === null ? entry : `${entry} ${facts.size} ${facts.mtimeMs} ${facts.ino}`;
    });
  return (await Promise.all(stamps)).join("\n");
}
