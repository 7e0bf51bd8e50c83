/**
 * Keeps the table of clients up to date. It starts with the table of the last run, or with the networks of the settings,
 * and builds a new table when the database changes. The last good table stays in use until then.
 */
import { join } from "node:path";
import { type Clock, pause } from "../../kernel/clock.ts";
import { messageOf, OperationalError } from "../../kernel/error.ts";
import type { Log } from "../../kernel/log.ts";
import { type BuilderStart, buildInChild } from "./build.ts";
import { type Database, databaseOf, editionOf, nameOf } from "./database.ts";
import type { LocatedNetwork } from "./network.ts";
import { buildTable, type ClientTable } from "./table.ts";
import { readTable } from "./table-file.ts";

type WatchOptions = {
  readonly networks: readonly LocatedNetwork[];
  /** BUILT_IN, the absolute path of a file in MaxMind DB format, or null for no database. */
  readonly database: string | null;
  /** The state directory: the finished table is kept there. */
  readonly directory: string;
  /** A table is in use already, by other settings: it stays until there is another one. Absent = none is. */
  readonly hasTable?: boolean;
  readonly clock: Clock;
  readonly log: Log;
  /** Called once before `watchClients` returns its promise, unless there is a table; and then with every new table. */
  readonly onTable: (table: ClientTable) => void;
  /** Nothing is built before it resolves, so that the first answers have the processor to themselves. */
  readonly mayBuild: Promise<void>;
  readonly builder?: Partial<BuilderStart>;
};

/** A database changes once a week or so. */
export const POLL_MS = 10_000;
/** A database that could not be used is tried again unchanged: memory may have been short. */
export const RETRY_MS = 600_000;
/** A build that takes longer than this is logged, so that the wait is explained. */
const SLOW_MS = 3_000;
const FILE_NAME = "clients";

/** Resolves when `signal` aborts, or at once without a database. Never rejects. */
export async function watchClients(options: WatchOptions, signal: AbortSignal): Promise<void> {
  const { networks, database, directory, clock, log, onTable } = options;
  const watched = database === null ? null : openDatabase(database, log);
  if (watched === null) {
    onTable(buildTable(null, networks));
    return;
  }
  const watch = new Watch(options, watched, join(directory, FILE_NAME));
  const first = watch.begin();
  if (first !== null) onTable(first);
  await options.mayBuild;
  while (!signal.aborted) {
    await watch.look(signal);
    await pause(clock, POLL_MS, signal);
  }
}

/** Null when the library with the database is not installed. */
function openDatabase(setting: string, log: Log): Database | null {
  try {
    return databaseOf(setting);
  } catch (error) {
    const reason = `${messageOf(error)}; reinstall fedns, or name a file in locate.database`;
    log.error({ database: setting, code: "DATABASE_MISSING", reason }, "cannot read the location database");
    return null;
  }
}

class Watch {
  readonly #options: WatchOptions;
  readonly #database: Database;
  readonly #path: string;
  readonly #networks: string;
  /** The edition from which the table in use was built; "" = none. */
  #used = "";
  /** The edition found at the last look; "" before the first. */
  #seen: string | null = "";
  /** The edition that could not be used, and when that was. */
  #failed: { readonly edition: string | null; readonly atMs: number } | null = null;

  constructor(options: WatchOptions, database: Database, path: string) {
    this.#options = options;
    this.#database = database;
    this.#path = path;
    this.#networks = JSON.stringify(options.networks);
  }

  /** Null: the table in use stays for now. */
  begin(): ClientTable | null {
    const { networks, hasTable = false } = this.#options;
    const saved = readTable(this.#path);
    if (saved === null || saved.key.networks !== this.#networks)
      return hasTable ? null : buildTable(null, networks);
    this.#used = saved.key.database;
    return saved.table;
  }

  /** Builds when the edition is new. After the first look it must be found twice, since a file may still be written. */
  async look(signal: AbortSignal): Promise<void> {
    const edition = editionOf(this.#database);
    const isSettled = this.#seen === "" || this.#seen === edition;
    this.#seen = edition;
    if (edition === this.#used || !isSettled || this.#hasFailed(edition)) return;
    if (edition === null) this.#fail(edition, new OperationalError("DATABASE_MISSING", MISSING));
    else await this.#build(edition, signal);
  }

  async #build(edition: string, signal: AbortSignal): Promise<void> {
    const { networks, clock, log, onTable, builder = {} } = this.#options;
    const database = nameOf(this.#database);
    const cancel = clock.after(SLOW_MS, () =>
      log.info({ database }, "building the table of client locations; this takes some seconds"),
    );
    const startMs = clock.nowMs();
    try {
      const key = { database: edition, networks: this.#networks };
      const order = { database: this.#database, networks, key, path: this.#path };
      const warnings = await buildInChild({ order, clock, start: builder }, signal);
      const saved = readTable(this.#path);
      if (saved === null)
        throw new OperationalError("TABLE_LOST", `the table in ${this.#path} is incomplete`);
      for (const warning of warnings) log.warn({ database, warning }, "location database read in part");
      const { classes, words, ...figures } = saved.table;
      const ms = Math.round(clock.nowMs() - startMs);
      log.info(
        { ...figures, classes: classes.length, octets: words.byteLength, ms },
        "table of client locations built",
      );
      this.#used = edition;
      this.#failed = null;
      onTable(saved.table);
    } catch (error) {
      if (!signal.aborted) this.#fail(edition, error);
    } finally {
      cancel();
    }
  }

  #hasFailed(edition: string | null): boolean {
    const failed = this.#failed;
    return failed?.edition === edition && this.#options.clock.nowMs() - failed.atMs < RETRY_MS;
  }

  #fail(edition: string | null, error: unknown): void {
    const { clock, log } = this.#options;
    this.#failed = { edition, atMs: clock.nowMs() };
    const code = error instanceof OperationalError ? error.code : "BUILD_FAILED";
    const database = nameOf(this.#database);
    log.error(
      { database, code, reason: messageOf(error) },
      "cannot read the location database; keeping the previous table",
    );
  }
}

const MISSING = "the file does not exist; create it, or name another one in locate.database";
