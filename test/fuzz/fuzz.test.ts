/** A moment of every fuzzer, its corpus first; `npm run fuzz` goes on for longer. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { SCALE } from "../suite/scale.ts";
import { fuzz } from "./fuzz.ts";
import { Growth } from "./growth.ts";
import { Random } from "./random.ts";
import { checkReply } from "./reply-check.ts";
import { openTarget, readCorpus, TARGET_NAMES } from "./targets.ts";

describe("fuzzing finds no fault in", () => {
  for (const name of TARGET_NAMES) {
    it(name, async () => {
      const report = await fuzz({ name, seed: 2026, inputs: Number.POSITIVE_INFINITY, runMs: SCALE.fuzzMs });
      assert.equal(report.fault, null);
      assert.ok(report.tried > readCorpus(name).length, `${report.tried} inputs`);
    });
  }
});

describe("a fuzzer", () => {
  it("makes the same inputs from the same seed", () => {
    for (const name of TARGET_NAMES) {
      const target = openTarget(name);
      const corpus = readCorpus(name);
      const inputs = (seed: number): Uint8Array[] => {
        const random = Random.of(seed, 0);
        return Array.from({ length: 50 }, () => target.make(corpus, random));
      };
      assert.deepEqual(inputs(5), inputs(5));
      assert.notDeepEqual(inputs(5), inputs(6));
    }
  });

  it("measures the growth of memory after warming up, at any sampling rate", () => {
    const growth = new Growth();
    const inputs = 3_000_000;
    for (let look = 0; look <= 50_000; look++) {
      const tried = (look / 50_000) * inputs;
      const warming = Math.min(tried, 1_000_000) * 50;
      growth.note(tried, 1e8 + warming + (tried / 1e6) * 3 * 2 ** 20 + (look % 7) * 1000);
    }
    const slope = growth.slope() ?? 0;
    assert.ok(slope > 2.99 && slope < 3.01, String(slope));
    assert.equal(new Growth().slope(), null);
  });

  it("has a corpus for every target", () => {
    for (const name of TARGET_NAMES) assert.ok(readCorpus(name).length > 0, name);
  });

  it("notices a malformed reply", () => {
    const request = Buffer.from("12340100000100000000000003777777076578616d706c6503636f6d0000010001", "hex");
    const reply = Buffer.from(request);
    const isRefused = (change: (copy: Buffer) => Uint8Array): void => {
      const copy = Buffer.from(reply);
      copy[2] = 0x81;
      const changed = change(copy);
      assert.throws(() => checkReply(request, changed, false));
    };
    const sound = Buffer.from(reply);
    sound[2] = 0x81;
    checkReply(request, sound, false);
    isRefused((copy) => ((copy[2] = 0x01), copy));
    isRefused((copy) => ((copy[0] = 0), copy));
    isRefused((copy) => ((copy[3] = 0x80), copy));
    isRefused((copy) => ((copy[7] = 1), copy));
    isRefused((copy) => ((copy[14] = 0x57), copy));
    isRefused((copy) => copy.subarray(0, 20));
    isRefused((copy) => Buffer.concat([copy, Buffer.alloc(1)]));
    // An address that belongs to nothing in the reply.
    isRefused(
      (copy) => (
        (copy[11] = 1),
        Buffer.concat([copy, Buffer.from("c00c0001000100000000000401020304", "hex")])
      ),
    );
    isRefused(() => new Uint8Array(0));
  });
});
