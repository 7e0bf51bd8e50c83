/** An order to a running fedns: through socket, supervisor and control; visible in /status; it survives the death of control. */
import assert from "node:assert/strict";
import { it } from "node:test";
import { startFedns } from "../../support/fedns.ts";
import { killHard } from "../../support/programs.ts";

it("a drain is obeyed, shown, and still there when control was killed", async (t) => {
  const clusters = [{ name: "us-west", kubeconfig: "./nothing.kubeconfig" }];
  const fedns = await startFedns(t, { settings: { clusters } });
  const target = { cluster: "us-west", service: null, address: null };
  const annotations = { isForced: false, by: "anna", reason: "new switches" };
  const order = { action: "drain", target, overMs: 0, ...annotations };
  assert.deepEqual(await fedns.command({ command: "order", order }), {
    ok: true,
    text: "us-west is drained",
    left: [],
  });
  const wrong = { ...order, target: { ...target, cluster: "us-wst" } };
  assert.deepEqual(await fedns.command({ command: "order", order: wrong }), {
    ok: false,
    error: "unknown cluster us-wst; did you mean us-west?",
    left: [],
  });
  const before = await fedns.status();
  assert.deepEqual([before.orders.orders.length, before.orders.orders[0].share], [1, 0]);
  killHard(before.processes.control.pid);
  let after = before;
  const deadlineMs = performance.now() + 10_000;
  while (after.orders === null || after.processes.control.pid === before.processes.control.pid) {
    assert.ok(performance.now() < deadlineMs, "no other control reports");
    after = await fedns.status();
  }
  assert.deepEqual(after.orders, before.orders);
  const { ok, status } = await fedns.command({ command: "status" });
  assert.deepEqual([ok, status.orders], [true, before.orders]);
});
