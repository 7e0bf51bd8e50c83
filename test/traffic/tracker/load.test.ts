/** Thousands of targets on one core: what a probe costs, on real sockets, with time run by hand. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { silentLog } from "../../../src/kernel/log.ts";
import { HealthTracker } from "../../../src/traffic/tracker/health-tracker.ts";
import { createProber } from "../../../src/traffic/probe/prober.ts";
import { FakeClock } from "../../support/fake-clock.ts";
import { until } from "../../support/until.ts";
import { endpoint, spec } from "./rig.ts";
import { silent, startServer } from "../probe/servers.ts";

const targets = 5000;
const intervalMs = 10_000;
/** At 500 probes a second one whole core. Measured on a quiet machine: 160, the server's part in it. */
const mostMicroseconds = 2000;

describe("five thousand TCP targets at ten seconds", () => {
  it("take a part of one core, and no more sockets than they may", async (t) => {
    const server = await startServer(silent());
    const clock = new FakeClock();
    const probe = createProber({ denialOf: () => null });
    let open = 0;
    let most = 0;
    let done = 0;
    let next = 0;
    const tracker = await HealthTracker.open({
      clock,
      random: () => (next = (next + 0.618_034) % 1),
      log: silentLog,
      path: null,
      settings: { guardShare: 0.7, concurrency: 64, probesPerAddress: 20 },
      onChange: () => undefined,
      // All are the one server; what differs is only what the tracker believes.
      prober: async (question, _, signal) => {
        open += 1;
        most = Math.max(most, open);
        const outcome = await probe(question, "127.0.0.1", signal);
        done += 1;
        // The server shares our event loop: left behind, its queue overflows, and then the system waits a second.
        while (server.counts.accepted < done) await new Promise((resolve) => setImmediate(resolve));
        open -= 1;
        return outcome;
      },
    });
    const question = spec({}, `tcp://:${server.port}`);
    for (let i = 0; i < targets; i++) {
      const address = `10.${i >> 8}.${i & 255}.1`;
      tracker.watch(address, endpoint(`c${i % 50}`, address, { probe: question }));
    }
    const before = process.cpuUsage();
    for (let elapsedMs = 0; elapsedMs < intervalMs; elapsedMs += 1000) {
      clock.advance(1000);
      const isIdle = (): boolean => tracker.status().running + tracker.status().waiting === 0;
      await until("the probes of a second are over", isIdle, 30_000);
    }
    const { user, system } = process.cpuUsage(before);
    const microseconds = (user + system) / done;
    assert.ok(done >= targets, `${done} probes`);
    assert.equal(tracker.status().up, targets);
    assert.ok(most <= 64, `${most} at once`);
    assert.ok(microseconds < mostMicroseconds, `${microseconds.toFixed(0)} µs a probe`);
    await tracker.close();
    await server.close();
    t.diagnostic(`${microseconds.toFixed(0)} µs of CPU a TCP probe, the server's part in it`);
  });
});
