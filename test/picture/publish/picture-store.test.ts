/** The store of the picture over real files: what late readers write into a former file is not lost. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";
import { silentLog } from "../../../src/kernel/log.ts";
import { replacePictureFile } from "../../../src/kernel/native/picture-file.ts";
import { cachedUntilOf, raiseCachedUntil } from "../../../src/picture/publish/cached-addresses.ts";
import { PictureStore } from "../../../src/picture/publish/picture-store.ts";
import { serviceKey } from "../../../src/picture/nodes/pool-key.ts";
import { createPicture } from "../../../src/picture/write/create.ts";

const OCTETS = 4 << 20;
const KEY = serviceKey({ namespace: "demo", name: "hello" });
const UNTIL = 1_800_000_000;

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "fedns-store-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** One service with one address, at endpoint 0. */
function open(passed: () => number): PictureStore {
  const path = join(folder, "picture");
  replacePictureFile(path, OCTETS, ({ memory }) => {
    createPicture(memory, { seed: 1, endpointCapacity: 100 });
  }).mapping.unmap();
  const store = new PictureStore({
    path,
    log: silentLog,
    passedSerial: (current) => Math.min(current, passed()),
    onReplaced: () => undefined,
  });
  const member = {
    cluster: 0,
    tier: 0,
    weight: 1,
    readyEndpoints: 1,
    wantedEndpoints: 1,
    ipv4: [1],
    ipv6: [],
  };
  store.writer.putPool(0, KEY, [{ ...member, since: 0 }]);
  store.writer.commit({ wallSeconds: 0 });
  return store;
}

describe("what a late reader hands out", () => {
  it("is known when it has left its file, however often the picture was written anew meanwhile", () => {
    let passed = 0;
    const store = open(() => passed);
    const first = store.memory;
    for (let i = 0; i < 3; i++) store.compact();
    raiseCachedUntil(first, 0, UNTIL);
    store.settle();
    assert.equal(cachedUntilOf(store.memory, 0), 0, "another process may still write there");
    passed = Infinity;
    store.settle();
    assert.equal(cachedUntilOf(store.memory, 0), UNTIL);
  });
});
