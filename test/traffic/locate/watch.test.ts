/** The table while things change: it is there at once, follows the database, and never gets worse by a bad one. */
import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { getPriority, tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it, type TestContext } from "node:test";
import type { Log, LogFields } from "../../../src/kernel/log.ts";
import { BUILD_BOUND_MS } from "../../../src/traffic/locate/build.ts";
import { buildTable, type ClientTable } from "../../../src/traffic/locate/table.ts";
import { POLL_MS, RETRY_MS, watchClients } from "../../../src/traffic/locate/watch.ts";
import { FakeClock } from "../../support/fake-clock.ts";
import { until } from "../../support/until.ts";
import { entryAt, mmdb } from "./mmdb-writer.ts";

const folder = mkdtempSync(join(tmpdir(), "fedns-watch-"));
after(() => rmSync(folder, { recursive: true }));

const networks = [{ cidr: "10.8.0.0/16", cluster: "west", region: null, location: null }];
const odd = new URL("./odd-builder.ts", import.meta.url);
/** A process starts meanwhile, on a machine that is busy with other tests. */
const BUILD_MS = 60_000;

type LogLine = { readonly level: string; readonly fields: LogFields; readonly message: string };

function recordingLog(): { log: Log; logged: LogLine[] } {
  const logged: LogLine[] = [];
  const note = (level: string) => (fields: LogFields, message: string) =>
    void logged.push({ level, fields, message });
  return {
    log: { debug: note("debug"), info: note("info"), warn: note("warn"), error: note("error") },
    logged,
  };
}

function databaseAt(latitude: number): Buffer {
  return mmdb({ recordBits: 24, family: 4, entries: [["8.0.0.0/8", entryAt(latitude, 7.5)]] });
}

type Options = {
  readonly directory?: string;
  readonly database?: string | null;
  readonly program?: URL;
  readonly cluster?: string;
  readonly hasTable?: boolean;
};

function start(t: TestContext, options: Options = {}) {
  const directory = options.directory ?? mkdtempSync(join(folder, "state-"));
  const { database = join(directory, "cities.mmdb"), program, cluster = "west", hasTable = false } = options;
  const stop = new AbortController();
  const clock = new FakeClock();
  const tables: ClientTable[] = [];
  const { log, logged } = recordingLog();
  const ended = watchClients(
    {
      networks: networks.map((network) => ({ ...network, cluster })),
      database,
      directory,
      hasTable,
      clock,
      log,
      onTable: (table) => void tables.push(table),
      mayBuild: Promise.resolve(),
      // At the priority of the test, which would wait long for a lower one on a busy machine.
      builder: { niceness: getPriority(), ...(program === undefined ? {} : { program }) },
    },
    stop.signal,
  );
  t.after(async () => {
    stop.abort();
    await ended;
  });
  const path = database ?? "";
  return { directory, path, stop, clock, tables, logged, ended };
}

type Watched = ReturnType<typeof start>;

/** Time passes between two looks, and stands still while a builder works. */
function poll({ clock }: Watched): void {
  if (clock.pendingTimers === 1) clock.advance(POLL_MS);
}

async function comes(watched: Watched, count: number): Promise<ClientTable> {
  await until(`table ${count}`, () => (poll(watched), watched.tables.length >= count), BUILD_MS);
  return watched.tables[count - 1] as ClientTable;
}

async function isLogged(watched: Watched, code: string): Promise<LogLine> {
  const find = (): LogLine | undefined => watched.logged.findLast(({ fields }) => fields["code"] === code);
  await until(code, () => (poll(watched), find() !== undefined), BUILD_MS);
  return find() as LogLine;
}

const latitudes = ({ classes }: ClientTable): number[] =>
  classes.flatMap((one) => (one.kind === "place" ? [one.latitude] : []));

describe("watchClients", () => {
  it("without a database has the networks at once, and ends", async (t) => {
    const watched = start(t, { database: null });
    assert.equal(watched.tables.length, 1);
    await watched.ended;
    assert.deepEqual(watched.tables, [buildTable(null, networks)]);
  });

  it("has the networks at once, and the whole table when the builder is done; a restart needs no builder", async (t) => {
    const directory = mkdtempSync(join(folder, "state-"));
    writeFileSync(join(directory, "cities.mmdb"), databaseAt(50.5));
    const first = start(t, { directory });
    assert.deepEqual(first.tables, [buildTable(null, networks)]);
    const table = await comes(first, 2);
    assert.deepEqual(latitudes(table), [50.5]);
    assert.equal(table.records, 1);
    const done = first.logged.find(({ message }) => message === "table of client locations built");
    assert.equal(done?.fields["source"], "cities.mmdb (Test-City), built 2026-05-28");
    assert.equal(done.fields["octets"], table.words.byteLength);
    first.stop.abort();
    await first.ended;

    const second = start(t, { directory, program: new URL("file:///nowhere.ts") });
    assert.deepEqual(second.tables, [table]);
    for (let look = 0; look < 3; look++) await second.clock.advanceAsync(POLL_MS);
    assert.deepEqual(second.logged, []);
    assert.equal(second.tables.length, 1);
  });

  it("with other networks than before begins with these, not with the saved table", async (t) => {
    const directory = mkdtempSync(join(folder, "state-"));
    writeFileSync(join(directory, "cities.mmdb"), databaseAt(50.5));
    const first = start(t, { directory });
    await comes(first, 2);
    first.stop.abort();
    await first.ended;
    const second = start(t, { directory, cluster: "east" });
    assert.deepEqual(second.tables[0]?.classes, [{ kind: "unknown" }, { kind: "cluster", cluster: "east" }]);
    assert.deepEqual(latitudes(await comes(second, 2)), [50.5]);
  });

  it("leaves the table in use in its place until there is one by the new settings", async (t) => {
    const directory = mkdtempSync(join(folder, "state-"));
    writeFileSync(join(directory, "cities.mmdb"), databaseAt(50.5));
    const watched = start(t, { directory, hasTable: true });
    assert.deepEqual(watched.tables, []);
    assert.deepEqual(latitudes(await comes(watched, 1)), [50.5]);
    const without = start(t, { database: null, hasTable: true });
    assert.deepEqual(without.tables, [buildTable(null, networks)]);
  });

  it("follows a database that is replaced; one half written, damaged or gone leaves the last table", async (t) => {
    const directory = mkdtempSync(join(folder, "state-"));
    const path = join(directory, "cities.mmdb");
    writeFileSync(path, databaseAt(50.5));
    const watched = start(t, { directory });
    await comes(watched, 2);

    const whole = databaseAt(-20.5);
    writeFileSync(path, whole.subarray(0, whole.length - 60));
    const damaged = await isLogged(watched, "DATABASE_DAMAGED");
    assert.equal(damaged.level, "error");
    assert.match(String(damaged.fields["reason"]), /not the whole of one/);
    assert.equal(damaged.fields["database"], path);
    rmSync(path);
    const missing = await isLogged(watched, "DATABASE_MISSING");
    assert.match(String(missing.fields["reason"]), /create it, or name another one in locate\.database/);
    assert.equal(watched.tables.length, 2);

    writeFileSync(`${path}.part`, whole);
    renameSync(`${path}.part`, path);
    assert.deepEqual(latitudes(await comes(watched, 3)), [-20.5]);
    assert.equal(watched.logged.filter(({ level }) => level === "error").length, 2);
  });

  it("waits for a file that still grows", async (t) => {
    const directory = mkdtempSync(join(folder, "state-"));
    const path = join(directory, "cities.mmdb");
    writeFileSync(path, databaseAt(50.5));
    const watched = start(t, { directory });
    await comes(watched, 2);
    const whole = databaseAt(-20.5);
    for (const part of [0.2, 0.4, 0.6, 0.8]) {
      writeFileSync(path, whole.subarray(0, Math.floor(part * whole.length)));
      await watched.clock.advanceAsync(POLL_MS);
      assert.equal(watched.clock.pendingTimers, 1, "a builder works already");
    }
    writeFileSync(path, whole);
    assert.deepEqual(latitudes(await comes(watched, 3)), [-20.5]);
    assert.deepEqual(
      watched.logged.filter(({ level }) => level === "error"),
      [],
    );
  });

  it("begins without a database that is not there yet, and takes it when it comes", async (t) => {
    const watched = start(t);
    await isLogged(watched, "DATABASE_MISSING");
    assert.deepEqual(watched.tables, [buildTable(null, networks)]);
    writeFileSync(watched.path, databaseAt(50.5));
    assert.deepEqual(latitudes(await comes(watched, 2)), [50.5]);
  });

  it("tells of a builder that dies, and tries the same database again later, not before", async (t) => {
    const directory = mkdtempSync(join(folder, "state-"));
    writeFileSync(join(directory, "cities.mmdb"), databaseAt(50.5));
    const watched = start(t, { directory, program: odd, cluster: "dies" });
    const logged = await isLogged(watched, "BUILD_ENDED");
    assert.match(String(logged.fields["reason"]), /exit code 7/);
    for (let passedMs = 0; passedMs < RETRY_MS - 2 * POLL_MS; passedMs += POLL_MS)
      await watched.clock.advanceAsync(POLL_MS);
    assert.equal(watched.logged.length, 1);
    await until("another try", () => (poll(watched), watched.logged.length > 1), BUILD_MS);
  });

  it("ends a builder that does not come to an end: after a bound, and with the watch itself", async (t) => {
    const directory = mkdtempSync(join(folder, "state-"));
    writeFileSync(join(directory, "cities.mmdb"), databaseAt(50.5));
    const watched = start(t, { directory, program: odd });
    await until("the builder is started", () => watched.clock.pendingTimers > 1);
    watched.clock.advance(BUILD_BOUND_MS);
    const logged = await isLogged(watched, "BUILD_ENDED");
    assert.match(String(logged.fields["reason"]), /longer than 600 s/);
    assert.equal(
      watched.logged[0]?.message,
      "building the table of client locations; this takes some seconds",
    );
    watched.clock.advance(RETRY_MS + POLL_MS);
    await until("another builder is started", () => watched.clock.pendingTimers > 1);
    watched.stop.abort();
    await watched.ended;
    assert.equal(watched.clock.pendingTimers, 0);
    assert.equal(watched.logged.filter(({ level }) => level === "error").length, 1);
  });
});

it("the libraries and their hundreds of megabytes are the builder's alone", () => {
  const room = new URL("../../../src/traffic/locate/", import.meta.url);
  const source = (file: string): string => readFileSync(new URL(file, room), "utf8");
  const others = readdirSync(room).filter(
    (file) => !/^(builder|geoip|geoip-lite\.d|mmdb|mmdb-tree)\.ts$/.test(file),
  );
  assert.ok(others.includes("watch.ts"));
  for (const file of others)
    assert.doesNotMatch(source(file), /from "(geoip-lite|mmdb-lib|\.\/(geoip|mmdb)\.ts)"/, file);
  assert.doesNotMatch(source("build.ts"), /import \{[^}]*\} from "\.\/builder\.ts"/);
});
