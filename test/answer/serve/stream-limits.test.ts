/** Limits on the time, connections and memory that a TCP client may take, without harm to clients that keep to them. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { HELLO, WIDE } from "./data-plane.ts";
import { type Rig, startRig } from "./stream-rig.ts";
import { frames, TcpClient } from "./tcp-client.ts";
import { until } from "../../support/until.ts";

const A = 1;
const LOOK_MS = 50;
const QUESTION = { name: HELLO, type: A };
/** The stall bound of connection.ts. */
const STALLED_MS = 10_000;

describe("a TCP connection's time", () => {
  it("ends when it asks nothing, from the start or since its last query", async (t) => {
    const rig = startRig(t, { idleMs: 1_000 });
    const silent = await openKnown(t, rig);
    const busy = await openKnown(t, rig);
    await rig.clock.advanceAsync(900);
    await busy.ask(QUESTION);
    await rig.clock.advanceAsync(200);
    await silent.sawEnd();
    assert.equal(busy.isEnded, false);
    await rig.clock.advanceAsync(700);
    assert.equal(busy.isEnded, false);
    await rig.clock.advanceAsync(200);
    await busy.sawEnd();
  });

  it("is counted for a message from its first octet, however slowly it comes", async (t) => {
    const rig = startRig(t, { idleMs: 100_000, messageMs: 1_000 });
    const client = await openKnown(t, rig);
    const bytes = frames(QUESTION);
    for (let i = 0; i < 10; i++) {
      client.write(bytes.subarray(i, i + 1));
      await rig.clock.advanceAsync(95);
    }
    assert.equal(client.isEnded, false);
    await rig.clock.advanceAsync(100 + LOOK_MS);
    await client.sawEnd();
    assert.equal(client.replies.length, 1, "only the question at the start was answered");
  });

  it("starts again after each whole message", async (t) => {
    const rig = startRig(t, { idleMs: 100_000, messageMs: 1_000 });
    const client = await openKnown(t, rig);
    const bytes = frames(QUESTION);
    for (let i = 0; i < 5; i++) {
      // The end of one message and the beginning of the next in the same piece.
      client.write(i === 0 ? bytes.subarray(0, 9) : Buffer.concat([bytes.subarray(9), bytes.subarray(0, 9)]));
      await rig.clock.advanceAsync(700);
    }
    await client.saw(5);
    assert.equal(client.isEnded, false);
    await rig.clock.advanceAsync(400);
    await client.sawEnd();
  });
});

describe("TCP connections", () => {
  it("are closed, the longest idle first, at the limit", async (t) => {
    const rig = startRig(t, { maxConnections: 3 });
    const clients = [await openKnown(t, rig), await openKnown(t, rig), await openKnown(t, rig)] as const;
    await clients[0].ask(QUESTION);
    const fourth = await openKnown(t, rig);
    await clients[1].sawEnd();
    const fifth = await openKnown(t, rig);
    await clients[2].sawEnd();
    for (const client of [clients[0], fourth, fifth]) assert.equal((await client.ask(QUESTION)).rcode, 0);
  });

  it("are counted per client: one that opens many loses only its own", async (t) => {
    const rig = startRig(t, { maxConnectionsPerClient: 2 });
    const other = await openKnown(t, rig);
    const mine: TcpClient[] = [];
    for (let i = 0; i < 20; i++) mine.push(await openKnown(t, rig, "127.0.0.77"));
    await until("18 are closed", () => mine.filter((client) => client.isEnded).length === 18);
    for (const client of mine.slice(-2)) assert.equal((await client.ask(QUESTION)).rcode, 0);
    assert.equal((await other.ask(QUESTION)).rcode, 0);
  });

  it("are no longer counted when either side has ended them", async (t) => {
    const rig = startRig(t, { maxConnections: 2, maxConnectionsPerClient: 2 });
    const first = await openKnown(t, rig);
    for (let i = 0; i < 20; i++) {
      const passing = await openKnown(t, rig);
      if (i % 2 === 0) passing.socket.destroy();
      else passing.socket.resetAndDestroy();
      await until("the client is gone", () => passing.isClosed);
      assert.equal((await first.ask(QUESTION)).rcode, 0, `after ${i} others`);
    }
    assert.equal(first.isEnded, false);
  });
});

describe("a client that never reads", () => {
  it("is read no further, is disconnected after the time limit, and delays no other client", async (t) => {
    const rig = startRig(t);
    const deaf = await openKnown(t, rig);
    const other = await openKnown(t, rig);
    deaf.socket.pause();
    const request = Buffer.concat(Array.from({ length: 400 }, () => frames({ name: WIDE, type: A })));
    await flood(rig, deaf, request);
    const atStall = rig.answered();
    assert.equal((await other.ask(QUESTION)).rcode, 0);
    await rig.clock.advanceAsync(STALLED_MS - 1_000);
    assert.equal(rig.answered(), atStall + 1, "nothing more was read of it");
    // Something that keeps another connection from being idle too long.
    await other.ask(QUESTION);
    await rig.clock.advanceAsync(1_000 + 2 * LOOK_MS);
    deaf.socket.resume();
    await deaf.sawEnd();
    assert.equal((await other.ask(QUESTION)).rcode, 0);
  });

  it("is disconnected early when there are too many such clients, the longest idle first", async (t) => {
    const rig = startRig(t, { maxStalled: 1 });
    const request = Buffer.concat(Array.from({ length: 400 }, () => frames({ name: WIDE, type: A })));
    const [first, second] = [await openKnown(t, rig), await openKnown(t, rig)];
    for (const deaf of [first, second]) {
      deaf.socket.pause();
      await rig.clock.advanceAsync(10);
      await flood(rig, deaf, request);
    }
    await rig.clock.advanceAsync(400);
    first.socket.resume();
    await first.sawEnd();
    second.socket.resume();
    assert.equal((await second.ask(QUESTION)).rcode, 0, "one may stay");
  });

  it("that begins to read in time gets every answer, in order", async (t) => {
    const rig = startRig(t);
    const slow = await openKnown(t, rig);
    slow.socket.pause();
    let id = 0;
    const request = (): Buffer =>
      Buffer.concat(Array.from({ length: 200 }, () => frames({ name: WIDE, type: A, id: id++ & 0xffff })));
    await flood(rig, slow, request);
    slow.socket.resume();
    await until("all are answered", () => slow.replies.length === id + 1, 20_000);
    assert.deepEqual(
      slow.replies.slice(1).map((bytes) => ((bytes[0] ?? 0) << 8) | (bytes[1] ?? 0)),
      Array.from({ length: id }, (_, i) => i & 0xffff),
    );
  });
});

describe("clients that read late", () => {
  it("get their own answers and no others", async (t) => {
    const rig = startRig(t);
    // Answers repeat the letters of their question, so that each shows whose it is.
    const names = [WIDE, WIDE.toUpperCase(), WIDE];
    const slow = [await openKnown(t, rig), await openKnown(t, rig)];
    const gone = await openKnown(t, rig);
    const requestOf = (name: string): Buffer =>
      Buffer.concat(Array.from({ length: 400 }, () => frames({ name, type: A })));
    for (const [index, client] of [...slow, gone].entries()) {
      client.socket.pause();
      await flood(rig, client, requestOf(names[index] as string));
    }
    // What waited for this one is let go while others still wait, and used again at once.
    gone.socket.resetAndDestroy();
    await until("it is gone", () => gone.isClosed);
    const other = await openKnown(t, rig);
    other.send(...Array.from({ length: 300 }, (_, id) => ({ name: HELLO, type: A, id })));
    assert.equal((await other.saw(301)).filter(({ rcode }) => rcode === 0).length, 301);
    for (const [index, client] of slow.entries()) {
      client.socket.resume();
      await until("all that was read is answered", () => client.socket.writableLength === 0, 20_000);
      client.send({ ...QUESTION, id: 9 });
      await until("the last one is answered", () => client.replies.at(-1)?.[1] === 9, 20_000);
      const replies = client.replies.slice(1, -1);
      assert.ok(replies.length > 400, `${replies.length} replies`);
      const asked = Buffer.from(frames({ name: names[index] as string, type: A })).subarray(14);
      for (const reply of replies) assert.equal(asked.compare(reply, 12, 12 + asked.length), 0);
    }
  });
});

describe("shutdown", () => {
  it("accepts no new connections, closes the quiet ones, and lets others finish", async (t) => {
    const rig = startRig(t);
    const quiet = await openKnown(t, rig);
    const busy = await openKnown(t, rig);
    await rig.clock.advanceAsync(200);
    await busy.ask(QUESTION);
    rig.orderStop();
    await quiet.sawEnd();
    await assert.rejects(TcpClient.open(t, rig), /ECONNREFUSED/);
    for (let i = 0; i < 5; i++) {
      assert.equal((await busy.ask({ ...QUESTION, id: i })).id, i);
      await rig.clock.advanceAsync(60);
    }
    assert.equal(rig.isRunning(), true);
    await rig.clock.advanceAsync(200);
    await busy.sawEnd();
    await rig.clock.advanceAsync(100);
    assert.equal(rig.isRunning(), false);
  });

  it("does not wait for ever", async (t) => {
    const rig = startRig(t);
    const busy = await openKnown(t, rig);
    rig.orderStop();
    for (let ms = 0; ms < 1_700 && !busy.isEnded; ms += 50) {
      busy.write(frames(QUESTION));
      await rig.clock.advanceAsync(50);
    }
    await busy.sawEnd();
    assert.equal(rig.isRunning(), false);
  });
});

/** A connection that the server is known to have accepted, because it has answered on it. */
async function openKnown(
  t: Parameters<typeof startRig>[0],
  rig: Rig,
  localAddress?: string,
): Promise<TcpClient> {
  const client = await TcpClient.open(t, { ...rig, ...(localAddress === undefined ? {} : { localAddress }) });
  await client.ask(QUESTION);
  return client;
}

/** Sends until the server reads no more: then every buffer between the two is full. */
async function flood(rig: Rig, client: TcpClient, request: Buffer | (() => Buffer)): Promise<void> {
  const { socket } = client;
  let answered = -1;
  for (let quietTurns = 0; quietTurns < 50;) {
    if (socket.writableLength === 0) socket.write(typeof request === "function" ? request() : request);
    await new Promise((resolve) => setImmediate(resolve));
    quietTurns = rig.answered() === answered && socket.writableLength > 0 ? quietTurns + 1 : 0;
    answered = rig.answered();
  }
}
