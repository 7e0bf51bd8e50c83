/** DNS over TCP: frames in pieces of any size, answers in order, and what ends a connection (RFC 7766). */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { decode } from "../../support/decode.ts";
import { encodeQuery } from "../../support/query.ts";
import { HELLO, WIDE } from "./data-plane.ts";
import { startRig } from "./stream-rig.ts";
import { frame, frames, TcpClient } from "./tcp-client.ts";

const A = 1;
const FORMERR = 1;
const QR = 0x8000;

describe("a TCP connection", () => {
  it("answers 200 queries that come in one write, in order", async (t) => {
    const client = await TcpClient.open(t, startRig(t));
    const queries = [...Array(200).keys()].map((id) => ({ name: id % 2 ? HELLO : WIDE, type: A, id }));
    client.send(...queries);
    const replies = await client.saw(200);
    assert.deepEqual(
      replies.map(({ id, answer }) => [id, answer.length]),
      queries.map(({ id }) => [id, id % 2 ? 1 : 40]),
    );
  });

  it("answers the same however two queries are cut in two", async (t) => {
    const rig = startRig(t);
    const bytes = frames({ name: HELLO, type: A, id: 1 }, { name: HELLO, type: A, id: 2, edns: {} });
    const client = await TcpClient.open(t, rig);
    for (let cut = 1; cut < bytes.length; cut++) {
      client.write(bytes.subarray(0, cut));
      // The server, in this same event loop, reads the first piece before the second leaves.
      await turn();
      await turn();
      client.write(bytes.subarray(cut));
      const replies = await client.saw(2 * cut);
      assert.deepEqual(
        replies.slice(-2).map(({ id, rcode }) => [id, rcode]),
        [
          [1, 0],
          [2, 0],
        ],
        `cut at ${cut}`,
      );
    }
  });

  it("answers a query that comes octet by octet", async (t) => {
    const client = await TcpClient.open(t, startRig(t));
    for (const octet of frames({ name: HELLO, type: A, id: 9 })) {
      client.write(Uint8Array.of(octet));
      await turn();
    }
    assert.equal((await client.saw(1))[0]?.id, 9);
  });

  it("answers what was asked before the client closed its side, and then closes its own", async (t) => {
    const client = await TcpClient.open(t, startRig(t));
    client.socket.end(frames(...[1, 2, 3].map((id) => ({ name: HELLO, type: A, id }))));
    await client.sawEnd();
    assert.deepEqual(
      client.replies.map((bytes) => decode(bytes).id),
      [1, 2, 3],
    );
  });

  it("ends at a length that no message can have, after the answers before it", async (t) => {
    const rig = startRig(t);
    for (const octets of [0, 1, 11]) {
      const client = await TcpClient.open(t, rig);
      const bad = Uint8Array.from([0, octets, ...Array<number>(octets).fill(0)]);
      client.write(Buffer.concat([frames({ name: HELLO, type: A, id: 5 }), bad]));
      await client.sawEnd();
      assert.deepEqual(
        client.replies.map((bytes) => decode(bytes).id),
        [5],
        `length ${octets}`,
      );
    }
  });

  it("answers nonsense with FORMERR and goes on", async (t) => {
    const client = await TcpClient.open(t, startRig(t));
    client.write(frame(new Uint8Array(40).fill(0x3f)));
    client.write(frame(encodeQuery({ name: HELLO, type: A, id: 2, counts: [2, 0, 0, 0] })));
    client.send({ name: HELLO, type: A, id: 3 });
    const replies = await client.saw(3);
    assert.deepEqual(
      replies.slice(1).map(({ id, rcode }) => [id, rcode]),
      [
        [2, FORMERR],
        [3, 0],
      ],
    );
  });

  it("ends after the third response that a client sends, and not before", async (t) => {
    const client = await TcpClient.open(t, startRig(t));
    client.send({ name: HELLO, type: A, flags: QR }, { name: HELLO, type: A, flags: QR });
    assert.equal((await client.ask({ name: HELLO, type: A, id: 7 })).id, 7);
    client.send(
      { name: HELLO, type: A, id: 8 },
      { name: HELLO, type: A, flags: QR },
      { name: HELLO, type: A, id: 9 },
    );
    await client.sawEnd();
    assert.deepEqual(
      client.replies.map((bytes) => decode(bytes).id),
      [7, 8],
    );
  });

  it("sends a long answer whole, without TC", async (t) => {
    const client = await TcpClient.open(t, startRig(t));
    const { tc, answer } = await client.ask({ name: WIDE, type: A });
    assert.deepEqual([tc, answer.length], [false, 40]);
  });

  it("accepts the longest message there is, octet by octet", async (t) => {
    const client = await TcpClient.open(t, startRig(t));
    const bare = encodeQuery({ name: HELLO, type: A, edns: { options: [{ code: 12, hex: "" }] } });
    const options = [{ code: 12, hex: "00".repeat(65_535 - bare.length) }];
    const longest = encodeQuery({ name: HELLO, type: A, edns: { options } });
    assert.equal(longest.length, 65_535);
    for (const octet of frame(longest)) {
      await new Promise((resolve) => client.socket.write(Uint8Array.of(octet), resolve));
    }
    const [reply] = await client.saw(1);
    assert.deepEqual([reply?.rcode, reply?.answer.length], [0, 1]);
  });
});

function turn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
