/** A picture of another format is never read: a writer begins afresh, a reader stays with what it has. */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { Scoreboard, SCOREBOARD_OCTETS } from "../../../src/answer/scoreboard/scoreboard.ts";
import { PictureSource } from "../../../src/answer/sockets/picture-source.ts";
import { silentLog } from "../../../src/kernel/log.ts";
import { openPictureFile, replacePictureFile } from "../../../src/kernel/native/picture-file.ts";
import { requirePicture } from "../../../src/picture/format/header.ts";
import { FORMAT, Header } from "../../../src/picture/format/layout.ts";
import { PictureStore } from "../../../src/picture/publish/picture-store.ts";
import { createPicture } from "../../../src/picture/write/create.ts";
import { currentPicture } from "../../../src/run/supervise/current-picture.ts";
import { temporaryFolder } from "../../support/fedns.ts";
import type { Scope } from "../../support/programs.ts";

const OCTETS = 4 << 20;
const OTHER = FORMAT + 1;

/** A file at `state/picture` of each test, as a version with this format would write it. */
async function prepare(scope: Scope): Promise<{ path: string; put: (format: number, seed: number) => void }> {
  const path = join(await temporaryFolder(scope), "picture");
  return {
    path,
    put(format, seed) {
      replacePictureFile(path, OCTETS, ({ memory }) => {
        createPicture(memory, { seed, endpointCapacity: 100 });
        memory.u32[Header.Format] = format;
      }).mapping.unmap();
    },
  };
}

function openStore(path: string, onReplaced: () => void, warnings: string[] = []): PictureStore {
  const log = { ...silentLog, warn: (_: unknown, message: string) => void warnings.push(message) };
  return new PictureStore({ path, log, passedSerial: (current) => current, onReplaced });
}

describe("a picture of another format", () => {
  it("is refused by every reader that starts, and both formats are named", async (t) => {
    const { path, put } = await prepare(t);
    put(OTHER, 1);
    const expected = {
      code: "PICTURE_FORMAT",
      message: `the picture at ${path} has format ${OTHER}; this fedns reads format ${FORMAT}`,
    };
    assert.throws(() => openPictureFile(path, requirePicture), expected);
    const board = new Scoreboard(new ArrayBuffer(SCOREBOARD_OCTETS));
    assert.throws(() => new PictureSource(path, board, board.block(0)), expected);
  });

  it("is not taken up by a reader that has another one open, until one of its own format comes", async (t) => {
    const { path, put } = await prepare(t);
    const board = new Scoreboard(new ArrayBuffer(SCOREBOARD_OCTETS));
    put(FORMAT, 1);
    const source = new PictureSource(path, board, board.block(0));
    const report = currentPicture(path, board);
    const seeds = (): unknown[] => [source.picture.seed, report().memory.u32[Header.Seed]];
    assert.deepEqual(seeds(), [1, 1]);
    put(OTHER, 2);
    board.raiseGeneration();
    assert.equal(source.refresh(), false);
    assert.deepEqual(seeds(), [1, 1]);
    board.block(0).begin();
    assert.equal(board.oldestSerialInUse(8), 0, "the writer knows that no process reads the new file");
    put(FORMAT, 3);
    board.raiseGeneration();
    assert.equal(source.refresh(), true);
    assert.deepEqual(seeds(), [3, 3]);
    assert.equal(board.oldestSerialInUse(8), 2);
  });

  it("makes a writer begin with an empty one, and readers are told", async (t) => {
    const { path, put } = await prepare(t);
    put(OTHER, 1);
    const warnings: string[] = [];
    let replaced = 0;
    const store = openStore(path, () => replaced++, warnings);
    assert.deepEqual([store.memory.u32[Header.Format], store.memory.u32[Header.CommittedAt]], [FORMAT, 0]);
    assert.equal(replaced, 1);
    const message = `the picture has format ${OTHER}; this fedns reads format ${FORMAT}; starting with an empty one`;
    assert.deepEqual(warnings, [message]);
    assert.doesNotThrow(() => openPictureFile(path, requirePicture)?.mapping.unmap());
  });
});

describe("a file that is no picture", () => {
  it("is refused wherever a picture is opened", async (t) => {
    const { path } = await prepare(t);
    writeFileSync(path, "once upon a time ".repeat(1000));
    assert.throws(() => openPictureFile(path, requirePicture), { message: /is not a fedns picture$/ });
    assert.equal(openStore(path, () => undefined).memory.u32[Header.Format], FORMAT);
  });
});
