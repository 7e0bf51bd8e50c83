/** Members come in turn in what is published: the change of one waits for one batch, whatever another has waiting. */
import { deepEqual, equal, ok } from "node:assert/strict";
import { describe, it } from "node:test";
import { OperationalError } from "../../../src/kernel/error.ts";
import { PublishQueue } from "../../../src/picture/publish/publish-queue.ts";
import { FakeClock } from "../../support/fake-clock.ts";

type Rig = {
  readonly queue: PublishQueue;
  readonly batches: (readonly string[])[];
  readonly refused: string[];
  /** One batch. */
  readonly step: () => void;
};

function rig(failsWith: (keys: readonly string[]) => Error | null = () => null): Rig {
  const clock = new FakeClock();
  const batches: (readonly string[])[] = [];
  const refused: string[] = [];
  const queue = new PublishQueue({
    clock,
    write: (keys) => {
      batches.push(keys);
      const error = failsWith(keys);
      if (error !== null) throw error;
    },
    onFailure: () => undefined,
    onRefused: (key) => refused.push(key),
  });
  return { queue, batches, refused, step: () => clock.advance(1) };
}

function flood(queue: PublishQueue, count: number, member = "greedy"): void {
  for (let i = 0; i < count; i++) queue.add(`${member}/s${i}`, member);
}

const isBad = (key: string): boolean => key.startsWith("greedy/");
const failsForGreedy = (keys: readonly string[]): Error | null =>
  keys.some(isBad) ? new RangeError("bad") : null;

describe("while one member has 100,000 changes waiting", () => {
  it("the change of another is in the next batch", () => {
    const { queue, batches, step } = rig();
    flood(queue, 100_000);
    step();
    queue.add("calm/one", "calm");
    step();
    ok(batches[1]?.includes("calm/one"));
    equal(queue.size, 100_000 - 999);
  });

  it("the changes of two others share the next batch with it", () => {
    const { queue, batches, step } = rig();
    flood(queue, 100_000);
    flood(queue, 1000, "calm");
    flood(queue, 1000, "quiet");
    step();
    const counts = Map.groupBy(batches[0] ?? [], (key) => key.split("/")[0] ?? "");
    deepEqual(
      [...counts].map(([member, keys]) => [member, keys.length]),
      [
        ["greedy", 167],
        ["calm", 167],
        ["quiet", 166],
      ],
    );
  });

  it("a service that both have does not wait for the turn of the first", () => {
    const { queue, batches, step } = rig();
    flood(queue, 100_000);
    queue.add("greedy/s99999", "calm");
    step();
    ok(batches[0]?.includes("greedy/s99999"));
    equal(queue.size, 99_500);
    for (let i = 0; i < 200; i++) step();
    equal(batches.flat().filter((key) => key === "greedy/s99999").length, 1);
  });

  it("and adds more with each batch, what is known of another is complete after one", () => {
    const { queue, step } = rig();
    flood(queue, 10_000);
    queue.add("calm/one", "calm");
    step();
    flood(queue, 10_000);
    deepEqual([queue.hasOf("calm"), queue.hasOf("greedy")], [false, true]);
  });

  it("no batch is smaller than before: one member alone has all of each", () => {
    const { queue, batches, step } = rig();
    flood(queue, 1000);
    step();
    step();
    deepEqual(
      batches.map((keys) => keys.length),
      [500, 500],
    );
  });
});

describe("while services of one member make batches fail", () => {
  it("those of another that failed with them are published within two batches", () => {
    const { queue, batches, step } = rig(failsForGreedy);
    flood(queue, 400);
    for (let i = 0; i < 100; i++) queue.add(`calm/${i}`, "calm");
    for (let i = 0; i < 4; i++) step();
    const good = batches.filter((keys) => !keys.some(isBad)).flat();
    equal(good.filter((key) => key.startsWith("calm/")).length, 100);
  });

  it("a change of another is in one of the next two batches, and does not fail with them", () => {
    const { queue, batches, step } = rig(failsForGreedy);
    flood(queue, 10_000);
    for (let i = 0; i < 5; i++) step();
    const before = batches.length;
    queue.add("calm/one", "calm");
    step();
    step();
    ok(batches.slice(before).some((keys) => keys.length === 1 && keys[0] === "calm/one"));
  });

  it("each of them is refused in the end, and nothing is left waiting", () => {
    const { queue, refused, batches } = rig(failsForGreedy);
    flood(queue, 1200);
    queue.add("calm/one", "calm");
    queue.flush();
    deepEqual([queue.size, refused.length, new Set(refused).size], [0, 1200, 1200]);
    ok(batches.some((keys) => keys.includes("calm/one") && !keys.some(isBad)));
  });
});

it("what could not be published for a full disk keeps its member and its turn", () => {
  let isFull = true;
  const { queue, batches } = rig(() => (isFull ? new OperationalError("PICTURE_BUSY", "full") : null));
  flood(queue, 2000);
  queue.add("calm/one", "calm");
  queue.flush();
  deepEqual([queue.size, queue.hasOf("calm")], [2001, true]);
  isFull = false;
  queue.flush();
  equal(queue.size, 0);
  ok(batches.slice(1, 3).flat().includes("calm/one"));
});
