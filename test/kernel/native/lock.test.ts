/** Locks: one holder at a time, told by name, and free again when the holder ends in any way. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { systemClock } from "../../../src/kernel/clock.ts";
import { type FileLock, tryLock } from "../../../src/kernel/native/lock.ts";
import { lockPicture } from "../../../src/picture/publish/picture-lock.ts";
import { lockStateDirectory, sharedFileSystem } from "../../../src/run/supervise/state-directory.ts";
import { temporaryFolder } from "../../support/fedns.ts";
import { atEnd, type Scope } from "../../support/programs.ts";

const LOCK = join(import.meta.dirname, "../../../src/kernel/native/lock.ts");

function take(path: string): FileLock {
  const lock = tryLock({ path, notePath: path, isDirectory: false });
  assert.ok("release" in lock, "the lock is free");
  return lock;
}

/** A process that holds the lock at `path` until it is killed, and has a child that lives on. */
async function holdElsewhere(scope: Scope, path: string): Promise<{ pid: number; kill(): Promise<void> }> {
  const script = `
    const { tryLock } = await import(${JSON.stringify(LOCK)});
    const { spawn } = await import("node:child_process");
    const path = ${JSON.stringify(path)};
    if (!("release" in tryLock({ path, notePath: path, isDirectory: false }))) process.exit(3);
    const child = spawn("sleep", ["60"], { stdio: "ignore" });
    console.log(child.pid);
    setInterval(() => undefined, 1000);`;
  const holder = spawn(process.execPath, ["--input-type=module", "--eval", script], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  atEnd(scope, () => holder.kill("SIGKILL"));
  const line = await new Promise<string>((resolve) => {
    holder.stdout.setEncoding("utf8").once("data", resolve);
    holder.once("exit", () => resolve(""));
  });
  const grandchild = Number(line);
  atEnd(scope, () => grandchild > 0 && process.kill(grandchild, "SIGKILL"));
  assert.ok(grandchild > 0);
  return {
    pid: holder.pid ?? 0,
    kill: () =>
      new Promise((resolve) => {
        holder.once("exit", () => resolve());
        holder.kill("SIGKILL");
      }),
  };
}

describe("a lock", () => {
  it("has one holder at a time, and is free after its release", async (t) => {
    const path = join(await temporaryFolder(t), "file.lock");
    const first = take(path);
    const second = tryLock({ path, notePath: path, isDirectory: false });
    assert.ok("holder" in second);
    assert.match(second.holder, new RegExp(`^process ${process.pid} on host `));
    first.release();
    first.release();
    take(path).release();
  });

  it("ends with a holder that is killed, even though a child of the holder lives on", async (t) => {
    const path = join(await temporaryFolder(t), "file.lock");
    const holder = await holdElsewhere(t, path);
    const refused = tryLock({ path, notePath: path, isDirectory: false });
    assert.ok("holder" in refused);
    assert.match(refused.holder, new RegExp(`^process ${holder.pid} on host `));
    await holder.kill();
    take(path).release();
  });

  it("on a missing directory is an error that names the path", async (t) => {
    const path = join(await temporaryFolder(t), "missing", "file.lock");
    assert.throws(() => tryLock({ path, notePath: path, isDirectory: false }), { code: "ENOENT" });
  });
});

describe("the lock of the picture", () => {
  it("is waited for while an earlier writer ends", async (t) => {
    const path = join(await temporaryFolder(t), "picture");
    const first = await lockPicture(path, systemClock);
    const second = lockPicture(path, systemClock);
    await new Promise(setImmediate);
    first.release();
    (await second).release();
  });

  it("is given up after a bounded time, with the writer's name and the cure", async (t) => {
    const path = join(await temporaryFolder(t), "picture");
    const first = await lockPicture(path, systemClock);
    const refusal = lockPicture(path, systemClock, 30);
    const message = new RegExp(`^process ${process.pid} on host \\S+ still writes .*; end it, with kill -9`);
    await assert.rejects(refusal, { code: "PICTURE_BUSY", message });
    first.release();
  });
});

describe("the lock of the state directory", () => {
  it("holds when every file in the directory is removed", async (t) => {
    const path = join(await temporaryFolder(t), "state");
    const first = lockStateDirectory(path);
    assert.throws(() => lockStateDirectory(path), { code: "STATE_BUSY", message: /: process \d+ on host/ });
    rmSync(join(path, "lock"));
    assert.throws(() => lockStateDirectory(path), { code: "STATE_BUSY", message: /not known; stop it or/ });
    first.release();
    lockStateDirectory(path).release();
  });

  it("is not had where the directory cannot be created", async (t) => {
    const folder = await temporaryFolder(t);
    writeFileSync(join(folder, "file"), "");
    const path = join(folder, "file", "state");
    assert.throws(() => lockStateDirectory(path), {
      code: "STATE_DIRECTORY",
      message: /cannot be used: .*it is a file and no directory; or choose another stateDirectory$/,
    });
  });

  it("is refused on file systems that several machines share, by their numbers in statfs(2)", () => {
    const shared = { nfs: 0x6969, cifs: 0xff534d42, "cifs, signed": 0xff534d42 | 0, fuse: 0x65735546 };
    for (const [name, type] of Object.entries(shared)) assert.notEqual(sharedFileSystem(type), null, name);
    const local = {
      ext4: 0xef53,
      xfs: 0x58465342,
      btrfs: 0x9123683e,
      tmpfs: 0x01021994,
      overlay: 0x794c7630,
    };
    for (const [name, type] of Object.entries(local)) assert.equal(sharedFileSystem(type), null, name);
  });
});
