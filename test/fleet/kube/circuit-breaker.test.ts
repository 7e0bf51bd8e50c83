/** CircuitBreaker: one probe at a time while the server does not answer, all attempts when it is back. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { OperationalError } from "../../../src/kernel/error.ts";
import { CircuitBreaker, RETRY_MAX_MS } from "../../../src/fleet/kube/circuit-breaker.ts";
import { kubeErrorOf } from "../../../src/fleet/kube/kube-error.ts";
import { FakeClock } from "../../support/fake-clock.ts";

const forever = new AbortController().signal;
const away = (): Promise<never> => Promise.reject(new OperationalError("KUBE_UNREACHABLE", "away"));
const back = (): Promise<string> => Promise.resolve("hello");

async function openBreaker(clock: FakeClock, random: number): Promise<CircuitBreaker> {
  const breaker = new CircuitBreaker({ clock, random: () => random });
  await assert.rejects(breaker.run(forever, away), /away/);
  return breaker;
}

describe("CircuitBreaker", () => {
  it("lets one of ten loops try at a time, and all of them once it succeeds", async () => {
    const clock = new FakeClock();
    const breaker = await openBreaker(clock, 0.999);
    let isAway = true;
    let attempts = 0;
    let atOnce = 0;
    let most = 0;
    const loop = async (): Promise<string> => {
      for (;;) {
        try {
          return await breaker.run(forever, async () => {
            attempts += 1;
            atOnce += 1;
            most = Math.max(most, atOnce);
            await new Promise((resolve) => setImmediate(resolve));
            atOnce -= 1;
            return isAway ? away() : back();
          });
        } catch {
          // Repeats the attempt; the breaker sets the pace.
        }
      }
    };
    const loops = Promise.all(Array.from({ length: 10 }, loop));
    for (let passedMs = 0; passedMs < 60_000; passedMs += 100) await clock.advanceAsync(100);
    assert.equal(most, 1);
    assert.ok(attempts >= 60 && attempts <= 90, `${attempts} attempts in a minute`);
    isAway = false;
    const before = attempts;
    await clock.advanceAsync(RETRY_MAX_MS);
    assert.equal((await loops).length, 10);
    assert.equal(attempts - before, 10);
    assert.equal(clock.pendingTimers, 0);
  });

  it("waits at least as long as the server asks for", async () => {
    const clock = new FakeClock();
    const breaker = new CircuitBreaker({ clock, random: () => 0 });
    await assert.rejects(
      breaker.run(forever, () => Promise.reject(kubeErrorOf(503, { retryAfter: "7" }, null))),
    );
    let isThrough = false;
    const later = breaker.run(forever, back).then(() => (isThrough = true));
    await clock.advanceAsync(6_900);
    assert.equal(isThrough, false);
    await clock.advanceAsync(200);
    assert.equal(await later, true);
  });

  it("stays closed for an error about one resource", async () => {
    const breaker = new CircuitBreaker({ clock: new FakeClock(), random: () => 0 });
    await assert.rejects(breaker.run(forever, () => Promise.reject(kubeErrorOf(500, {}, null))));
    assert.equal(breaker.isClosed, true);
  });

  it("lets another attempt probe when the probe is aborted", async () => {
    const clock = new FakeClock();
    const breaker = await openBreaker(clock, 0);
    const abort = new AbortController();
    const hung = breaker.run(
      abort.signal,
      () =>
        new Promise((_resolve, reject) =>
          abort.signal.addEventListener("abort", () => reject(new Error("stop"))),
        ),
    );
    await clock.advanceAsync(10);
    let isThrough = false;
    const next = breaker.run(forever, back).finally(() => (isThrough = true));
    await clock.advanceAsync(60_000);
    assert.equal(isThrough, false, "one probe at a time, however long it takes");
    abort.abort();
    await assert.rejects(hung, /stop/);
    await clock.advanceAsync(RETRY_MAX_MS);
    assert.equal(await next, "hello");
  });

  it("ends a waiting attempt that is aborted", async () => {
    const clock = new FakeClock();
    const breaker = await openBreaker(clock, 0.999);
    const abort = new AbortController();
    const waiting = breaker.run(abort.signal, back);
    abort.abort(new Error("enough"));
    await assert.rejects(waiting, /enough/);
  });

  it("never pauses longer than RETRY_MAX_MS, and ends pauses for new credentials", async () => {
    const clock = new FakeClock();
    const breaker = new CircuitBreaker({ clock, random: () => 0.999 });
    for (let failures = 1; failures < 40; failures += 1) {
      let isAwake = false;
      const rest = breaker.backOff(forever, { failures, leastMs: null }).then(() => (isAwake = true));
      await clock.advanceAsync(RETRY_MAX_MS);
      assert.equal(isAwake, true);
      await rest;
    }
    const rest = breaker.backOff(forever, { failures: 9, leastMs: 30_000 });
    breaker.wake();
    await rest;
    assert.equal(clock.pendingTimers, 0);
  });
});
