/** splitLines: the same lines for any chunks. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as fc from "fast-check";
import { splitLines } from "../../../src/fleet/kube/lines.ts";
import { parseWatchEvent } from "../../../src/fleet/kube/resource.ts";

const MAX_BYTES = 1_000;

async function* chunksOf(...chunks: readonly Buffer[]): AsyncGenerator<Buffer> {
  yield* chunks;
}

async function linesOf(chunks: AsyncIterable<Buffer>, maxBytes: number = MAX_BYTES): Promise<string[]> {
  const lines: string[] = [];
  for await (const line of splitLines(chunks, maxBytes)) lines.push(line.toString("utf8"));
  return lines;
}

describe("splitLines", () => {
  const events = ["ADDED", "MODIFIED", "DELETED", "BOOKMARK"].map((type, index) => ({
    type,
    object: { metadata: { namespace: "demo", name: `größe-${index}`, resourceVersion: `${index + 1}` } },
  }));
  const stream = Buffer.from(events.map((event) => `${JSON.stringify(event)}\n`).join(""));

  it("gives the same events wherever a stream is split in two", async () => {
    const whole = (await linesOf(chunksOf(stream))).map((line) => parseWatchEvent(Buffer.from(line)));
    assert.equal(whole.length, 4);
    for (let cut = 0; cut <= stream.length; cut += 1) {
      const lines = await linesOf(chunksOf(stream.subarray(0, cut), stream.subarray(cut)));
      assert.deepEqual(
        lines.map((line) => parseWatchEvent(Buffer.from(line))),
        whole,
        `cut at ${cut}`,
      );
    }
  });

  it("gives the same lines however many chunks there are", async () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 200 });
    await fc.assert(
      fc.asyncProperty(fc.array(fc.string({ minLength: 1 })), sizes, async (words, cuts) => {
        const expected = words.map((word) => word.replaceAll("\n", " "));
        const bytes = Buffer.from(expected.map((word) => `${word}\n`).join(""));
        const chunks: Buffer[] = [];
        for (let at = 0, index = 0; at < bytes.length; index += 1) {
          const size = cuts[index % cuts.length] ?? 1;
          chunks.push(bytes.subarray(at, at + size));
          at += size;
        }
        assert.deepEqual(await linesOf(chunksOf(...chunks)), expected);
      }),
      { numRuns: 200 },
    );
  });

  it("does not accept a last line without a newline", async () => {
    await assert.rejects(linesOf(chunksOf(Buffer.from('{"a":1}\n{"b":2}'))), { code: "KUBE_LINE_TRUNCATED" });
  });

  it("refuses a line that is too long, in one chunk or in many", async () => {
    const long = Buffer.alloc(11, "x");
    await assert.rejects(linesOf(chunksOf(Buffer.concat([long, Buffer.from("\n")])), 10), {
      code: "KUBE_LINE_TOO_LONG",
    });
    await assert.rejects(linesOf(chunksOf(long.subarray(0, 6), long.subarray(0, 5)), 10), {
      code: "KUBE_LINE_TOO_LONG",
    });
    assert.deepEqual(await linesOf(chunksOf(Buffer.from("0123456789\n")), 10), ["0123456789"]);
  });

  it("takes linear time for a line in many small chunks", async () => {
    const chunks = Array.from({ length: 40_000 }, () => Buffer.alloc(100, "x"));
    const before = process.cpuUsage();
    const lines = await linesOf(chunksOf(...chunks, Buffer.from("\n")), 8_000_000);
    assert.equal(lines[0]?.length, 4_000_000);
    assert.ok(
      process.cpuUsage(before).user < 1_500_000,
      "copying all that came before for each chunk would take 80 GB of copying",
    );
  });
});

describe("parseWatchEvent", () => {
  for (const line of [
    "",
    "null",
    "[]",
    "{}",
    '{"type":"ADDED"}',
    '{"type":"ADDED","object":{"metadata":{"name":"a"}}}',
    '{"type":7}',
  ])
    it(`refuses ${line === "" ? "nothing" : line}`, () => {
      assert.throws(() => parseWatchEvent(Buffer.from(line)), { name: "OperationalError" });
    });
});
