/** The saved copy of the picture: sound whatever the writer does meanwhile, and chosen at a start when the picture is not. */
import assert from "node:assert/strict";
import { existsSync, readdirSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { silentLog } from "../../../src/kernel/log.ts";
import { openPictureFile } from "../../../src/kernel/native/picture-file.ts";
import { Header } from "../../../src/picture/format/layout.ts";
import { keepCopies } from "../../../src/picture/keep/copies.ts";
import { copyPath, copyPicture } from "../../../src/picture/keep/copy.ts";
import { markClean } from "../../../src/picture/keep/boot-mark.ts";
import { serviceKey } from "../../../src/picture/nodes/pool-key.ts";
import { lastRunOf, readSaved } from "../../../src/picture/publish/saved.ts";
import { PictureStore } from "../../../src/picture/publish/picture-store.ts";
import { preparePicture } from "../../../src/picture/publish/prepare.ts";
import { reasonToRefuse } from "../../../src/picture/verify/verify.ts";
import { FakeClock } from "../../support/fake-clock.ts";
import { temporaryFolder } from "../../support/fedns.ts";
import type { Scope } from "../../support/programs.ts";
import { until } from "../../support/until.ts";

const KEY = serviceKey({ namespace: "demo", name: "hello" });

type Rig = {
  readonly path: string;
  readonly store: PictureStore;
  readonly lines: string[];
  readonly log: typeof silentLog;
};

/** A picture that is complete, with one service at the address 1; prepared in boot "a". */
async function rigOf(scope: Scope): Promise<Rig> {
  const path = join(await temporaryFolder(scope), "picture");
  const lines: string[] = [];
  const note = (_: unknown, message: string): void => void lines.push(message);
  const log = { ...silentLog, info: note, warn: note };
  preparePicture(path, log, 0, "a");
  const store = new PictureStore({
    path,
    log,
    passedSerial: (current) => current,
    onReplaced: () => undefined,
  });
  publish(store, 1);
  lines.length = 0;
  return { path, store, lines, log };
}

function publish({ writer }: PictureStore, address: number, key: Uint8Array = KEY): void {
  const plan = { cluster: 0, tier: 0, weight: 1, readyEndpoints: 1, wantedEndpoints: 1 };
  writer.putPool(0, key, [{ ...plan, ipv4: [address], ipv6: [], since: 0 }]);
  writer.commit({ wallSeconds: 1_700_000_000 });
}

function addressIn(path: string): number | undefined {
  const store = new PictureStore({
    path,
    log: silentLog,
    passedSerial: (current) => current,
    onReplaced: () => undefined,
  });
  return store.writer.poolOf(0, KEY)?.members[0]?.ipv4[0];
}

function memoryOfMembers(names: readonly string[]): unknown {
  const nowhere = { places: [], latitude: null, longitude: null };
  return { federations: [], clusters: names.map((name, index) => ({ name, index, ...nowhere })) };
}

function outdatedIn(path: string): string[] {
  const file = openPictureFile(path) ?? assert.fail();
  const { outdated } = lastRunOf(file.memory, readSaved(file.memory), Date.now());
  file.mapping.unmap();
  return [...outdated];
}

describe("a copy", () => {
  it("has what was committed, stays as it is, and leaves no file beside it", async (t) => {
    const { path, store } = await rigOf(t);
    copyPicture(path);
    publish(store, 2);
    assert.equal(addressIn(copyPath(path)), 1);
    assert.deepEqual(
      readdirSync(join(path, "..")).filter((name) => name.endsWith(".new")),
      [],
    );
  });

  it("is sound when the writer commits all the while, and the writer waits for nothing", async (t) => {
    const { path, store } = await rigOf(t);
    const clock = new FakeClock();
    const failures: unknown[] = [];
    const log = { ...silentLog, warn: (fields: unknown) => void failures.push(fields) };
    keepCopies({
      path,
      everySeconds: () => 1,
      serial: () => store.memory.u32[Header.Serial] as number,
      clock,
      log,
    });
    let n = 0;
    await until(
      "the copy is there",
      () => {
        for (let i = 0; i < 20; i++) {
          publish(store, ++n, serviceKey({ namespace: "demo", name: `s${n % 5000}` }));
        }
        return existsSync(copyPath(path)) || failures.length > 0;
      },
      20_000,
    );
    assert.deepEqual(failures, []);
    const file = openPictureFile(copyPath(path)) ?? assert.fail();
    assert.equal(reasonToRefuse(file.memory), null);
    file.mapping.unmap();
  });

  it("is not made of a file that is no picture; the one before stays", async (t) => {
    const { path } = await rigOf(t);
    copyPicture(path);
    writeFileSync(path, "once upon a time".repeat(1000));
    assert.throws(() => copyPicture(path), { code: "PICTURE_FORMAT" });
    assert.equal(addressIn(copyPath(path)), 1);
  });
});

describe("copies", () => {
  it("are made when the picture is complete, and then only after a change and a while", async () => {
    const clock = new FakeClock();
    let serial: number | null = null;
    let copied = 0;
    keepCopies({
      path: "/nowhere",
      everySeconds: () => 300,
      serial: () => serial,
      clock,
      log: silentLog,
      copy: () => Promise.resolve({ copied: { serial: serial ?? -1, nth: copied++ } }),
    });
    const pass = async (seconds: number): Promise<number> => {
      for (let i = 0; i < seconds; i++) {
        clock.advance(1_000);
        await new Promise(setImmediate);
      }
      return copied;
    };
    assert.equal(await pass(10), 0, "not complete");
    serial = 2;
    assert.equal(await pass(2), 1);
    assert.equal(await pass(600), 1, "nothing has changed");
    serial = 4;
    assert.equal(await pass(2), 2);
    serial = 6;
    assert.equal(await pass(290), 2, "not yet");
    assert.equal(await pass(15), 3);
  });
});

describe("a start", () => {
  it("uses the picture after a stop of any kind, as long as the machine runs", async (t) => {
    const { path, store, log, lines } = await rigOf(t);
    copyPicture(path);
    publish(store, 2);
    assert.deepEqual(preparePicture(path, log, 0, "a"), { isRestored: true });
    assert.equal(addressIn(path), 2);
    assert.deepEqual(lines, []);
  });

  it("uses the picture after an orderly stop and a start of the machine", async (t) => {
    const { path, store, log } = await rigOf(t);
    copyPicture(path);
    publish(store, 2);
    markClean(path);
    assert.deepEqual(preparePicture(path, log, 0, "b"), { isRestored: true });
    assert.equal(addressIn(path), 2);
  });

  it("uses the copy after a power loss, and says so", async (t) => {
    const { path, store, log, lines } = await rigOf(t);
    copyPicture(path);
    publish(store, 2);
    assert.deepEqual(preparePicture(path, log, 0, "b"), { isRestored: true });
    assert.equal(addressIn(path), 1);
    assert.equal(lines.length, 1);
    assert.match(
      lines[0] ?? "",
      /^starting from the saved copy of the picture: the machine was started anew/,
    );
    publish(store, 3);
    assert.deepEqual(preparePicture(path, log, 0, "b"), { isRestored: true });
    assert.equal(lines.length, 1, "the second start in this boot has nothing to say");
  });

  it("counts the members of a copy as outdated, and those of a picture not", async (t) => {
    const { path, log, store } = await rigOf(t);
    store.writer.putClusters(memoryOfMembers(["west"]));
    store.writer.commit({ wallSeconds: 1_700_000_000 });
    copyPicture(path);
    assert.deepEqual(outdatedIn(path), []);
    preparePicture(path, log, 0, "b");
    assert.deepEqual(outdatedIn(path), ["west"]);
  });

  it("counts the members as outdated after a power loss without a copy, since commits may be missing", async (t) => {
    const { path, log, store } = await rigOf(t);
    store.writer.putClusters(memoryOfMembers(["west"]));
    publish(store, 2);
    preparePicture(path, log, 0, "b");
    assert.deepEqual([outdatedIn(path), addressIn(path)], [["west"], 2]);
  });

  it("uses the copy when there is no mark, since there was no room for one", async (t) => {
    const { path, store, log, lines } = await rigOf(t);
    copyPicture(path);
    publish(store, 2);
    rmSync(`${path}.boot`);
    assert.deepEqual(preparePicture(path, log, 0, "a"), { isRestored: true });
    assert.equal(addressIn(path), 1);
    assert.match(lines.join(), /the machine may have been started anew/);
  });

  it("uses the picture after a power loss when there is no sound copy, and says so", async (t) => {
    const { path, log, lines } = await rigOf(t);
    copyPicture(path);
    truncateSync(copyPath(path), 60 << 20);
    assert.deepEqual(preparePicture(path, log, 0, "b"), { isRestored: true });
    assert.match(
      lines.join("\n"),
      /saved copy of the picture was cut short; not using it\n.*no saved copy; every record/,
    );
  });

  it("uses the copy when the picture is damaged or missing", async (t) => {
    const { path, log, lines } = await rigOf(t);
    copyPicture(path);
    writeFileSync(path, "once upon a time".repeat(1000));
    assert.deepEqual(preparePicture(path, log, 0, "a"), { isRestored: true });
    assert.equal(addressIn(path), 1);
    rmSync(path);
    assert.deepEqual(preparePicture(path, log, 0, "a"), { isRestored: true });
    assert.equal(addressIn(path), 1);
    assert.deepEqual(lines, [
      "the picture is not a fedns picture; starting without it",
      "starting from the saved copy of the picture: the picture was refused",
      "starting from the saved copy of the picture: there is no picture",
    ]);
  });

  it("is empty when neither is sound", async (t) => {
    const { path, log } = await rigOf(t);
    writeFileSync(path, "once upon a time".repeat(1000));
    writeFileSync(copyPath(path), "on");
    assert.deepEqual(preparePicture(path, log, 0, "a"), { isRestored: false });
  });
});
