/** Processes that die: clients do not notice the death of control, serve is back at once, and no child outlives the supervisor. */
import assert from "node:assert/strict";
import { renameSync } from "node:fs";
import { join } from "node:path";
import { before, describe, it } from "node:test";
import { startFedns } from "../../support/fedns.ts";
import { startLoad } from "../../support/load.ts";
import { isAlive, killHard, run, suiteScope } from "../../support/programs.ts";
import { until } from "../../support/until.ts";
import { SCALE } from "../../suite/scale.ts";
import {
  addresses,
  addressesOnRetry,
  eventually,
  HELLO,
  HELLO_ADDRESSES,
  pidOf,
  putService,
  SETTINGS,
  startWhole,
  type Whole,
} from "./whole.ts";

/** A fraction of a second on an idle machine; other tests run beside this one. */
const GONE_WITHIN_MS = 10_000;

describe("kill -9", () => {
  const scope = suiteScope();
  let whole: Whole;
  before(async () => {
    whole = await startWhole(scope);
  });

  it("of control, again and again at any moment, loses no answer and no change", async (t) => {
    const { fedns, clusters, client } = whole;
    const rate = SCALE.queriesPerSecond;
    const load = await startLoad(t, { port: fedns.port, name: HELLO, rate });
    const killed = new Set<number>();
    for (let round = 0; round < SCALE.kills; round++) {
      const pid = await pidOf(fedns, "control");
      killHard(pid);
      killed.add(pid);
      // A change while control is down, and then another kill at a moment that differs from round to round.
      putService(clusters, `made-${round}`, `198.18.0.${round + 1}`);
      const asked = load.sent();
      await until("control is back", () => load.sent() > asked + rate * (0.15 + 0.25 * (round % 4)), 10_000);
    }
    const tookMs = await eventually(
      client,
      `made-${SCALE.kills - 1}.demo.myfed.svc.us-west.example.com`,
      (data) => data[0] === `198.18.0.${SCALE.kills}`,
    );
    t.diagnostic(`the change was answered ${Math.round(tookMs)} ms after the last blow was waited out`);
    for (let round = 0; round < SCALE.kills; round++) {
      const made = `made-${round}.demo.myfed.svc.us-west.example.com`;
      await eventually(client, made, (data) => data[0] === `198.18.0.${round + 1}`);
    }
    assert.deepEqual(await addresses(client), HELLO_ADDRESSES);
    assert.equal(await load.finish(), 0, "queries without an answer");
    assert.deepEqual(Object.keys(load.rcodes), ["0"]);
    t.diagnostic(`${load.sent()} queries, the slowest ${Math.round(load.slowestMs())} ms`);
    assert.ok(killed.size >= 2);
  });

  it("of control, after a fresh picture is in place and before it is announced, leaves no reader on the old one", async () => {
    const { fedns, clusters, client } = whole;
    const picture = join(fedns.directory, "state", "picture");
    // What a control process that dies there leaves: a whole file in place of the one that is read.
    assert.equal((await run("cp", ["--sparse=always", picture, `${picture}.new`])).code, 0);
    renameSync(`${picture}.new`, picture);
    killHard(await pidOf(fedns, "control"));
    putService(clusters, "later", "198.18.1.1");
    await eventually(client, "later.demo.myfed.svc.us-west.example.com", (data) => data[0] === "198.18.1.1");
  });

  it("of serve is over at once, from the same picture, with every API server away", async (t) => {
    const { fedns, clusters, client } = whole;
    await clusters.takeAway();
    const times: number[] = [];
    for (let round = 0; round < SCALE.kills; round++) {
      const pid = await pidOf(fedns, "serve");
      killHard(pid);
      await until("it is dead", () => !isAlive(pid));
      const startMs = performance.now();
      assert.deepEqual(await addressesOnRetry(client, 10_000), HELLO_ADDRESSES);
      times.push(performance.now() - startMs);
      await until(
        "a new one is there",
        () => fedns.log.filter(({ child }) => child === "serve").length === round + 1,
      );
    }
    t.diagnostic(`answered again after ${times.map(Math.round).join(", ")} ms`);
    assert.ok(Math.min(...times) < 1_000, times.join());
    let status = await fedns.status();
    while (status.processes.serve.state !== "running") status = await fedns.status();
    assert.deepEqual(
      [status.processes.serve.lastExit, status.problem, status.ready],
      ["SIGKILL", null, true],
    );
  });

  it("of the supervisor ends the children soon, under load too, and frees the ports", async (t) => {
    const { fedns, clusters } = whole;
    const load = await startLoad(t, { port: fedns.port, name: HELLO, rate: 10_000 });
    await until("queries flow", () => load.answered() > 500);
    const pids = [await pidOf(fedns, "serve"), await pidOf(fedns, "control")];
    fedns.signal("SIGKILL");
    assert.equal(await fedns.exited, "SIGKILL");
    const startMs = performance.now();
    await until("the children are gone", () => !pids.some(isAlive), GONE_WITHIN_MS);
    t.diagnostic(`gone after ${Math.round(performance.now() - startMs)} ms`);
    await load.finish(0);
    const again = await startFedns(t, {
      directory: fedns.directory,
      settings: { ...SETTINGS, clusters: clusters.settings, listen: [...fedns.listen] },
    });
    assert.deepEqual(again.listen, fedns.listen);
  });
});
