/**
 * All zones that are served: those that the settings generate for the federations' domains, and those of the zone files.
 * A zone file for a federation's domain adds to the generated zone, and its RRsets win, SOA and NS included. A file with an
 * error changes nothing: its zone stays as it was, also across a restart. The same holds for a folder that cannot be
 * listed, and for a file that looks truncated (shrunken-files.ts).
 */
import { basename } from "node:path";
import type { Clock } from "../../kernel/clock.ts";
import { type Name, parseName, sameName } from "../../dns/message/name.ts";
import { type Place, samePlaces, sortPlaces } from "../members/cluster.ts";
import type { Log } from "../../kernel/log.ts";
import { type LoadedZone, readZoneFolder } from "./zone-folder.ts";
import { ZoneLog } from "./zone-log.ts";
import { formatProblem, type Problem } from "../../dns/zone/problem.ts";
import { keyOfName, type Zone } from "../../dns/zone/zone.ts";
import { type FolderLook, lookInto } from "./folder-look.ts";
import { EMPTY_AFTER_MS, QUIET_MS, QuietFolder } from "./quiet-folder.ts";
import { isAffected, reservedIn } from "./reserved.ts";
import { ShrunkenFiles } from "./shrunken-files.ts";
import { type ZoneFacts, zoneEntries } from "./zone-status.ts";

/** How often the folder is checked for changes. */
const POLL_EVERY_MS = 2_000;

/** What the settings say about zones. */
type ZoneSettings = {
  /** Null = there are no zone files. */
  readonly folder: string | null;
  readonly generated: readonly Zone[];
};

type PublishedZone = { readonly origin: Name; readonly serial: number; readonly records: number };

type ZoneStoreOptions = ZoneSettings & {
  /** The zones that an earlier run published: until a file has been read, it is compared with what the picture has of it. */
  readonly published?: readonly PublishedZone[];
  /** Places of the members known now: they determine names of services, which may conflict with those of files. */
  readonly places: () => readonly Place[];
  readonly clock: Clock;
  readonly log: Log;
  /** The serials that answers have now, whatever files say; by default those of the files. */
  readonly servedSerials?: () => (origin: Name, own: number | null) => number;
  /** One look into the folder; default: at the file system. */
  readonly look?: (folder: string) => Promise<FolderLook | null>;
};

export type ZoneSet = {
  readonly zones: readonly Zone[];
  /** Origins of files that have not been read without errors in this run: their zones stay as published. */
  readonly retained: readonly Name[];
};

const EMPTIED = "all zone files have gone at once; the zones stay for a minute (SIGHUP drops them now)";

export class ZoneStore {
  readonly #options: ZoneStoreOptions;
  #settings: ZoneSettings;
  /** The last good state of each file. */
  readonly #loaded: Map<string, LoadedZone> = new Map();
  readonly #quiet: QuietFolder = new QuietFolder();
  readonly #shrunken: ShrunkenFiles = new ShrunkenFiles();
  /** The next look shows the files as they were read, and is not a change. */
  #isFresh = true;
  /** Wall time in ms at which the files were read last. */
  #readMs = 0;
  #problems: readonly Problem[] = [];
  /** Files that were not taken, by path. */
  #refused: ReadonlyMap<string, Problem> = new Map();
  readonly #log: ZoneLog;
  /** Null: the folder has not been listed in this run. */
  #files: readonly string[] | null = null;
  /** Why the folder cannot be used now; null = it can. */
  #trouble: string | null = null;
  /** The places with which the files were checked. */
  #places: readonly Place[] = [];
  /** By keyOfName; those whose files have not been read in this run. */
  readonly #published: Map<string, PublishedZone>;
  readonly #startMs: number;

  constructor(options: ZoneStoreOptions) {
    this.#options = options;
    this.#startMs = options.clock.nowMs();
    this.#published = new Map((options.published ?? []).map((zone) => [keyOfName(zone.origin), zone]));
    this.#settings = options;
    this.#log = new ZoneLog(options.log);
  }

  /** Takes other settings; `load` reads the files by them. While another folder cannot be listed, its zones stay as they are. */
  configure(settings: ZoneSettings): void {
    if (settings.folder === null) {
      this.#loaded.clear();
      this.#problems = [];
      this.#refused = new Map();
      this.#trouble = null;
    }
    this.#settings = settings;
  }

  /** The folder has been listed in this run, or there is none. Before that, the names of its zones are not known. */
  get isRead(): boolean {
    return this.#settings.folder === null || this.#files !== null;
  }

  /** Zones that are served from files, and what is wrong with files. */
  get report(): { readonly zones: number; readonly problems: readonly string[] } {
    const folder = this.#trouble === null ? [] : [`${this.#settings.folder}:0: error: ${this.#trouble}`];
    return { zones: this.#loaded.size, problems: [...folder, ...this.#problems.map(formatProblem)] };
  }

  get status(): Readonly<Record<string, unknown>> {
    const servedSerial = this.#options.servedSerials?.() ?? ((_origin, own) => own ?? 0);
    const entries = zoneEntries(this.#served, this.#refused, servedSerial);
    return { folder: this.#settings.folder, ...entries, problems: this.report.problems };
  }

  /** Also of files that an earlier run has read and this one has not. */
  get #served(): readonly ZoneFacts[] {
    const loaded = [...this.#loaded.values()].map(({ zone, file, recordCount, serial }) => ({
      origin: zone.origin,
      file,
      records: recordCount,
      serial,
    }));
    const retained = [...this.#refused.keys()].flatMap((file) => {
      const origin = this.#loaded.has(file) ? null : parseName(basename(file, ".zone"));
      const published = origin === null ? undefined : this.#published.get(keyOfName(origin));
      return published === undefined ? [] : { ...published, file };
    });
    return [...loaded, ...retained];
  }

  /**
   * Reads all files again. `isOrdered`: an operator asked for it, so that files which look truncated count too.
   */
  load(isOrdered: boolean = false): ZoneSet {
    const { log, clock } = this.#options;
    const { folder, generated } = this.#settings;
    if (folder === null) return { zones: generated, retained: [] };
    this.#places = sortPlaces(this.#options.places());
    this.#isFresh ||= isOrdered;
    this.#readMs = clock.wallMs();
    const options = { previous: this.#loaded, generated, reserved: reservedIn(generated, this.#places) };
    const read = readZoneFolder(folder, options);
    if (!read.isListed) {
      this.#noteTrouble(read.problems.map(({ message }) => message).join("; "));
      return { zones: this.#all(), retained: this.#retained() };
    }
    if (read.files.length === 0 && !isOrdered && this.#mayBeUnmounted) {
      this.#noteTrouble(EMPTIED);
      return { zones: this.#all(), retained: this.#retained() };
    }
    this.#noteTrouble(null);
    this.#files = read.files;
    const kept = this.#shrunken.judge(read.zones, (zone) => this.#servedFor(zone), {
      isOrdered,
      nowMs: clock.nowMs(),
    });
    this.#problems = [...read.problems, ...kept.values()];
    this.#refused = new Map([...read.refused, ...kept]);
    this.#log.note(this.#problems);
    for (const file of this.#loaded.keys()) if (!read.files.includes(file)) this.#loaded.delete(file);
    for (const loaded of read.zones) {
      if (kept.has(loaded.file)) continue;
      this.#loaded.set(loaded.file, loaded);
      this.#published.delete(keyOfName(loaded.zone.origin));
    }
    log.info({ zones: this.#loaded.size, files: read.files.length }, "zone files read");
    return { zones: this.#all(), retained: this.#retained() };
  }

  /** A start finds no files, and the picture has zones that were in some: an unmounted volume leaves an empty folder. */
  get #mayBeUnmounted(): boolean {
    const { generated } = this.#settings;
    const isFromFile = ({ origin }: PublishedZone): boolean =>
      !generated.some((zone) => sameName(zone.origin, origin));
    const isEarly = this.#options.clock.nowMs() - this.#startMs < EMPTY_AFTER_MS;
    return this.#files === null && isEarly && [...this.#published.values()].some(isFromFile);
  }

  /** What is served for a file now, also if an earlier run has read it. */
  #servedFor(zone: LoadedZone): Pick<LoadedZone, "recordCount" | "serial"> | undefined {
    const loaded = this.#loaded.get(zone.file);
    const published = this.#published.get(keyOfName(zone.zone.origin));
    if (loaded !== undefined || published === undefined) return loaded;
    // The picture also has what the settings add to the zone.
    const added = recordsIn(zone.zone) - zone.recordCount;
    return { recordCount: published.records - added, serial: zone.serial === null ? null : published.serial };
  }

  /** Zones of the picture that stay as they are, because their files cannot be read now. */
  #retained(): Name[] {
    const { published = [] } = this.#options;
    const { generated } = this.#settings;
    if (this.#files === null)
      return published.flatMap(({ origin }) =>
        generated.some((zone) => sameName(zone.origin, origin)) ? [] : origin,
      );
    const unusable = this.#files.filter((file) => !this.#loaded.has(file));
    return unusable.flatMap((file) => parseName(basename(file, ".zone")) ?? []);
  }

  /** A file for a generated zone contains the generated records too (zone-folder.ts). */
  #all(): Zone[] {
    const fromFiles = [...this.#loaded.values()].map((loaded) => loaded.zone);
    const isInFile = ({ origin }: Zone): boolean => fromFiles.some((zone) => sameName(zone.origin, origin));
    return [...this.#settings.generated.filter((zone) => !isInFile(zone)), ...fromFiles];
  }

  /**
   * Until aborted, calls `onChange` when files have changed and are not being written any more, when a file that looks
   * truncated has waited long enough, or when a place came or went whose names occur in a file.
   */
  async watch(onChange: () => void, signal: AbortSignal): Promise<void> {
    const { clock, look = lookInto } = this.#options;
    const turn = async (): Promise<void> => {
      const { folder } = this.#settings;
      const now = folder === null ? null : await look(folder);
      if (signal.aborted) return;
      // The folder may have become another one meanwhile.
      const isSoon = folder !== null && folder === this.#settings.folder && this.#judge(now, onChange);
      clock.after(isSoon ? QUIET_MS : POLL_EVERY_MS, () => void turn());
    };
    clock.after(POLL_EVERY_MS, () => void turn());
  }

  /** Returns true when the folder must be looked at again soon. */
  #judge(look: FolderLook | null, onChange: () => void): boolean {
    const { clock } = this.#options;
    if (look === null) {
      this.#noteTrouble("cannot be listed");
      return false;
    }
    if (this.#isFresh) return this.#takeFirst(look, onChange);
    const change = this.#quiet.judge(look, clock.wallMs());
    if (change === "emptied") {
      this.#noteTrouble(EMPTIED);
      return false;
    }
    if (change === "unsettled") return true;
    const isNew = change === "changed" || this.#files === null || this.#shrunken.isDue(clock.nowMs());
    if (isNew) this.#quiet.take(look);
    else this.#noteTrouble(null);
    if (isNew || this.#isAffectedByPlaces()) onChange();
    return false;
  }

  /** Files that were written while they were read, or shortly before, may have been read in part. */
  #takeFirst(look: FolderLook, onChange: () => void): boolean {
    this.#isFresh = false;
    this.#quiet.take(look);
    const isLate = [...look.values()].some(
      (facts) => facts !== null && facts.modifiedMs > this.#readMs - QUIET_MS,
    );
    if (isLate || this.#files === null) onChange();
    return false;
  }

  /** Logs a problem of the folder when it comes and when it goes, not at every look. */
  #noteTrouble(trouble: string | null): void {
    const { log } = this.#options;
    const { folder } = this.#settings;
    const before = this.#trouble;
    this.#trouble = trouble;
    if (trouble !== null && before === null)
      log.error(
        { folder, problem: trouble },
        "the folder of zone files is not read; its zones stay as they are",
      );
    if (trouble === null && before !== null) log.info({ folder }, "the folder of zone files is read again");
  }

  #isAffectedByPlaces(): boolean {
    const before = this.#places;
    const now = sortPlaces(this.#options.places());
    if (samePlaces(before, now)) return false;
    this.#places = now;
    const { generated } = this.#settings;
    return [...this.#loaded.values()].some(({ zone }) => isAffected(zone, generated, [...before, ...now]));
  }
}

function recordsIn(zone: Zone): number {
  let count = 0;
  for (const { rrsets } of zone.nodes) for (const { rdatas } of rrsets) count += rdatas.length;
  return count;
}
