/** Shared memory: writes are seen by other mappings, and a file is replaced as a whole or not at all. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import {
  createMapping,
  createShared,
  mapInherited,
  openMapping,
} from "../../../src/kernel/native/mapping.ts";
import { openPictureFile, replacePictureFile } from "../../../src/kernel/native/picture-file.ts";
import { temporaryFolder } from "../../support/fedns.ts";

const OCTETS = 1 << 20;
const MAPPING = join(import.meta.dirname, "../../../src/kernel/native/mapping.ts");

describe("a mapping", () => {
  it("of a file shows what another mapping of it has written", async (t) => {
    const path = join(await temporaryFolder(t), "file");
    const first = createMapping(path, OCTETS);
    const second = openMapping(path, OCTETS);
    new Uint32Array(first.buffer)[7] = 0xdeadbeef;
    assert.equal(new Uint32Array(second.buffer)[7], 0xdeadbeef);
    Atomics.store(new Int32Array(second.buffer), 9, 42);
    assert.equal(Atomics.load(new Int32Array(first.buffer), 9), 42);
    assert.equal(readFileSync(path).readUInt32LE(28), 0xdeadbeef);
    first.unmap();
    second.unmap();
  });

  it("takes disk space only for what was reserved", async (t) => {
    const path = join(await temporaryFolder(t), "file");
    const mapping = createMapping(path, 1 << 30);
    const usedOctets = (): number => statSync(path).blocks * 512;
    assert.equal(statSync(path).size, 1 << 30);
    assert.ok(usedOctets() < OCTETS, `${usedOctets()} octets`);
    mapping.reserve(0, 10 << 20);
    assert.ok(usedOctets() >= 10 << 20);
    assert.ok(usedOctets() <= 20 << 20, `${usedOctets()} octets`);
    mapping.unmap();
  });

  it("does not replace an existing file, and does not open a missing one", async (t) => {
    const path = join(await temporaryFolder(t), "file");
    assert.throws(() => openMapping(path, OCTETS), { code: "ENOENT" });
    writeFileSync(path, "mine");
    assert.throws(() => createMapping(path, OCTETS), { code: "EEXIST" });
    assert.equal(readFileSync(path, "utf8"), "mine");
  });

  it("of an inherited descriptor is the same memory in another process", () => {
    const { fd, mapping } = createShared("fedns-test", OCTETS);
    const words = new Int32Array(mapping.buffer);
    words[3] = 5;
    const script = `
      const { mapInherited } = await import(${JSON.stringify(MAPPING)});
      const words = new Int32Array(mapInherited(4, ${OCTETS}).buffer);
      for (let i = 0; i < 1000; i++) Atomics.add(words, 3, 1);
    `;
    execFileSync(process.execPath, ["--input-type=module", "-e", script], {
      stdio: ["ignore", "inherit", "inherit", "ignore", fd],
    });
    assert.equal(Atomics.load(words, 3), 1005);
    assert.equal(new Int32Array(mapInherited(fd, OCTETS).buffer)[3], 1005);
  });
});

describe("the picture's file", () => {
  it("is replaced whole: readers of the old one go on, and later ones get the new one", async (t) => {
    const path = join(await temporaryFolder(t), "picture");
    const fill = (value: number): void => {
      replacePictureFile(path, OCTETS, ({ memory }) => memory.u32.fill(value)).mapping.unmap();
    };
    fill(1);
    const old = openPictureFile(path);
    fill(2);
    const fresh = openPictureFile(path);
    assert.deepEqual([old?.memory.u32.at(-1), fresh?.memory.u32.at(-1)], [1, 2]);
    old?.mapping.unmap();
    fresh?.mapping.unmap();
  });

  it("stays as it was when writing the new one fails, and the next try succeeds", async (t) => {
    const path = join(await temporaryFolder(t), "picture");
    replacePictureFile(path, OCTETS, ({ memory }) => memory.u32.fill(1)).mapping.unmap();
    const failing = (): never => {
      throw new Error("no");
    };
    assert.throws(() => replacePictureFile(path, OCTETS, failing), /no/);
    assert.equal(openPictureFile(path)?.memory.u32[0], 1);
    replacePictureFile(path, OCTETS, ({ memory }) => memory.u32.fill(3)).mapping.unmap();
    assert.equal(openPictureFile(path)?.memory.u32[0], 3);
  });

  it("is absent when it does not exist or is empty", async (t) => {
    const path = join(await temporaryFolder(t), "picture");
    assert.equal(openPictureFile(path), null);
    writeFileSync(path, "");
    assert.equal(openPictureFile(path), null);
  });
});
