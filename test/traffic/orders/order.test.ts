/** Orders in requests and in a file: valid ones are read in full, all others are refused. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as fc from "fast-check";
import { parseRequest, readOrders, targetText, writeOrders } from "../../../src/traffic/orders/order.ts";
import { Orders } from "../../../src/traffic/orders/orders.ts";

const target = { cluster: "us-west", service: "demo/hello", address: null };
const drain = { action: "drain", target, overMs: 5, isForced: false, by: "anna", reason: "disk" };
const force = { action: "force", target, verdict: "up", forMs: null, isForced: false, by: "", reason: null };

describe("parseRequest", () => {
  for (const request of [
    drain,
    force,
    { action: "undrain", target: { ...target, service: null } },
    { ...force, target: { ...target, address: "192.0.2.1" }, verdict: "none" },
  ])
    it(`takes ${request.action}`, () => assert.deepEqual(parseRequest(request), { request }));

  for (const [claim, request] of [
    ["nothing", undefined],
    ["an unknown action", { ...drain, action: "stop" }],
    ["a service without a namespace", { ...drain, target: { ...target, service: "hello" } }],
    ["a cluster that is empty", { ...drain, target: { ...target, cluster: "" } }],
    ["a cluster with a control character", { ...drain, target: { ...target, cluster: "a\u001b[2J" } }],
    ["a drain of one address", { ...drain, target: { ...target, address: "192.0.2.1" } }],
    ["a drain over a negative time", { ...drain, overMs: -1 }],
    ["a drain over two years", { ...drain, overMs: 2 * 366 * 86_400_000 }],
    ["a force for no time", { ...force, forMs: 0 }],
    ["a reason of two lines", { ...drain, reason: "a\nb" }],
    ["a reason as long as a page", { ...drain, reason: "x".repeat(257) }],
    ["a drain without an author", { ...drain, by: undefined }],
  ] as const) {
    it(`refuses ${claim}`, () => {
      const result = parseRequest(request);
      assert.ok("wrong" in result && result.wrong.startsWith("an order's "), JSON.stringify(result));
    });
  }

  it("never throws", () => {
    fc.assert(fc.property(fc.anything(), (raw) => void parseRequest(raw)));
  });
});

describe("readOrders", () => {
  const orders = new Orders();
  orders.drain({ ...target, service: null }, 60_000, 1000, { by: "anna", reason: "disk" });
  orders.force({ ...target, address: "192.0.2.1" }, { verdict: "down", forMs: 5 }, 1000, {
    by: "",
    reason: null,
  });
  const text = writeOrders(orders.list);

  it("gives back what was written", () => {
    assert.deepEqual(readOrders(JSON.parse(text), 10), { orders: orders.list, problem: null });
  });

  it("keeps the valid orders beside invalid ones, and counts those that are lost", () => {
    const file = { version: 1, orders: [{}, ...orders.list, { ...orders.list[0], sinceMs: 2 ** 60 }] };
    const read = readOrders(file, 10);
    assert.deepEqual(read.orders, orders.list);
    assert.equal(read.problem, "2 of its orders are invalid and are ignored");
    assert.equal(readOrders(file, 2).orders.length, 1);
  });

  for (const raw of [null, [], {}, { version: 2, orders: [] }, { version: 1 }])
    it(`refuses ${JSON.stringify(raw)} as a whole`, () =>
      assert.deepEqual(readOrders(raw, 10), {
        orders: [],
        problem: "not a file of orders (version 1)",
      }));

  it("never throws, and orders that it accepts can be written and read again", () => {
    const near = fc.record({ version: fc.constant(1), orders: fc.array(fc.anything()) });
    fc.assert(
      fc.property(fc.oneof(fc.anything(), near), (raw) => {
        const read = readOrders(raw, 10).orders;
        assert.deepEqual(readOrders(JSON.parse(writeOrders(read)), 10).orders, read);
      }),
    );
  });
});

it("targetText names cluster, service and address", () => {
  assert.equal(targetText({ cluster: "a", service: null, address: null }), "a");
  assert.equal(targetText({ cluster: "a", service: "n/s", address: null }), "n/s in a");
  assert.equal(targetText({ cluster: "a", service: "n/s", address: "::1" }), "::1 of n/s in a");
});
