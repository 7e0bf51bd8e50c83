/** The supervisor: one child is always there, a planned change leaves no gap, and the end leaves no process behind. */
import assert from "node:assert/strict";
import { cpSync, existsSync, mkdirSync, openSync, readFileSync } from "node:fs";
import { getPriority } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { pathToFileURL } from "node:url";
import { silentLog } from "../../../src/kernel/log.ts";
import { ProcessSupervisor } from "../../../src/run/children/process-supervisor.ts";
import { FakeClock } from "../../support/fake-clock.ts";
import { temporaryFolder } from "../../support/fedns.ts";
import { atEnd, isAlive, killHard, type Scope } from "../../support/programs.ts";
import { until } from "../../support/until.ts";

type ToChild = object;
type FromChild = { readonly kind: string; readonly fds: readonly string[] };
type Behaviour = "" | "dies" | "stubborn";

type Kept = {
  readonly supervisor: ProcessSupervisor<ToChild, FromChild>;
  readonly clock: FakeClock;
  /** What the children did, in the order they did it. */
  journal(): readonly string[];
  readonly messages: FromChild[];
  readonly gone: number[];
  readonly pid: () => number;
};

const ODD_CHILD = join(import.meta.dirname, "odd-child.ts");

/** `behaviours[i]` is the behaviour of the i-th child; later children behave well. */
async function keep(
  scope: Scope,
  behaviours: readonly Behaviour[] = [],
  entry = ODD_CHILD,
  niceness = 0,
  hasStandby = false,
): Promise<Kept> {
  const folder = await temporaryFolder(scope);
  const journalPath = join(folder, "journal");
  const handedDown = openSync(journalPath, "a");
  openSync(join(folder, "secret"), "a");
  const clock = new FakeClock();
  const messages: FromChild[] = [];
  const gone: number[] = [];
  const pids: number[] = [];
  const supervisor: ProcessSupervisor<ToChild, FromChild> = new ProcessSupervisor<ToChild, FromChild>({
    name: "odd",
    entry: pathToFileURL(entry),
    fds: [handedDown],
    niceness,
    hasStandby,
    startMessage: (incarnation) => ({
      journal: journalPath,
      incarnation,
      behaviour: behaviours[incarnation] ?? "",
    }),
    stopMessage: { kind: "stop" },
    isReady: ({ kind }) => kind === "ready",
    onMessage: (message) => messages.push(message),
    onGone: (incarnation) => gone.push(incarnation),
    codeCache: join(folder, "code-cache"),
    clock,
    log: silentLog,
  });
  supervisor.start();
  atEnd(scope, async () => {
    const stopped = supervisor.stop();
    clock.advance(10_000);
    await stopped;
    pids.forEach(killHard);
  });
  return {
    supervisor,
    clock,
    journal: () => readFileSync(journalPath, "utf8").split("\n").slice(0, -1),
    messages,
    gone,
    pid() {
      const { pid } = supervisor.health;
      assert.ok(pid !== null);
      pids.push(pid);
      return pid;
    },
  };
}

const runs = (kept: Kept): Promise<void> =>
  until("it runs", () => kept.supervisor.health.state === "running");

describe("a child that is kept", () => {
  it("stands back with its session when it is told to, also the next one, and else does not", async (t) => {
    const niceness = (pid: number): readonly (number | string)[] => {
      const group = existsSync(`/proc/${pid}/autogroup`)
        ? (/nice (-?\d+)/.exec(readFileSync(`/proc/${pid}/autogroup`, "utf8"))?.[1] ?? "")
        : String(getPriority(pid));
      return [getPriority(pid), group];
    };
    // The suite may run at a lower priority itself.
    const own = getPriority();
    const [usual, modest] = [await keep(t), await keep(t, [], ODD_CHILD, 10)];
    await runs(usual);
    await runs(modest);
    assert.deepEqual(
      [niceness(usual.pid()), niceness(modest.pid())],
      [
        [own, existsSync("/proc/self/autogroup") ? "0" : String(own)],
        [10, "10"],
      ],
    );
    killHard(modest.pid());
    await until("the first has gone", () => modest.gone.length === 1);
    await runs(modest);
    assert.deepEqual(niceness(modest.pid()), [10, "10"]);
  });

  it("is started again at once when it dies, and then ever more slowly", async (t) => {
    const kept = await keep(t, ["", "dies", "dies", "dies"]);
    await runs(kept);
    killHard(kept.pid());
    // The second is started at once; the third waits.
    await until("two have gone", () => kept.gone.length === 2);
    assert.deepEqual(
      [kept.supervisor.health.state, kept.supervisor.health.restarts, kept.supervisor.health.lastExit],
      ["waiting", 2, "exit code 3"],
    );
    for (const [waitMs, gone] of [
      [100, 3],
      [200, 4],
    ] as const) {
      kept.clock.advance(waitMs - 1);
      assert.equal(kept.supervisor.health.state, "waiting");
      kept.clock.advance(1);
      assert.equal(kept.supervisor.health.state, "starting");
      await until(`${gone} have gone`, () => kept.gone.length === gone);
    }
    kept.clock.advance(400);
    await runs(kept);
  });

  it("is started again at once when it has run for long", async (t) => {
    const kept = await keep(t);
    for (let i = 0; i < 3; i++) {
      await runs(kept);
      kept.clock.advance(10_001);
      killHard(kept.pid());
      await until("it has gone", () => kept.gone.length === i + 1);
      assert.equal(kept.supervisor.health.state, "starting");
    }
  });

  it("gets the descriptors that are for it, and no others", async (t) => {
    const kept = await keep(t);
    await runs(kept);
    const files = kept.messages[0]?.fds.filter((path) => path.startsWith("/tmp/")) ?? [];
    assert.deepEqual(
      files.map((path) => path.replace(/.*\//, "")),
      ["journal"],
    );
  });

  it("may lie in a folder with blanks and percent signs in its name", async (t) => {
    const folder = join(await temporaryFolder(t), "50% of it");
    mkdirSync(folder);
    cpSync(ODD_CHILD, join(folder, "odd-child.mts"));
    await runs(await keep(t, [], join(folder, "odd-child.mts")));
  });
});

describe("a planned change", () => {
  it("stops the old process when the new one works, and is done when the old one has ended", async (t) => {
    const kept = await keep(t);
    await runs(kept);
    const old = kept.pid();
    await kept.supervisor.replace();
    assert.deepEqual(kept.journal(), ["0 ready", "1 ready", "0 stop"]);
    assert.equal(isAlive(old), false);
    assert.notEqual(kept.pid(), old);
    assert.deepEqual([kept.supervisor.health.state, kept.supervisor.health.restarts], ["running", 0]);
  });

  it("leaves the old one in place when the new one dies", async (t) => {
    const kept = await keep(t, ["", "dies"]);
    await runs(kept);
    const old = kept.pid();
    await assert.rejects(kept.supervisor.replace(), /the new odd process exited before it was ready/);
    assert.deepEqual([kept.pid(), kept.supervisor.health.state], [old, "running"]);
    assert.equal(isAlive(old), true);
    await kept.supervisor.replace();
    assert.equal(isAlive(old), false);
  });

  it("goes on with the new one when the old one dies meanwhile", async (t) => {
    const kept = await keep(t);
    await runs(kept);
    const old = kept.pid();
    const replaced = kept.supervisor.replace();
    killHard(old);
    await replaced;
    assert.deepEqual(kept.journal(), ["0 ready", "1 ready"]);
    assert.equal(kept.supervisor.health.state, "running");
  });

  it("starts another when both die", async (t) => {
    const kept = await keep(t, ["", "dies"]);
    await runs(kept);
    const replaced = kept.supervisor.replace();
    killHard(kept.pid());
    await assert.rejects(replaced);
    await until("the old one has gone", () => kept.supervisor.health.state !== "running");
    kept.clock.advance(1_000);
    await runs(kept);
    assert.deepEqual(kept.journal(), ["0 ready", "1 dies", "2 ready"]);
  });

  it("is one change however often it is asked for", async (t) => {
    const kept = await keep(t);
    await runs(kept);
    await Promise.all([kept.supervisor.replace(), kept.supervisor.replace(), kept.supervisor.replace()]);
    assert.deepEqual(kept.journal(), ["0 ready", "1 ready", "0 stop"]);
  });

  it("to other settings does not join one that is under way, whose child has those from before", async (t) => {
    const kept = await keep(t);
    await runs(kept);
    await Promise.all([kept.supervisor.replace(), kept.supervisor.handOver()]);
    assert.equal(kept.supervisor.incarnation, 2);
    assert.deepEqual(kept.journal(), ["0 ready", "1 ready", "0 stop", "2 ready", "1 stop"]);
  });

  it("to other settings is done by the idle child, which needs no start", async (t) => {
    const kept = await keep(t, [], ODD_CHILD, 0, true);
    await runs(kept);
    kept.clock.advance(3_000);
    await kept.supervisor.handOver();
    await kept.supervisor.handOver();
    assert.deepEqual(kept.journal(), ["0 ready", "1 ready", "0 stop", "2 ready", "1 stop"]);
  });

  it("takes the place of a child that waits to be started", async (t) => {
    const kept = await keep(t, ["dies", "dies"]);
    await until("two have gone", () => kept.gone.length === 2);
    await kept.supervisor.replace();
    kept.clock.advance(10_000);
    await runs(kept);
    assert.deepEqual(kept.journal(), ["0 dies", "1 dies", "2 ready"]);
  });
});

describe("the end", () => {
  it("starts no child any more", async (t) => {
    const kept = await keep(t, ["dies", "dies"]);
    await until("two have gone", () => kept.gone.length === 2);
    await kept.supervisor.stop();
    kept.clock.advance(100_000);
    assert.deepEqual([kept.supervisor.health.state, kept.supervisor.health.pid], ["stopped", null]);
  });

  it("kills a child that ignores the stop message", async (t) => {
    const kept = await keep(t, ["stubborn"]);
    await runs(kept);
    const pid = kept.pid();
    const stopped = kept.supervisor.stop();
    await until("it was asked", () => kept.journal().includes("0 stop"));
    kept.clock.advance(2_999);
    assert.equal(isAlive(pid), true);
    kept.clock.advance(1);
    await stopped;
    assert.equal(isAlive(pid), false);
  });

  it("takes old and new alike in the middle of a planned change", async (t) => {
    const kept = await keep(t, ["stubborn"]);
    await runs(kept);
    const replaced = kept.supervisor.replace();
    await until("the old one was asked to go", () => kept.journal().includes("0 stop"));
    const stopped = kept.supervisor.stop();
    kept.clock.advance(3_000);
    await stopped;
    await replaced;
    assert.deepEqual(
      kept.gone.toSorted((a, b) => a - b),
      [0, 1],
    );
  });
});
