/**
 * All zones that are served: those of the federations' domains as the settings make them, and those of the zone files.
 * A file may say more about a federation's domain, its SOA and NS included; then the file's RRsets win. A file with an
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
import { isMet, reservedIn } from "./reserved.ts";

/** How often the folder is looked at. */
const POLL_MS = 2_000;

export type ZoneStoreOptions = {
  readonly folder: string | null;
  readonly generated: readonly Zone[];
  /** Of the members, as they are known now: names of services that the files may hide, or be hidden by. */
  readonly places: () => readonly Place[];
  readonly clock: Clock;
  readonly log: Log;
};

export type ZoneSet = {
  readonly zones: readonly Zone[];
  /** Origins whose files cannot be used now and were not read before in this run. */
  readonly retained: readonly Name[];
};

export class ZoneStore {
  readonly #options: ZoneStoreOptions;
  /** The last good state of each file. */
  readonly #loaded: Map<string, LoadedZone> = new Map();
  #problems: readonly Problem[] = [];
  #stamp = "";
  /** As they were when the files were read, or found to say nothing of them. */
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

  /** A file for a generated zone has that one's records too (zone-folder.ts). */
  #all(): Zone[] {
    const fromFiles = [...this.#loaded.values()].map((loaded) => loaded.zone);
    const isInFile = ({ origin }: Zone): boolean => fromFiles.some((zone) => sameName(zone.origin, origin));
    return [...this.#options.generated.filter((zone) => !isInFile(zone)), ...fromFiles];
  }

  /** Calls `onChange` when a file of the folder was changed, or places came or went that a file speaks of, until aborted. */
  async watch(onChange: () => void, signal: AbortSignal): Promise<void> {
    const { folder, clock } = this.#options;
    if (folder === null) return;
    this.#stamp = await stampOf(folder);
    const look = async (): Promise<void> => {
      const stamp = await stampOf(folder);
      if (signal.aborted) return;
      const isChanged = stamp !== this.#stamp;
      this.#stamp = stamp;
      if (isChanged || this.#isMetAnew()) onChange();
      clock.after(POLL_MS, () => void look());
    };
    clock.after(POLL_MS, () => void look());
  }

  #isMetAnew(): boolean {
    const before = this.#places;
    const now = sortPlaces(this.#options.places());
    if (samePlaces(before, now)) return false;
    this.#places = now;
    const { generated } = this.#options;
    return [...this.#loaded.values()].some(({ zone }) => isMet(zone, generated, [...before, ...now]));
  }
}

/** Names, sizes, times and inodes of all files below: what changes when any of them does. */
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
