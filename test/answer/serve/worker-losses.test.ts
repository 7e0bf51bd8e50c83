/** Workers that are lost again and again, and sockets that only fail: neither spins. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { WorkerLosses } from "../../../src/answer/serve/worker-losses.ts";
import { ReceiveFailures } from "../../../src/answer/sockets/receive-failures.ts";

describe("a worker that is lost", () => {
  it("after a long life is replaced at once", () => {
    const losses = new WorkerLosses(true);
    for (let i = 0; i < 50; i++) {
      assert.equal(losses.note(60_000, "batched"), "again");
      assert.equal(losses.delayMs, 0);
    }
  });

  it("right after it got ready is replaced later each time, then the process gives up", () => {
    const losses = new WorkerLosses(false);
    const steps = Array.from({ length: 6 }, () => [losses.note(5, "batched"), losses.delayMs]);
    assert.deepEqual(
      steps.map(([step]) => step),
      ["again", "again", "again", "again", "again", "give up"],
    );
    assert.deepEqual(
      steps.map(([, delay]) => delay),
      [0, 50, 100, 200, 400, 800],
    );
  });

  it("three times with the batched engine goes on with the other one, where the settings allow it", () => {
    const losses = new WorkerLosses(true);
    assert.deepEqual(
      [1, 2, 3].map(() => losses.note(5, "batched")),
      ["again", "again", "change engine"],
    );
    assert.equal(losses.note(5, "dgram"), "again");
  });
});

describe("recvmmsg that fails", () => {
  it("for want of datagrams costs nothing, however often", () => {
    const pauses: number[] = [];
    const failures = new ReceiveFailures((ms) => pauses.push(ms));
    for (let i = 0; i < 10_000; i++) failures.onFailure("EAGAIN");
    assert.deepEqual(pauses, []);
  });

  it("with EPERM for ever is slowed down, and leaves with that name", () => {
    const pauses: number[] = [];
    const failures = new ReceiveFailures((ms) => pauses.push(ms));
    assert.throws(() => {
      for (;;) failures.onFailure("EPERM");
    }, /200 times in a row: EPERM/);
    assert.equal(pauses.length, 100);
  });

  it("now and then, with successes between, goes on", () => {
    const failures = new ReceiveFailures(() => assert.fail("a pause"));
    for (let i = 0; i < 1_000; i++) {
      failures.onFailure("ECONNREFUSED");
      failures.onSuccess();
    }
  });

  it("because the socket is no socket leaves at once", () => {
    const failures = new ReceiveFailures(() => undefined);
    assert.throws(() => failures.onFailure("EBADF"), /EBADF/);
    assert.throws(() => failures.onFailure("ENOSYS"), /ENOSYS/);
  });
});
