/** The cases of full-disk.test.ts. By hand: DISK=/any/small/file/system node test/picture/publish/full-disk.ts */
import assert from "node:assert/strict";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statfsSync,
  statSync,
  writeFileSync,
  openSync,
  writeSync,
  closeSync,
  fsyncSync,
} from "node:fs";
import { spawnSync } from "node:child_process";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, it } from "node:test";
import { silentLog } from "../../../src/kernel/log.ts";
import { serviceKey } from "../../../src/picture/nodes/pool-key.ts";
import { preparePicture } from "../../../src/picture/publish/prepare.ts";
import { PictureStore } from "../../../src/picture/publish/picture-store.ts";
import { reasonToRefuse } from "../../../src/picture/verify/verify.ts";
import { DEFAULTS } from "../../support/fedns.ts";

const MB = 1 << 20;
const ADDRESSES = 100;
const CLI = join(import.meta.dirname, "../../../src/cli/fedns.ts");
const folder = process.env["DISK"] ?? assert.fail("DISK must name a small file system");
const path = join(folder, "picture");
const filler = join(folder, "filler");
const logged: string[] = [];
const log = {
  ...silentLog,
  warn: (_: unknown, message: string) => void logged.push(message),
  info: (_: unknown, message: string) => void logged.push(message),
};

beforeEach(() => {
  logged.length = 0;
});
afterEach(() => {
  for (const file of ["picture", "picture.new", "picture.refused", "filler"])
    rmSync(join(folder, file), { force: true });
});

function open(): PictureStore {
  return new PictureStore({ path, log, passedSerial: (current) => current, onReplaced: () => undefined });
}

/** Service number `n` with ADDRESSES addresses: some 3 KB of records and of what is kept of endpoints. */
function put(store: PictureStore, n: number, round = 0): void {
  const ipv4 = Array.from({ length: ADDRESSES }, (_, i) => n * 1000 + round * 200 + i + 1);
  const plan = { cluster: 0, tier: 0, weight: 1, readyEndpoints: 1, wantedEndpoints: 1 };
  const key = serviceKey({ namespace: "demo", name: `s${n}` });
  store.writer.putPool(0, key, [{ ...plan, ipv4, ipv6: [], since: 0 }]);
}

function commit(store: PictureStore): void {
  store.writer.commit({ wallSeconds: 1 });
}

function free(): number {
  const { bavail, bsize } = statfsSync(folder);
  return bavail * bsize;
}

/** Leaves `octets` free. */
function fill(octets: number): void {
  const fd = openSync(filler, "a");
  const block = new Uint8Array(1 << 16);
  try {
    while (free() > octets) {
      writeSync(fd, block);
      fsyncSync(fd);
    }
  } catch {
    // Full already.
  }
  closeSync(fd);
}

/** Descriptors and mappings of pictures that this process has. */
function openResources(): { readonly fds: number; readonly mappings: number } {
  const maps = readFileSync("/proc/self/maps", "utf8").split("\n");
  return {
    fds: readdirSync("/proc/self/fd").length,
    mappings: maps.filter((line) => line.includes(path)).length,
  };
}

function putUntilFull(store: PictureStore, first: number): number {
  for (let n = first; ; n++) {
    try {
      put(store, n);
      commit(store);
    } catch (error) {
      assert.equal((error as { code?: string }).code, "NO_ROOM");
      assert.match(String(error), /no room for .*picture: \d+ more octets are needed, \d+ are free/);
      return n;
    }
  }
}

it("a picture takes room only for what it holds", () => {
  preparePicture(path, log, 0);
  assert.ok(statSync(path).blocks * 512 < 4 * MB, `${statSync(path).blocks * 512} octets when empty`);
  const store = open();
  for (let n = 0; n < 100; n++) put(store, n);
  commit(store);
  const octets = statSync(path).blocks * 512;
  assert.ok(octets < 7 * MB, `${octets} octets with 10,000 addresses`);
});

it("a picture that cannot grow keeps what was committed, and grows when there is room again", () => {
  preparePicture(path, log, 0);
  const store = open();
  fill(6 * MB);
  const failed = putUntilFull(store, 0);
  assert.ok(failed > 10, `${failed} services`);
  assert.equal(reasonToRefuse(store.memory), null);
  assert.throws(() => put(store, failed + 1), { code: "NO_ROOM" });
  rmSync(filler);
  put(store, failed);
  commit(store);
  assert.equal(reasonToRefuse(store.memory), null);
  assert.equal(
    open().writer.poolOf(0, serviceKey({ namespace: "demo", name: `s${failed}` }))?.members.length,
    1,
  );
});

it("a compaction without room fails before it writes, and gives everything back", () => {
  preparePicture(path, log, 0);
  const store = open();
  for (let n = 0; n < 3000; n++) put(store, n);
  commit(store);
  for (const room of [0, 1, 2, 3, 5]) {
    fill(room * MB);
    const before = { free: free(), ...openResources() };
    assert.throws(() => store.compact(), { code: "NO_ROOM" });
    assert.equal(existsSync(`${path}.new`), false);
    assert.deepEqual({ free: free(), ...openResources() }, before);
    assert.equal(reasonToRefuse(store.memory), null);
    rmSync(filler);
  }
  store.compact();
  assert.equal(reasonToRefuse(store.memory), null);
});

it("a tidying that fails is no failed change, and is tried again later", () => {
  preparePicture(path, log, 0);
  const store = open();
  for (let round = 0; store.writer.garbageWords < 4 << 20; round = (round + 1) % 4) {
    for (let n = 0; n < 500; n++) put(store, n, round);
    commit(store);
  }
  fill(0);
  const failures = (): number => logged.filter((line) => line.startsWith("could not compact")).length;
  store.tidy(0);
  assert.equal(failures(), 1);
  store.tidy(9_000);
  assert.equal(failures(), 1, "not before its time");
  store.tidy(11_000);
  assert.equal(failures(), 2);
  store.tidy(25_000);
  assert.equal(failures(), 2, "later each time");
  rmSync(filler);
  store.tidy(40_000);
  assert.equal(logged.at(-1), "wrote a fresh picture");
  assert.ok(store.writer.garbageWords < 1 << 20);
});

it("a start without room for any picture is an error with the numbers, and leaves nothing", () => {
  fill(0);
  assert.throws(() => preparePicture(path, log, 0), { code: "NO_ROOM", message: /no room for/ });
  assert.deepEqual([existsSync(path), existsSync(`${path}.new`)], [false, false]);
});

it("a fedns that finds no room ends with one line and exit code 1, and leaves no picture", () => {
  const settings = { ...DEFAULTS, stateDirectory: join(folder, "state") };
  const config = join(mkdtempSync(join(tmpdir(), "fedns-")), "fedns.yaml");
  writeFileSync(config, JSON.stringify(settings));
  mkdirSync(join(folder, "state"));
  fill(256 << 10);
  const { status, stderr } = spawnSync(process.execPath, [CLI, "serve", "--config", config], {
    encoding: "utf8",
  });
  assert.equal(status, 1);
  assert.match(stderr, /^fedns: no room for \S+: 1048576 more octets are needed, \d+ are free \(ENOSPC\)\n$/);
  assert.deepEqual(readdirSync(join(folder, "state")).sort(), ["lock", "picture.lock"]);
  rmSync(join(folder, "state"), { recursive: true });
  rmSync(dirname(config), { recursive: true });
});

it("a picture that is refused does not take the room of the new one, and it is said whether it was kept", () => {
  const damaged = (): void => writeFileSync(path, "once upon a time".repeat(1 << 18));
  damaged();
  preparePicture(path, log, 0);
  assert.equal(existsSync(`${path}.refused`), true);
  damaged();
  fill(2 * MB);
  preparePicture(path, log, 0);
  assert.equal(existsSync(`${path}.refused`), false);
  assert.equal(reasonToRefuse(open().memory), null);
});

it("a picture that was refused earlier is removed when the new one needs its room", () => {
  writeFileSync(`${path}.refused`, "once upon a time".repeat(1 << 19));
  fill(0);
  preparePicture(path, log, 0);
  assert.deepEqual(logged, ["removed the picture that was refused: the new one needs its room"]);
  assert.equal(reasonToRefuse(open().memory), null);
});

it("what a process that was killed in a compaction has left is removed", () => {
  preparePicture(path, log, 0);
  writeFileSync(`${path}.new`, new Uint8Array(MB));
  open();
  assert.equal(existsSync(`${path}.new`), false);
});
