/** The gRPC probe against real HTTP/2, and its two messages. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as fc from "fast-check";
import { healthRequest, readHealthResponse } from "../../../src/traffic/probe/grpc-message.ts";
import { meet, shortMs } from "../tracker/meeting.ts";
import { grpc, http, resetting, silent } from "./servers.ts";

describe("a gRPC probe", () => {
  const frame = (...message: number[]): Uint8Array =>
    Uint8Array.from([0, 0, 0, 0, message.length, ...message]);
  const serving = frame(0x08, 1);
  const table: readonly (readonly [string, Uint8Array | null, string, string])[] = [
    ["SERVING", serving, "0", "good"],
    ["NOT_SERVING", frame(0x08, 2), "0", "bad: NOT_SERVING"],
    ["an empty message", frame(), "0", "bad: UNKNOWN"],
    ["SERVING with an error", serving, "13", "bad: gRPC status 13"],
    ["no such service", null, "5", "bad: gRPC status 5"],
    ["no health service", null, "12", "bad: gRPC status 12"],
    ["no message", null, "0", "bad: no answer of grpc.health.v1"],
    ["half a message", serving.subarray(0, 6), "0", "bad: no answer of grpc.health.v1"],
    [
      "a compressed message",
      Uint8Array.from([1, ...serving.subarray(1)]),
      "0",
      "bad: no answer of grpc.health.v1",
    ],
    ["far too much", new Uint8Array(100_000), "0", "bad: no answer of grpc.health.v1"],
  ];
  for (const [claim, message, status, outcome] of table) {
    it(`takes ${claim} for ${outcome}`, async () => {
      assert.equal(await meet(grpc(message, status, []), "grpc://:PORT"), outcome);
    });
  }

  it("asks Check with the service it was told", async () => {
    const asked: { path: string; message: Buffer }[] = [];
    await meet(grpc(serving, "0", asked), "grpc://:PORT/my.Service");
    const message = Buffer.concat([Buffer.from([0, 0, 0, 0, 12, 0x0a, 10]), Buffer.from("my.Service")]);
    assert.deepEqual(asked, [{ path: "/grpc.health.v1.Health/Check", message }]);
  });

  it("is bad when the other side speaks HTTP/1, resets, or is silent", async () => {
    assert.match(
      await meet(
        http((_, response) => response.end()),
        "grpc://:PORT",
      ),
      /^bad: /,
    );
    assert.match(await meet(resetting(), "grpc://:PORT"), /^bad: /);
    assert.equal(await meet(silent(), "grpc://:PORT", { withinMs: shortMs }), "bad: timed out");
  });
});

describe("the messages of grpc.health.v1", () => {
  it("frame services of every length", () => {
    for (const length of [0, 1, 127, 128, 255]) {
      const framed = healthRequest("s".repeat(length));
      const head = length === 0 ? 0 : length < 128 ? 2 : 3;
      assert.equal(framed.length, 5 + head + length);
      assert.equal(new DataView(framed.buffer).getUint32(1), head + length);
    }
  });

  it("skip unknown fields, and refuse broken ones", () => {
    const read = (...message: number[]): number | null =>
      readHealthResponse(Uint8Array.from([0, 0, 0, 0, message.length, ...message]));
    assert.equal(read(0x12, 2, 9, 9, 0x08, 1), 1);
    assert.equal(read(0x11, 1, 2, 3, 4, 5, 6, 7, 8, 0x15, 1, 2, 3, 4, 0x08, 0x82, 0), 2);
    assert.equal(read(0x12, 9, 1), null);
    assert.equal(read(0x0b, 1), null);
    assert.equal(read(0x08), null);
    assert.equal(read(0x08, ...Array<number>(11).fill(0x80)), null);
    fc.assert(fc.property(fc.uint8Array(), (octets) => void readHealthResponse(octets)));
  });
});
