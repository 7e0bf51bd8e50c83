/** A commit whose writer was killed in the middle of it is completed as soon as no process holds the writer's lock. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { it } from "node:test";
import { silentLog } from "../../../src/kernel/log.ts";
import { openPictureFile, replacePictureFile } from "../../../src/kernel/native/picture-file.ts";
import { Header } from "../../../src/picture/format/layout.ts";
import { Picture } from "../../../src/picture/format/picture.ts";
import { tryLockPicture } from "../../../src/picture/publish/picture-lock.ts";
import { completeCommit } from "../../../src/picture/publish/unfinished-commit.ts";
import { reasonToRefuse } from "../../../src/picture/verify/verify.ts";
import { createPicture } from "../../../src/picture/write/create.ts";
import { PictureWriter } from "../../../src/picture/write/writer.ts";
import { temporaryFolder } from "../../support/fedns.ts";

const TTL = 77;

it("readers can answer again; while a writer holds the lock, it is left alone", async (t) => {
  const path = join(await temporaryFolder(t), "picture");
  const { memory, mapping } = replacePictureFile(path, 4 << 20, (file) =>
    createPicture(file.memory, { seed: 1, endpointCapacity: 100 }),
  );
  const writer = new PictureWriter(memory, { passedSerial: () => 0, reserve: () => undefined });
  writer.set("TtlSeconds", TTL);
  writer.commit({ wallSeconds: 1 });
  // As it was after the serial had become odd.
  memory.u32[Header.TtlSeconds] = 0;
  const serial = memory.u32[Header.Serial] as number;
  memory.u32[Header.Serial] = serial - 1;
  mapping.unmap();

  const reader = openPictureFile(path);
  assert.ok(reader !== null);
  const picture = new Picture(reader.memory);
  const lock = tryLockPicture(path);
  assert.ok("release" in lock);
  completeCommit(path, silentLog);
  assert.equal(picture.serial(), serial - 1);
  lock.release();
  completeCommit(path, silentLog);
  assert.deepEqual([picture.serial(), picture.ttlSeconds()], [serial, TTL]);
  assert.equal(reasonToRefuse(reader.memory), null);
  completeCommit(path, silentLog);
  assert.equal(picture.serial(), serial, "what is complete is left alone");
  completeCommit(join(path, "not", "there"), silentLog);
  reader.mapping.unmap();
});
