/** The configuration file is read again when it has changed, however it was changed, and never while it is being written. */
import assert from "node:assert/strict";
import { mkdir, mkdtemp, rename, rm, symlink, unlink, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { systemClock } from "../../../src/kernel/clock.ts";
import { SettingsFile, type SettingsReading } from "../../../src/run/live/settings-file.ts";
import { FakeClock } from "../../support/fake-clock.ts";
import { until } from "../../support/until.ts";

const LEAST =
  "federations: [{ name: myfed, domain: example.com }]\nnameservers: [{ name: ns.example.net }]\n";

async function folder(t: TestContext): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), "fedns-settings-"));
  t.after(() => rm(path, { recursive: true }));
  return path;
}

function textOf(reading: SettingsReading | undefined): string {
  if (reading === undefined) return "nothing";
  return reading.kind === "config" ? `ttlSeconds ${reading.config.ttlSeconds}` : reading.problems.join("\n");
}

/** Everything that the watch reads, as text. The first reading is of the file as it is at the start. */
async function watch(t: TestContext, path: string): Promise<string[]> {
  const readings: string[] = [];
  const ended = new AbortController();
  const file = new SettingsFile({ path, clock: systemClock });
  const watching = file.watch((reading) => void readings.push(textOf(reading)), ended.signal);
  t.after(async () => {
    ended.abort();
    await watching;
  });
  await until("the file is read", () => readings.length === 1);
  return readings;
}

describe("a configuration file", () => {
  it("is read again when it was written anew, replaced by a rename, or swapped as a ConfigMap is", async (t) => {
    const directory = await folder(t);
    const path = join(directory, "fedns.yaml");
    await writeFile(path, LEAST);
    const readings = await watch(t, path);
    await writeFile(path, `${LEAST}ttlSeconds: 5\n`);
    await until("it is read again", () => readings.length === 2);
    await writeFile(join(directory, "new"), `${LEAST}ttlSeconds: 6\n`);
    await rename(join(directory, "new"), path);
    await until("it is read again", () => readings.length === 3);
    assert.deepEqual(readings, ["ttlSeconds 30", "ttlSeconds 5", "ttlSeconds 6"]);
  });

  it("in a mounted ConfigMap is read again when ..data leads elsewhere, even with equal times and sizes", async (t) => {
    const directory = await folder(t);
    for (const [version, ttl] of [
      ["..1", 5],
      ["..2", 6],
    ] as const) {
      await mkdir(join(directory, version));
      await writeFile(join(directory, version, "fedns.yaml"), `${LEAST}ttlSeconds: ${ttl}\n`);
      await utimes(join(directory, version, "fedns.yaml"), 1_700_000_000, 1_700_000_000);
    }
    await symlink("..1", join(directory, "..data"));
    await symlink("..data/fedns.yaml", join(directory, "fedns.yaml"));
    const readings = await watch(t, join(directory, "fedns.yaml"));
    await symlink("..2", join(directory, "..data_tmp"));
    await rename(join(directory, "..data_tmp"), join(directory, "..data"));
    await until("it is read again", () => readings.length === 2);
    assert.deepEqual(readings, ["ttlSeconds 5", "ttlSeconds 6"]);
  });

  it("with an error gives the place and the cure, and one that is gone says so", async (t) => {
    const directory = await folder(t);
    const path = join(directory, "fedns.yaml");
    await writeFile(path, LEAST);
    const readings = await watch(t, path);
    await writeFile(path, `${LEAST}ttl: 5\n`);
    await until("it is read again", () => readings.length === 2);
    assert.equal(readings[1], `${path}:3:1: ttl: is not a setting; did you mean ttlSeconds?`);
    await unlink(path);
    await until("it is read again", () => readings.length === 3);
    assert.equal(readings[2], `cannot read ${path}: there is no such file`);
  });
});

describe("a file of cookie secrets", () => {
  const [first, second] = ["00".repeat(16), "01".repeat(16)];
  const secretsOf = (reading: SettingsReading | undefined): string =>
    reading?.kind === "config" ? reading.config.cookies.secrets.join(" ") : (reading?.problems.join() ?? "");

  it("is read again by itself when it changes, as a mounted Secret does; with a mistake, and without it again", async (t) => {
    const directory = await folder(t);
    const [path, secrets] = [join(directory, "fedns.yaml"), join(directory, "cookies")];
    await writeFile(path, `${LEAST}cookies: { secretsFile: cookies }\n`);
    await writeFile(secrets, "0102\n");
    const readings: string[] = [];
    const ended = new AbortController();
    const file = new SettingsFile({ path, clock: systemClock });
    const watching = file.watch((reading) => void readings.push(secretsOf(reading)), ended.signal);
    t.after(async () => {
      ended.abort();
      await watching;
    });
    await until("it is read", () => readings.length === 1);
    assert.match(readings[0] ?? "", /:3:12: cookies\.secretsFile: line 1 of \S+ is no secret; /);
    assert.doesNotMatch(readings[0] ?? "", /0102/, "what was meant as a secret stays one");
    for (const [text, count] of [
      [`${first}\n`, 2],
      [`${second}\n${first}\n`, 3],
    ] as const) {
      await writeFile(join(directory, "new"), text);
      await rename(join(directory, "new"), secrets);
      await until("it is read again", () => readings.length === count);
    }
    assert.deepEqual(readings.slice(1), [first, `${second} ${first}`]);
  });
});

describe("a file that is being written", () => {
  it("is not read before two looks in a row agree", async (t) => {
    const path = join(await folder(t), "fedns.yaml");
    await writeFile(path, LEAST);
    const clock = new FakeClock();
    let look = "a";
    let looks = 0;
    const file = new SettingsFile({ path, clock, look: () => Promise.resolve((looks++, look)) });
    await file.read();
    const readings: string[] = [];
    const ended = new AbortController();
    const watching = file.watch((reading) => void readings.push(textOf(reading)), ended.signal);
    for (const next of ["a", "b", "c", "d"]) {
      look = next;
      const before = looks;
      await new Promise(setImmediate);
      clock.advance(250);
      await until("it was looked at", () => looks > before);
    }
    assert.deepEqual(readings, []);
    await new Promise(setImmediate);
    clock.advance(250);
    await until("it was read", () => readings.length === 1);
    assert.deepEqual(readings, ["ttlSeconds 30"]);
    ended.abort();
    await watching;
  });

  it("is read again when it changes while it is read", async (t) => {
    const path = join(await folder(t), "fedns.yaml");
    await writeFile(path, LEAST);
    const looks = ["a", "b", "b", "b"];
    const file = new SettingsFile({
      path,
      clock: new FakeClock(),
      look: () => Promise.resolve(looks.shift() ?? assert.fail("looked at too often")),
    });
    assert.equal(textOf(await file.read()), "ttlSeconds 30");
    assert.deepEqual(looks, []);
  });
});
