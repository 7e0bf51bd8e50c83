/** Answers while a commit is being applied: each is that of before or that of after, however far the writer has come. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Worker } from "node:worker_threads";
import { WorkerContext } from "../../src/answer/context/worker-context.ts";
import { Counter, COUNTERS } from "../../src/answer/terms/counter.ts";
import { Header } from "../../src/picture/format/layout.ts";
import type { Memory } from "../../src/picture/format/memory.ts";
import { Picture } from "../../src/picture/format/picture.ts";
import { recover } from "../../src/picture/write/transaction.ts";
import { parseBackend } from "../support/fleet.ts";
import { copyOf } from "../support/picture.ts";
import { ask, askBytes, change, type Front, openFront } from "../support/worker-context.ts";
import { encodeQuery } from "../support/query.ts";

const FLEET = `
  cluster west us-west/a
    demo/hello ready=1 192.0.2.17
  cluster east us-east/a
    demo/hello ready=1 192.0.2.33
    demo/bye ready=1 192.0.2.34`;

const QUESTIONS = [
  { name: "hello.demo.myfed.svc.example.com", type: 1 },
  { name: "hello.demo.myfed.svc.us-west.example.com", type: 1 },
  { name: "bye.demo.myfed.svc.a.us-east.example.com", type: 1 },
  { name: "s600.demo.myfed.svc.example.com", type: 1 },
  { name: "shop.example.com", type: 1 },
  { name: "none.demo.myfed.svc.us-south.example.com", type: 1 },
];

/** Many kinds of flips in one commit: pools, nodes, levels that come and go, and a table that grows. */
function commitMuch(front: Front): void {
  const { federation, publisher } = front;
  federation.setBackend("west", "demo/hello", parseBackend(["ready=1", "192.0.2.18"]));
  federation.setBackend("east", "demo/bye", null);
  federation.setBackend("west", "shop.example.com", parseBackend(["ready=1", "192.0.2.50"]));
  federation.setLocality("east", {
    places: [{ region: "us-south", zone: null }],
    latitude: null,
    longitude: null,
  });
  for (let i = 0; i < 480; i++)
    federation.setBackend("west", `demo/s${600 + i}`, parseBackend(["ready=1", "192.0.2.60"]));
  publisher.flush();
}

/** Fills the tables so far that the next commit makes one of them grow. */
function openCrowded(): Front {
  const front = openFront(FLEET, 4 << 20);
  for (let i = 0; i < 500; i++)
    front.federation.setBackend("west", `demo/s${i}`, parseBackend(["ready=1", "192.0.2.60"]));
  front.publisher.flush();
  return front;
}

/** What may be answered: clients are drawn. */
function answersIn(memory: Memory, i: number): ReadonlySet<string> {
  const front = { context: new WorkerContext(new Picture(memory), { seed: 7 }) };
  return new Set(Array.from({ length: 64 }, () => shown(front, i)));
}

function shown(front: Pick<Front, "context">, i: number): string {
  return Buffer.from(askBytes(front, encodeQuery(QUESTIONS[i] as (typeof QUESTIONS)[number]))).toString(
    "hex",
  );
}

/** The words of the last commit in the order in which it has written them, each with its value. */
function flipsOf({ u32 }: Memory): (readonly [number, number])[] {
  const start = u32[Header.RedoStart] as number;
  return Array.from({ length: u32[Header.RedoCount] as number }, (_, i) => [
    u32[start + 2 * i] as number,
    u32[start + 2 * i + 1] as number,
  ]);
}

/** The picture as it is when the last commit has not begun to flip: what it wrote ahead is there. */
function unflipped(before: Memory, after: Memory): Memory {
  const memory = copyOf(after);
  for (const [word] of flipsOf(after)) memory.u32[word] = before.u32[word] as number;
  memory.u32[Header.Serial] = before.u32[Header.Serial] as number;
  return memory;
}

describe("a writer that is stopped in the middle of a commit", () => {
  const front = openCrowded();
  const before = copyOf(front.picture.memory);
  const place = before.u32[Header.Services];
  commitMuch(front);
  const after = copyOf(front.picture.memory);
  const flips = flipsOf(after);
  const [old, fresh] = [before, after].map((memory) => QUESTIONS.map((_, i) => answersIn(memory, i)));
  const serial = before.u32[Header.Serial] as number;

  it("has a commit of every kind of flip in this test", () => {
    assert.notEqual(after.u32[Header.Services], place, "a table has grown");
    assert.ok(flips.length > 100);
    assert.deepEqual(
      QUESTIONS.map((_, i) => [...(old?.[i] ?? [])].some((one) => fresh?.[i]?.has(one) === true)),
      [true, false, false, false, false, true],
    );
  });

  it("leaves every answer that of before or that of after, at whichever look-up each flip comes", () => {
    const memory = unflipped(before, after);
    let next = 0;
    /** The next store of the writer. */
    const step = (count: number): void => {
      for (let i = 0; i < count && next < flips.length + 2; i++, next++) {
        const flip = flips[next - 1];
        if (flip !== undefined) memory.u32[flip[0]] = flip[1];
        else memory.u32[Header.Serial] = next === 0 ? serial | 1 : (serial | 1) + 1;
      }
    };
    const counters = new Float64Array(COUNTERS);
    let stride = 0;
    /** Between any two look-ups of an answer, the writer goes on by some stores. */
    class SteppedPicture extends Picture {
      override serial(): number {
        const now = super.serial();
        step(stride);
        return now;
      }
      override findNode(...args: Parameters<Picture["findNode"]>): ReturnType<Picture["findNode"]> {
        step(stride);
        return super.findNode(...args);
      }
      override findPool(...args: Parameters<Picture["findPool"]>): ReturnType<Picture["findPool"]> {
        step(stride);
        return super.findPool(...args);
      }
      override serialAgain(): number {
        step(stride);
        return super.serialAgain();
      }
    }
    let seen = 0;
    for (const [i] of QUESTIONS.entries())
      for (stride of [1, 2, 3, 7, 29, 211]) {
        memory.u32.set(unflipped(before, after).u32);
        next = 0;
        const stepped = { context: new WorkerContext(new SteppedPicture(memory), { seed: 7, counters }) };
        while (next < flips.length + 2) {
          const answered = shown(stepped, i);
          assert.ok(
            old?.[i]?.has(answered) === true || fresh?.[i]?.has(answered) === true,
            `question ${i}, store ${next} by ${stride}`,
          );
          seen++;
        }
        assert.ok(fresh?.[i]?.has(shown(stepped, i)));
      }
    assert.ok(seen > 30);
    assert.ok((counters[Counter.Retried] as number) > 0, "commits came between");
    assert.equal(counters[Counter.Faults], 0);
  });

  it("gets SERVFAIL for every question until the commit is completed, and only the first one waits", () => {
    for (const stop of [0, 1, flips.length >> 1, flips.length]) {
      const memory = unflipped(before, after);
      memory.u32[Header.Serial] = serial | 1;
      for (const [word, value] of flips.slice(0, stop)) memory.u32[word] = value;
      const counters = new Float64Array(COUNTERS);
      const stuck = { context: new WorkerContext(new Picture(memory), { seed: 7, counters }) };
      const startMs = performance.now();
      for (let i = 0; i < 500; i++)
        assert.equal(ask(stuck, QUESTIONS[i % QUESTIONS.length] as (typeof QUESTIONS)[number]).rcode, 2);
      assert.ok(performance.now() - startMs < 1000, "200 ms once, not 500 times");
      assert.equal(counters[Counter.Unsettled], 500);
      assert.equal(recover(memory), true);
      for (const [i] of QUESTIONS.entries()) assert.ok(fresh?.[i]?.has(shown(stuck, i)));
    }
  });
});

it("a commit after every try ends in SERVFAIL, not in a loop", () => {
  const front = openFront(FLEET);
  const { picture } = front.context;
  const read = picture.serialAgain.bind(picture);
  let commits = 0;
  picture.serialAgain = () => {
    change(front, `put west demo/hello ready=1 192.0.2.${(commits++ % 200) + 1}`);
    return read();
  };
  assert.equal(ask(front, QUESTIONS[0] as (typeof QUESTIONS)[number]).rcode, 2);
  assert.equal(commits, 8);
});

it("two threads: while one commits without a pause, every answer of the other is of one commit", async () => {
  const shared = new SharedArrayBuffer(64 << 20);
  const worker = new Worker(new URL("../support/committing.ts", import.meta.url), { workerData: shared });
  const { promise, resolve } = Promise.withResolvers<unknown>();
  worker.once("message", resolve);
  worker.once("error", resolve);
  assert.equal(await promise, "ready");
  const memory = { u8: new Uint8Array(shared), u32: new Uint32Array(shared) };
  const counters = new Float64Array(COUNTERS);
  const front = { context: new WorkerContext(new Picture(memory), { seed: 7, counters }) };
  const seen = new Set<number>();
  const untilMs = performance.now() + 20_000;
  for (let i = 0; (i < 10_000 || seen.size < 10) && performance.now() < untilMs; i++) {
    const { rcode, answer } = ask(front, { name: "a.example.com", type: 1 });
    if (rcode === 2) continue;
    const [alias, address] = answer.map(({ data }) => data);
    const [, b = 0, c = 0, d = 0] = (address ?? "").split(".").map(Number);
    const commit = (b << 16) | (c << 8) | d;
    assert.deepEqual([rcode, answer.length, alias], [0, 2, `x${commit % 2}.example.com.`], String(address));
    seen.add(commit);
  }
  await worker.terminate();
  assert.ok(seen.size >= 10, `answers of ${seen.size} commits`);
  assert.equal(counters[Counter.Faults], 0);
});
