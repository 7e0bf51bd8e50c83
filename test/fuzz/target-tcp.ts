/** A stream of frames in pieces of any size to a connection, by a client that now and then does not read. */
import assert from "node:assert/strict";
import { EventEmitter } from "node:events";
import type { Socket } from "node:net";
import { Connection } from "../../src/answer/sockets/connection.ts";
import { Counter } from "../../src/answer/terms/counter.ts";
import { askBytes, type Front } from "../support/worker-context.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { fuzzFront } from "./front.ts";
import { damage, join } from "./octets.ts";
import { Random } from "./random.ts";
import { checkReply } from "./reply-check.ts";
import { makeQuery } from "./target-query.ts";
import type { Target } from "./target.ts";

/** Messages without an answer that a connection bears. */
const IGNORED_MAX = 3;

export function tcpTarget(): Target {
  const front = fuzzFront(2 << 20);
  return {
    boundMs: 100,
    make: makeStream,
    attack: (input) => attack(front, input),
  };
}

/** The first octet selects how the rest is cut. */
function makeStream(seeds: readonly Uint8Array[], random: Random): Uint8Array {
  const other = seeds.length > 0 ? random.pick(seeds) : new Uint8Array(0);
  if (seeds.length > 0 && random.percent(20)) return damage(random.pick(seeds), other, random, 5);
  const frames = Array.from({ length: random.below(8) }, () => {
    const message = makeQuery([], random);
    const length = random.percent(97) ? message.length : random.below(0x10000);
    return join(Uint8Array.of(length >> 8, length & 255), message);
  });
  const stream = join(random.octets(1), ...frames);
  return random.percent(70) ? stream : damage(stream, other, random, 3);
}

function attack(front: Front, input: Uint8Array): void {
  const socket = new FakeSocket(Random.of(1, input[0] ?? 0));
  const faults = front.context.counters[Counter.Faults];
  void new Connection({
    socket: socket as unknown as Socket,
    proxies: null,
    onClient: () => undefined,
    context: front.context,
    clock: new FakeClock(),
    beforeAnswers: () => undefined,
    onActive: () => undefined,
    onClosed: () => undefined,
  });
  const stream = input.subarray(1);
  socket.feed(stream);
  const replies = framesIn(socket.written);
  const expected = requestsIn(stream).filter(({ isAnswered }) => isAnswered);
  assert.equal(replies.length, expected.length, "one reply for each query that deserves one");
  replies.forEach((reply, i) => checkReply(expected[i]?.request ?? new Uint8Array(0), reply, true));
  assert.equal(front.context.counters[Counter.Faults], faults, "no error of our own");

  /** What a connection should accept: whole frames, until one is malformed or too many got no response. */
  function requestsIn(bytes: Uint8Array): { readonly request: Uint8Array; readonly isAnswered: boolean }[] {
    const requests = [];
    let ignored = 0;
    for (let at = 0; at + 2 <= bytes.length && ignored < IGNORED_MAX;) {
      const length = ((bytes[at] as number) << 8) | (bytes[at + 1] as number);
      if (length < 12 || at + 2 + length > bytes.length) break;
      const request = bytes.slice(at + 2, at + 2 + length);
      const isAnswered = askBytes(front, request, true).length > 0;
      if (!isAnswered) ignored++;
      requests.push({ request, isAnswered });
      at += 2 + length;
    }
    return requests;
  }
}

function framesIn(bytes: Uint8Array): Uint8Array[] {
  const frames: Uint8Array[] = [];
  let at = 0;
  while (at < bytes.length) {
    assert.ok(at + 2 <= bytes.length, "a whole length");
    const length = ((bytes[at] as number) << 8) | (bytes[at + 1] as number);
    assert.ok(at + 2 + length <= bytes.length, "a whole message");
    frames.push(bytes.subarray(at + 2, at + 2 + length));
    at += 2 + length;
  }
  return frames;
}

/** As much of a socket as a connection uses. */
class FakeSocket extends EventEmitter {
  destroyed = false;
  written: Uint8Array = new Uint8Array(0);
  #isPaused = false;
  #isEnded = false;
  readonly #random: Random;

  constructor(random: Random) {
    super();
    this.#random = random;
  }

  /** Cuts the stream into chunks; a paused connection first drains. */
  feed(stream: Uint8Array): void {
    const random = this.#random;
    const largest = random.pick([1, 3, 40, 400, 70_000]);
    for (let at = 0; at < stream.length && !this.destroyed && !this.#isEnded;) {
      const count = 1 + random.below(largest);
      const chunk = stream.slice(at, at + count);
      at += count;
      this.emit("data", chunk);
      // Sockets reuse their memory.
      chunk.fill(0xee);
      this.#drain();
    }
    if (!this.destroyed) this.emit("end");
    this.emit("close");
  }

  #drain(): void {
    for (let i = 0; this.#isPaused && !this.destroyed; i++) {
      assert.ok(i < 1000, "a connection that is drained goes on");
      this.emit("drain");
    }
  }

  write(bytes: Uint8Array): boolean {
    assert.ok(!this.#isEnded, "nothing is written after the end");
    this.written = join(this.written, bytes);
    return !this.#random.percent(20);
  }

  pause(): void {
    this.#isPaused = true;
  }

  resume(): void {
    this.#isPaused = false;
  }

  end(): void {
    this.#isEnded = true;
  }

  destroySoon(): void {
    this.destroyed = true;
  }

  destroy(): void {
    this.destroyed = true;
  }
}
