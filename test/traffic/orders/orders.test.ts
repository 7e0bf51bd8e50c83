/** Orders in force: ramps, forces, precedence, and the time of the next change; time is a number here. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as fc from "fast-check";
import type { OrderTarget } from "../../../src/traffic/orders/order.ts";
import { ORDERS_MAX } from "../../../src/traffic/orders/order-index.ts";
import { Orders } from "../../../src/traffic/orders/orders.ts";

const author = { by: "anna", reason: null };
const T = 1_800_000_000_000;
const MINUTE = 60_000;

const at = (cluster: string, service: string | null = null, address: string | null = null): OrderTarget => ({
  cluster,
  service,
  address,
});

describe("a drain", () => {
  it("takes a cluster away at once, and nothing else", () => {
    const orders = new Orders();
    assert.deepEqual(orders.drain(at("a"), 0, T, author), { isChanged: true, text: "a is drained" });
    assert.deepEqual([orders.shareOf("a", null, T), orders.shareOf("a", "n/s", T)], [0, 0]);
    assert.deepEqual([orders.shareOf("b", null, T), orders.shareOf("b", "n/s", T)], [255, 255]);
    assert.equal(orders.nextChangeMs(T), null);
  });

  for (const [elapsed, share] of [
    [-MINUTE, 255],
    [0, 255],
    [1, 255],
    [MINUTE, 230],
    [5 * MINUTE, 128],
    [9 * MINUTE, 26],
    [10 * MINUTE - 1, 1],
    [10 * MINUTE, 0],
    [1000 * MINUTE, 0],
  ] as const) {
    it(`over ten minutes leaves ${share} of 255 after ${elapsed} ms`, () => {
      const orders = new Orders();
      orders.drain(at("a"), 10 * MINUTE, T, author);
      assert.equal(orders.shareOf("a", null, T + elapsed), share);
    });
  }

  it("of a service leaves the cluster alone; of both, the lesser share holds", () => {
    const orders = new Orders();
    orders.drain(at("a", "n/s"), 10 * MINUTE, T, author);
    assert.deepEqual(
      [orders.shareOf("a", null, T + 5 * MINUTE), orders.shareOf("a", "n/s", T + 5 * MINUTE)],
      [255, 128],
    );
    assert.equal(orders.shareOf("a", "n/other", T + 5 * MINUTE), 255);
    orders.drain(at("a"), 20 * MINUTE, T, author);
    assert.deepEqual(
      [orders.shareOf("a", null, T + 5 * MINUTE), orders.shareOf("a", "n/s", T + 5 * MINUTE)],
      [192, 128],
    );
    assert.equal(orders.ownShareOf("a", "n/s", T + 5 * MINUTE), 128);
    assert.equal(orders.ownShareOf("a", "n/other", T + 5 * MINUTE), 255);
  });

  it("given twice goes on unchanged; given with another duration, it goes on from the share that is left", () => {
    const orders = new Orders();
    orders.drain(at("a"), 10 * MINUTE, T, author);
    assert.deepEqual(orders.drain(at("a"), 10 * MINUTE, T + 5 * MINUTE, author), {
      isChanged: false,
      text: "a is being drained already, 50 % left",
    });
    orders.drain(at("a"), 20 * MINUTE, T + 5 * MINUTE, author);
    assert.deepEqual(
      [5, 15, 25].map((minutes) => orders.shareOf("a", null, T + minutes * MINUTE)),
      [128, 64, 0],
    );
    assert.equal(orders.drain(at("a"), 0, T + 6 * MINUTE, author).isChanged, true);
    assert.equal(orders.shareOf("a", null, T + 6 * MINUTE), 0);
    assert.deepEqual(orders.drain(at("a"), MINUTE, T + 7 * MINUTE, author), {
      isChanged: false,
      text: "a is drained already",
    });
    assert.equal(orders.list.length, 1);
  });

  it("that is complete stays complete when the clock is set back", () => {
    const orders = new Orders();
    orders.drain(at("a"), 10 * MINUTE, T, author);
    assert.deepEqual(orders.tick(T + 9 * MINUTE), []);
    assert.equal(orders.tick(T + 10 * MINUTE).length, 1);
    assert.equal(orders.shareOf("a", null, T - 60 * MINUTE), 0);
    assert.deepEqual(orders.tick(T + 11 * MINUTE), []);
  });

  it("ends at once, and the reply says so when there is none", () => {
    const orders = new Orders();
    orders.drain(at("a"), 0, T, author);
    orders.drain(at("a", "n/s"), 0, T, author);
    assert.deepEqual(orders.undrain(at("a")), {
      isChanged: true,
      text: "a is not drained any more; still drained: n/s in a",
    });
    assert.deepEqual([orders.shareOf("a", null, T), orders.shareOf("a", "n/s", T)], [255, 0]);
    assert.equal(orders.undrain(at("a", "n/s")).text, "n/s in a is not drained any more");
    assert.deepEqual(orders.undrain(at("a")), { isChanged: false, text: "a is not drained: nothing to do" });
    assert.equal(orders.list.length, 0);
  });
});

describe("a force", () => {
  it("down takes the share away; up does not give back what is drained", () => {
    const orders = new Orders();
    orders.force(at("a"), { verdict: "down", forMs: null }, T, author);
    assert.deepEqual([orders.forceOf("a", "n/s", T), orders.shareOf("a", "n/s", T)], ["down", 0]);
    orders.force(at("a"), { verdict: "up", forMs: null }, T, author);
    assert.deepEqual([orders.forceOf("a", null, T), orders.shareOf("a", null, T)], ["up", 255]);
    assert.equal(orders.list.length, 1);
    orders.drain(at("a"), 0, T, author);
    assert.equal(orders.shareOf("a", null, T), 0);
    assert.equal(
      orders.force(at("a"), { verdict: "up", forMs: null }, T, author).text,
      "a is forced up; but it is drained, and that holds",
    );
  });

  it("applies to its target: a service, an address of it, or that address of all services", () => {
    const orders = new Orders();
    orders.force(at("a", "n/s"), { verdict: "up", forMs: null }, T, author);
    orders.force(at("a", "n/s", "192.0.2.1"), { verdict: "down", forMs: null }, T, author);
    orders.force(at("a", null, "192.0.2.9"), { verdict: "down", forMs: null }, T, author);
    assert.equal(orders.forceOf("a", null, T), null);
    assert.equal(orders.forceOf("a", "n/s", T), "up");
    assert.equal(orders.forceOf("a", "n/s", T, "192.0.2.1"), "down");
    assert.equal(orders.forceOf("a", "n/s", T, "192.0.2.2"), "up");
    assert.equal(orders.forceOf("a", "n/other", T, "192.0.2.9"), "down");
    assert.equal(orders.forceOf("b", "n/s", T, "192.0.2.1"), null);
    assert.deepEqual([orders.shareOf("a", null, T), orders.shareOf("a", "n/s", T)], [255, 255]);
    assert.equal(orders.targetsIn("a").length, 3);
  });

  it("down wins over up at every level, and the reply to up says so", () => {
    const orders = new Orders();
    orders.force(at("a"), { verdict: "down", forMs: null }, T, author);
    const { text } = orders.force(at("a", "n/s"), { verdict: "up", forMs: null }, T, author);
    assert.equal(text, "n/s in a is forced up; but a wider order forces it down, and that wins");
    assert.equal(orders.forceOf("a", "n/s", T), "down");
  });

  it("ends at its time, and is forgotten then", () => {
    const orders = new Orders();
    orders.force(at("a"), { verdict: "down", forMs: 60 * MINUTE }, T, author);
    const end = T + 60 * MINUTE;
    assert.equal(orders.nextChangeMs(T), end);
    assert.deepEqual([orders.forceOf("a", null, end - 1), orders.forceOf("a", null, end)], ["down", null]);
    assert.deepEqual(orders.tick(end - 1), []);
    assert.equal(orders.tick(end).length, 1);
    assert.deepEqual([orders.list, orders.nextChangeMs(end)], [[], null]);
  });

  it("is cleared, and the reply says so when there is none", () => {
    const orders = new Orders();
    orders.force(at("a"), { verdict: "up", forMs: null }, T, author);
    assert.equal(orders.unforce(at("a")).text, "a is not forced up any more");
    assert.deepEqual(orders.unforce(at("a")), {
      isChanged: false,
      text: "nothing is forced for a: nothing to do",
    });
  });
});

describe("nextChangeMs", () => {
  it("steps through a ramp: every share in turn, at most 256 steps, at least 250 ms apart", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 10_000_000 }), fc.nat(1_000_000), (overMs, startMs) => {
        const orders = new Orders();
        orders.drain(at("a"), overMs, T + startMs, author);
        const fewest = Math.min(overMs, 250);
        let now = T + startMs;
        let wakes = 0;
        for (let next = orders.nextChangeMs(now); next !== null; next = orders.nextChangeMs(now)) {
          assert.ok(next - now >= fewest || next === T + startMs + overMs, `${next - now} ms`);
          const [before, after] = [orders.shareOf("a", null, now), orders.shareOf("a", null, next)];
          assert.ok(after <= before && (before - after <= 2 || next - now <= 250));
          now = next;
          wakes++;
        }
        assert.equal(orders.shareOf("a", null, now), 0);
        assert.ok(wakes <= 256, `${wakes} wakes`);
      }),
      { numRuns: 100 },
    );
  });

  it("is the earliest of all orders", () => {
    const orders = new Orders();
    orders.force(at("a"), { verdict: "up", forMs: 1000 }, T, author);
    orders.drain(at("b"), 255 * MINUTE, T, author);
    assert.equal(orders.nextChangeMs(T), T + 1000);
    assert.equal(orders.nextChangeMs(T + 1000), T + MINUTE);
  });
});

describe("isWanted", () => {
  it("is false from the first moment of a drain on", () => {
    const orders = new Orders();
    orders.drain(at("a", "n/s"), 60 * MINUTE, T, author);
    assert.deepEqual([orders.isWanted("a", "n/s", T), orders.isWanted("a", "n/t", T)], [false, true]);
    orders.force(at("b"), { verdict: "down", forMs: null }, T, author);
    assert.equal(orders.isWanted("b", "n/s", T), false);
  });
});

it("for any orders, shares are whole numbers from 0 to 255, and the list is bounded", () => {
  const target = fc.record({
    cluster: fc.constantFrom("a", "b"),
    service: fc.constantFrom(null, "n/s"),
    address: fc.constant(null),
  });
  const action = fc.tuple(fc.nat(4), target, fc.nat(100_000), fc.nat(50_000));
  fc.assert(
    fc.property(fc.array(action), (actions) => {
      const orders = new Orders();
      let now = T;
      for (const [what, to, overMs, passMs] of actions) {
        if (what === 0) orders.drain(to, overMs, now, author);
        if (what === 1) orders.undrain(to);
        if (what === 2) orders.force(to, { verdict: "up", forMs: overMs + 1 }, now, author);
        if (what === 3) orders.force(to, { verdict: "down", forMs: null }, now, author);
        if (what === 4) orders.unforce(to);
        now += passMs;
        orders.tick(now);
        for (const cluster of ["a", "b"]) {
          const [whole, part] = [orders.shareOf(cluster, null, now), orders.shareOf(cluster, "n/s", now)];
          assert.ok(
            Number.isInteger(whole) && Number.isInteger(part) && part >= 0 && part <= whole && whole <= 255,
          );
        }
      }
      assert.ok(orders.list.length <= 8);
    }),
  );
  const orders = new Orders();
  for (let i = 0; i < ORDERS_MAX + 5; i++) orders.drain(at(`c${i}`), 0, T, author);
  assert.deepEqual([orders.list.length, orders.isFull], [ORDERS_MAX, true]);
});
