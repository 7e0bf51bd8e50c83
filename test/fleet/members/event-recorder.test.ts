/** Who is told what, how often, and how much at most; on a driven clock, with API servers that say no. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { EventRecorder, tellComplaints } from "../../../src/fleet/members/event-recorder.ts";
import type { Delivery, Warning } from "../../../src/fleet/kube/event.ts";
import { silentLog } from "../../../src/kernel/log.ts";
import type { ObjectWarning } from "../../../src/federation/members/object-warning.ts";
import { FakeClock } from "../../support/fake-clock.ts";

const HOUR = 3_600_000;
const LOOK = 5_000;

type Cluster = {
  readonly teller: EventRecorder;
  readonly told: Warning[];
  /** What comes back from now on. */
  answer: Delivery | Error | "nothing";
};

function cluster(clock: FakeClock): Cluster {
  const one: Cluster = {
    told: [],
    answer: "told",
    teller: new EventRecorder({
      cluster: "us-west",
      tell: async (warning) => {
        if (one.answer === "nothing") return new Promise(() => undefined);
        if (one.answer instanceof Error) throw one.answer;
        if (one.answer === "told") one.told.push(warning);
        return one.answer;
      },
      clock,
      log: silentLog,
    }),
  };
  return one;
}

type World = {
  readonly clock: FakeClock;
  readonly west: Cluster;
  readonly east: Cluster;
  complaints: ObjectWarning[];
};

function world(complaints: ObjectWarning[]): World {
  const clock = new FakeClock();
  const all: World = { clock, west: cluster(clock), east: cluster(clock), complaints };
  const tellers = [
    ["us-west", all.west.teller],
    ["us-east", all.east.teller],
  ] as const;
  const options = { complaints: () => all.complaints, tellers: () => tellers, clock };
  void tellComplaints(options, new AbortController().signal);
  return all;
}

const wrong = (key: string, in_: string = "us-west", message: string = "is wrong"): ObjectWarning => ({
  cluster: in_,
  kind: "Service",
  key,
  reason: "InvalidAnnotation",
  message,
});
const names = ({ told }: Cluster): string[] => told.map(({ name }) => name);

describe("what is wrong with an annotation", () => {
  it("is told in its cluster, once, and again after a long while", async () => {
    const { clock, west, east } = world([wrong("demo/hello"), wrong("demo/hello", "us-east")]);
    await clock.advanceAsync(2 * LOOK);
    assert.deepEqual([names(west), names(east)], [["hello"], ["hello"]]);
    const [{ kind, namespace, reason } = { kind: "", namespace: "", reason: "" }] = west.told;
    assert.deepEqual([kind, namespace, reason], ["Service", "demo", "InvalidAnnotation"]);
    await clock.advanceAsync(5 * HOUR);
    assert.equal(west.told.length, 1);
    await clock.advanceAsync(2 * HOUR);
    assert.equal(west.told.length, 2);
  });

  it("is told anew when it is wrong in another way, not when it comes and goes", async () => {
    const all = world([wrong("demo/hello")]);
    await all.clock.advanceAsync(2 * LOOK);
    for (let i = 0; i < 20; i++) {
      all.complaints = i % 2 === 0 ? [] : [wrong("demo/hello")];
      await all.clock.advanceAsync(2 * LOOK);
    }
    assert.equal(all.west.told.length, 1);
    all.complaints = [wrong("demo/hello", "us-west", "is wrong in another way")];
    await all.clock.advanceAsync(2 * LOOK);
    assert.equal(all.west.told.length, 2);
  });

  it("of a namespace is about the namespace, and of a host about nobody", async () => {
    const { clock, west } = world([{ ...wrong("demo"), kind: "Namespace" }, wrong("shop.example.com")]);
    await clock.advanceAsync(3 * LOOK);
    assert.deepEqual(
      west.told.map(({ kind, namespace, name }) => [kind, namespace, name]),
      [["Namespace", "", "demo"]],
    );
  });

  it("of a thousand objects is told a few at once, the rest bit by bit, all of it in the end", async () => {
    const { clock, west } = world(Array.from({ length: 1_000 }, (_, i) => wrong(`demo/s${i}`)));
    await clock.advanceAsync(LOOK);
    assert.equal(west.told.length, 20);
    await clock.advanceAsync(60_000);
    assert.equal(west.told.length, 32);
    await clock.advanceAsync(2 * HOUR);
    assert.equal(new Set(names(west)).size, 1_000);
  });
});

describe("a cluster that does not take events", () => {
  it("because we may not write them is asked once an hour, and says so in its status", async () => {
    const { clock, west, east } = world([wrong("demo/a"), wrong("demo/b"), wrong("demo/c", "us-east")]);
    west.answer = "refused";
    await clock.advanceAsync(30 * 60_000);
    assert.match(west.teller.status.problem ?? "", /^events are not allowed/);
    assert.deepEqual(names(east), ["c"]);
    west.answer = "told";
    await clock.advanceAsync(20 * 60_000);
    assert.deepEqual(names(west), []);
    await clock.advanceAsync(20 * 60_000);
    assert.deepEqual(names(west), ["a", "b"]);
    assert.deepEqual(west.teller.status, { told: 2, problem: null });
  });

  it("because it is broken is asked again after a minute", async () => {
    const { clock, west } = world([wrong("demo/a")]);
    west.answer = new Error("the API server answered 500");
    await clock.advanceAsync(LOOK);
    assert.match(west.teller.status.problem ?? "", /could not be written: the API server answered 500/);
    west.answer = "told";
    await clock.advanceAsync(30_000);
    assert.equal(west.told.length, 0);
    await clock.advanceAsync(40_000);
    assert.equal(west.told.length, 1);
  });

  it("because it never answers keeps no other one waiting, and holds one question, not one a look", async () => {
    const { clock, west, east } = world([wrong("demo/a"), wrong("demo/a", "us-east")]);
    west.answer = "nothing";
    await clock.advanceAsync(HOUR);
    assert.deepEqual([names(west), names(east)], [[], ["a"]]);
  });

  it("because the object has gone is left alone", async () => {
    const { clock, west } = world([wrong("demo/a")]);
    west.answer = "gone";
    await clock.advanceAsync(HOUR);
    assert.deepEqual(west.teller.status, { told: 0, problem: null });
  });
});
