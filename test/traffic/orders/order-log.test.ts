/** The log of orders: who reads it later sees what was asked, not only that something was. */
import assert from "node:assert/strict";
import { it } from "node:test";
import { type LogFields, silentLog } from "../../../src/kernel/log.ts";
import { OrderStore } from "../../../src/traffic/orders/order-store.ts";
import { FakeClock } from "../../support/fake-clock.ts";

it("an order is one line of the log that says what was asked, of whom, for how long", () => {
  const lines: LogFields[] = [];
  const store = new OrderStore({
    path: null,
    clusters: () => ["us-west", "eu-central"],
    services: () => [],
    onChange: () => undefined,
    log: {
      ...silentLog,
      warn: (fields, message) => void (message === "order obeyed" && lines.push(fields)),
    },
    clock: new FakeClock(),
  });
  const force = {
    action: "force",
    target: { cluster: "us-west", service: null, address: null },
    by: "anna",
    reason: null,
  } as const;
  store.obey({ ...force, verdict: "down", forMs: 600_000, isForced: true });
  store.obey({ ...force, verdict: "up", forMs: null, isForced: false });
  store.obey({ ...force, verdict: "none", forMs: null, isForced: false });
  store.obey({
    action: "drain",
    target: { cluster: "eu-central", service: null, address: null },
    overMs: 90_000,
    isForced: true,
    by: "anna",
    reason: "new switches",
  });
  const anna = { target: "us-west", by: "anna", reason: null };
  assert.deepEqual(lines, [
    { action: "force", verdict: "down", forSeconds: 600, isForced: true, ...anna },
    { action: "force", verdict: "up", ...anna },
    { action: "force", verdict: "none", ...anna },
    {
      action: "drain",
      overSeconds: 90,
      isForced: true,
      target: "eu-central",
      by: "anna",
      reason: "new switches",
    },
  ]);
});
