/** A process that hangs is noticed by its heartbeat, and killed after a bound. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { silentLog } from "../../../src/kernel/log.ts";
import { Header } from "../../../src/picture/format/layout.ts";
import { commitBeats } from "../../../src/run/supervise/liveness.ts";
import { Watchdog } from "../../../src/run/supervise/watchdog.ts";
import { FakeClock } from "../../support/fake-clock.ts";
import { newPicture } from "../../support/picture.ts";

function rig(boundMs: number = 5_000) {
  const clock = new FakeClock();
  const beats = new Map([
    ["worker 1", 0],
    ["worker 2", 0],
  ]);
  const state = { kills: 0, isMoving: true };
  const watched = {
    name: "serve",
    what: "a worker",
    boundMs,
    beats: () => new Map(beats),
    isNeededToAnswer: true,
    kill: () => void state.kills++,
  };
  const watchdog = new Watchdog([watched], clock, silentLog);
  /** A second passes; workers move unless they are stopped. */
  const pass = (seconds: number, stopped: readonly string[] = []): void => {
    for (let i = 0; i < seconds; i++) {
      clock.advance(1_000);
      for (const [name, beat] of beats) if (!stopped.includes(name)) beats.set(name, beat + 1);
      watchdog.check();
    }
  };
  return { clock, beats, state, watchdog, pass };
}

describe("a process whose heartbeats rise", () => {
  it("is left alone for as long as it runs", () => {
    const { state, watchdog, pass } = rig();
    pass(600);
    assert.deepEqual([state.kills, watchdog.unresponsive], [0, []]);
  });

  it("is left alone when nothing runs that could move", () => {
    const { state, beats, pass } = rig();
    beats.clear();
    pass(60);
    assert.equal(state.kills, 0);
  });
});

describe("a process with one worker that stands still", () => {
  it("is reported within three seconds, and killed after its bound, once", () => {
    const { state, watchdog, pass } = rig();
    pass(2);
    pass(3, ["worker 2"]);
    assert.deepEqual([watchdog.unresponsive, state.kills], [["serve"], 0]);
    pass(2, ["worker 2"]);
    assert.equal(state.kills, 1);
    pass(3, ["worker 2"]);
    assert.equal(state.kills, 1, "it gets its whole time again");
  });

  it("is not killed when it moves again in time", () => {
    const { state, watchdog, pass } = rig();
    pass(4, ["worker 1"]);
    pass(1);
    assert.deepEqual([state.kills, watchdog.unresponsive], [0, []]);
  });
});

it("a writer that stops in the middle of a commit is killed long before its heartbeat would be missed, and only for that", () => {
  const clock = new FakeClock();
  const { memory } = newPicture();
  const kills: string[] = [];
  const common = {
    name: "control",
    what: "it",
    isNeededToAnswer: true,
    kill: (): void => void kills.push("control"),
  };
  const watched = [
    { ...common, boundMs: 30_000, beats: () => new Map([["1", 0]]) },
    { ...common, boundMs: 3_000, beats: () => commitBeats(memory) },
  ];
  const watchdog = new Watchdog(watched, clock, silentLog);
  const serials = (next: (serial: number) => number): void => {
    for (let i = 0; i < 5; i++) {
      memory.u32[Header.Serial] = next(memory.u32[Header.Serial] as number);
      clock.advance(1_000);
      watchdog.check();
    }
  };
  serials((serial) => serial + 2);
  assert.deepEqual(kills, [], "commits that end");
  memory.u32[Header.Serial] = 101;
  serials((serial) => serial + 2);
  assert.deepEqual(kills, [], "each look finds another commit under way");
  serials((serial) => serial);
  assert.deepEqual(kills, ["control"]);
  assert.deepEqual(watchdog.unresponsive, ["control"]);
});

it("after a suspend of the whole machine no process is killed for the time that passed", () => {
  const { clock, state, watchdog, pass } = rig();
  pass(2);
  clock.advance(3_600_000);
  watchdog.check();
  assert.deepEqual([state.kills, watchdog.unresponsive], [0, []]);
  pass(5);
  assert.equal(state.kills, 0);
});
