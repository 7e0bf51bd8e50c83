/** The inbox of a TCP connection: frames from pieces of any size, at a cost that does not grow with their number. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as fc from "fast-check";
import { BROKEN, Inbox } from "../../../src/answer/sockets/inbox.ts";
import { frame } from "./tcp-client.ts";

const LONGEST = 65_535;

/** Takes out every message that is there. */
function drain(inbox: Inbox): Uint8Array[] {
  const messages: Uint8Array[] = [];
  for (let octets = inbox.next(); octets >= 0; octets = inbox.next()) {
    messages.push(inbox.bytes.slice(inbox.messageAt, inbox.messageAt + octets));
    inbox.skip(octets);
  }
  inbox.settle();
  return messages;
}

/** CPU milliseconds to take in the octets one at a time. */
function costOf(octets: Uint8Array): number {
  const inbox = new Inbox();
  const before = process.cpuUsage();
  for (let i = 0; i < octets.length; i++) {
    inbox.add(octets.subarray(i, i + 1));
    drain(inbox);
  }
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

describe("an inbox", () => {
  it("returns the framed messages, however they were cut", () => {
    const message = fc.uint8Array({ minLength: 12, maxLength: 300 });
    fc.assert(
      fc.property(fc.array(message), fc.array(fc.integer({ min: 1, max: 700 })), (messages, cuts) => {
        const stream = Buffer.concat(messages.map(frame));
        const inbox = new Inbox();
        const taken: Uint8Array[] = [];
        for (let at = 0, i = 0; at < stream.length; i++) {
          const octets = cuts.length === 0 ? stream.length : (cuts[i % cuts.length] as number);
          const chunk = Uint8Array.from(stream.subarray(at, at + octets));
          inbox.add(chunk);
          taken.push(...drain(inbox));
          // The socket may use its memory again.
          chunk.fill(0xee);
          at += octets;
        }
        assert.deepEqual(taken, messages);
        assert.equal(inbox.isEmpty, true);
        assert.equal(inbox.bytes.length, 0);
      }),
    );
  });

  it("keeps messages that cannot be answered yet, and goes on where it stopped", () => {
    const inbox = new Inbox();
    const messages = [1, 2, 3, 4].map((n) => new Uint8Array(20).fill(n));
    inbox.add(Buffer.concat(messages.map(frame)));
    assert.equal(inbox.next(), 20);
    inbox.skip(20);
    inbox.settle();
    inbox.add(frame(new Uint8Array(20).fill(5)));
    assert.deepEqual(
      drain(inbox).map((bytes) => bytes[0]),
      [2, 3, 4, 5],
    );
  });

  it("stays broken after a length that no message can have", () => {
    for (const octets of [0, 1, 11]) {
      const inbox = new Inbox();
      inbox.add(Uint8Array.of(0, octets, 0, 0));
      assert.equal(inbox.next(), BROKEN);
      inbox.settle();
      assert.equal(inbox.next(), BROKEN);
    }
  });

  it("takes a long message octet by octet at the same cost per octet as short ones", () => {
    const long = frame(new Uint8Array(LONGEST).fill(7));
    const short = Buffer.concat(Array.from({ length: 128 }, () => frame(new Uint8Array(510).fill(7))));
    costOf(short);
    const [shortMs, longMs] = [costOf(short), costOf(long)];
    // Work that grows with the square would be a hundred times as much.
    assert.ok(longMs < 10 * shortMs + 20, `${longMs} ms, and ${shortMs} ms for short ones`);
  });
});
