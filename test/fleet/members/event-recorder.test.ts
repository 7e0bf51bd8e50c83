/** Which warnings become Events, how often and how many at most; on a driven clock, with API servers that refuse. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { EventRecorder, recordWarnings } from "../../../src/fleet/members/event-recorder.ts";
import type { EventOutcome, EventWarning } from "../../../src/fleet/objects/event.ts";
import { silentLog } from "../../../src/kernel/log.ts";
import type { ObjectWarning } from "../../../src/federation/members/object-warning.ts";
import { FakeClock } from "../../support/fake-clock.ts";

const HOUR_MS = 3_600_000;
const ROUND_MS = 5_000;

type Cluster = {
  readonly recorder: EventRecorder;
  readonly written: EventWarning[];
  /** What comes back from now on. */
  answer: EventOutcome | Error | "nothing";
};

function cluster(clock: FakeClock): Cluster {
  const one: Cluster = {
    written: [],
    answer: "written",
    recorder: new EventRecorder({
      cluster: "us-west",
      write: async (warning) => {
        if (one.answer === "nothing") return new Promise(() => undefined);
        if (one.answer instanceof Error) throw one.answer;
        if (one.answer === "written") one.written.push(warning);
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
  warnings: ObjectWarning[];
};

function world(warnings: ObjectWarning[]): World {
  const clock = new FakeClock();
  const all: World = { clock, west: cluster(clock), east: cluster(clock), warnings };
  const recorders = [
    ["us-west", all.west.recorder],
    ["us-east", all.east.recorder],
  ] as const;
  const options = { warnings: () => all.warnings, recorders: () => recorders, clock };
  void recordWarnings(options, new AbortController().signal);
  return all;
}

const wrong = (key: string, in_: string = "us-west", message: string = "is wrong"): ObjectWarning => ({
  cluster: in_,
  kind: "Service",
  key,
  reason: "InvalidAnnotation",
  message,
});
const names = ({ written }: Cluster): string[] => written.map(({ name }) => name);

describe("a warning about an annotation", () => {
  it("is written in its cluster once, and again after hours", async () => {
    const { clock, west, east } = world([wrong("demo/hello"), wrong("demo/hello", "us-east")]);
    await clock.advanceAsync(2 * ROUND_MS);
    assert.deepEqual([names(west), names(east)], [["hello"], ["hello"]]);
    const [{ kind, namespace, reason } = { kind: "", namespace: "", reason: "" }] = west.written;
    assert.deepEqual([kind, namespace, reason], ["Service", "demo", "InvalidAnnotation"]);
    await clock.advanceAsync(5 * HOUR_MS);
    assert.equal(west.written.length, 1);
    await clock.advanceAsync(2 * HOUR_MS);
    assert.equal(west.written.length, 2);
  });

  it("is written about objects of all kinds that declare hosts, and no others", async () => {
    const about = (kind: string): ObjectWarning => ({
      ...wrong("shop/web"),
      kind,
      uid: "u",
      reason: "NotServed",
    });
    const { clock, west } = world(["Ingress", "TCPRoute", "DNSEndpoint", "IngressDNSRecord"].map(about));
    await clock.advanceAsync(2 * ROUND_MS);
    assert.deepEqual(
      west.written.map(({ kind, namespace, name, uid }) => `${kind} ${namespace}/${name} ${uid}`),
      ["Ingress shop/web u", "TCPRoute shop/web u", "DNSEndpoint shop/web u"],
    );
  });

  it("is written again when its message changes, not when it comes and goes", async () => {
    const all = world([wrong("demo/hello")]);
    await all.clock.advanceAsync(2 * ROUND_MS);
    for (let i = 0; i < 20; i++) {
      all.warnings = i % 2 === 0 ? [] : [wrong("demo/hello")];
      await all.clock.advanceAsync(2 * ROUND_MS);
    }
    assert.equal(all.west.written.length, 1);
    all.warnings = [wrong("demo/hello", "us-west", "is wrong in another way")];
    await all.clock.advanceAsync(2 * ROUND_MS);
    assert.equal(all.west.written.length, 2);
  });

  it("about a namespace becomes an Event of the namespace, and about a host no Event", async () => {
    const { clock, west } = world([{ ...wrong("demo"), kind: "Namespace" }, wrong("shop.example.com")]);
    await clock.advanceAsync(3 * ROUND_MS);
    assert.deepEqual(
      west.written.map(({ kind, namespace, name }) => [kind, namespace, name]),
      [["Namespace", "", "demo"]],
    );
  });

  it("about each of a thousand objects is written: a few at once, the others one by one", async () => {
    const { clock, west } = world(Array.from({ length: 1_000 }, (_, i) => wrong(`demo/s${i}`)));
    await clock.advanceAsync(ROUND_MS);
    assert.equal(west.written.length, 20);
    await clock.advanceAsync(60_000);
    assert.equal(west.written.length, 32);
    await clock.advanceAsync(2 * HOUR_MS);
    assert.equal(new Set(names(west)).size, 1_000);
  });
});

describe("an EventRecorder", () => {
  it("retries once an hour when Events are refused, and says so in its status", async () => {
    const { clock, west, east } = world([wrong("demo/a"), wrong("demo/b"), wrong("demo/c", "us-east")]);
    west.answer = "refused";
    await clock.advanceAsync(30 * 60_000);
    assert.match(west.recorder.status.problem ?? "", /^events are not allowed/);
    assert.deepEqual(names(east), ["c"]);
    west.answer = "written";
    await clock.advanceAsync(20 * 60_000);
    assert.deepEqual(names(west), []);
    await clock.advanceAsync(20 * 60_000);
    assert.deepEqual(names(west), ["a", "b"]);
    assert.deepEqual(west.recorder.status, { told: 2, problem: null });
  });

  it("retries a minute after an API server failed", async () => {
    const { clock, west } = world([wrong("demo/a")]);
    west.answer = new Error("the API server answered 500");
    await clock.advanceAsync(ROUND_MS);
    assert.match(west.recorder.status.problem ?? "", /could not be written: the API server answered 500/);
    west.answer = "written";
    await clock.advanceAsync(30_000);
    assert.equal(west.written.length, 0);
    await clock.advanceAsync(40_000);
    assert.equal(west.written.length, 1);
  });

  it("does not delay other clusters, nor repeat its request, when an API server never answers", async () => {
    const { clock, west, east } = world([wrong("demo/a"), wrong("demo/a", "us-east")]);
    west.answer = "nothing";
    await clock.advanceAsync(HOUR_MS);
    assert.deepEqual([names(west), names(east)], [[], ["a"]]);
  });

  it("counts no Event when the object has gone", async () => {
    const { clock, west } = world([wrong("demo/a")]);
    west.answer = "gone";
    await clock.advanceAsync(HOUR_MS);
    assert.deepEqual(west.recorder.status, { told: 0, problem: null });
  });
});
