/** Services that an order would leave without any cluster. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { leftWithNothing, type Presence } from "../../../src/traffic/orders/left.ts";
import { Orders } from "../../../src/traffic/orders/orders.ts";

const author = { by: "", reason: null };
const presences: readonly Presence[] = [
  { service: "n/both", readyIn: ["a", "b"] },
  { service: "n/only-b", readyIn: ["b"] },
  { service: "n/only-a", readyIn: ["a"] },
  { service: "n/also-a", readyIn: ["a"] },
  { service: "n/nowhere", readyIn: [] },
];

function left(before: Orders, order: (orders: Orders) => void): string[] {
  const after = new Orders(before.list);
  order(after);
  return leftWithNothing(presences, before, after, 0);
}

const drain =
  (cluster: string, service: string | null = null) =>
  (orders: Orders): void =>
    void orders.drain({ cluster, service, address: null }, 60_000, 0, author);

describe("leftWithNothing", () => {
  it("names those that have only this cluster, in order, and none that had nothing before", () => {
    assert.deepEqual(left(new Orders(), drain("a")), ["n/also-a", "n/only-a"]);
  });

  it("counts a cluster that is being drained as gone", () => {
    const before = new Orders();
    drain("b")(before);
    assert.deepEqual(left(before, drain("a")), ["n/also-a", "n/both", "n/only-a"]);
  });

  it("treats the drain of one service unlike the drain of its cluster", () => {
    assert.deepEqual(left(new Orders(), drain("a", "n/only-a")), ["n/only-a"]);
    assert.deepEqual(left(new Orders(), drain("a", "n/both")), []);
  });

  it("counts clusters that are forced down as gone, and undrained ones as present", () => {
    const down = (orders: Orders): void =>
      void orders.force(
        { cluster: "b", service: null, address: null },
        { verdict: "down", forMs: 5 },
        0,
        author,
      );
    assert.deepEqual(left(new Orders(), down), ["n/only-b"]);
    const before = new Orders();
    drain("a")(before);
    assert.deepEqual(
      left(before, (orders) => void orders.undrain({ cluster: "a", service: null, address: null })),
      [],
    );
  });
});
