/** Owners in turn: as a plain model does it, and without passing what was taken before. */
import { deepEqual, equal } from "node:assert/strict";
import { describe, it } from "node:test";
import * as fc from "fast-check";
import { FairQueue } from "../../../src/kernel/fair/fair-queue.ts";
import { FairSlots } from "../../../src/kernel/fair/fair-slots.ts";

describe("FairQueue", () => {
  it("takes owners in turn, and the items of each in their order, as a list of lists does", () => {
    const owner = fc.constantFrom("a", "b", "c");
    const step = fc.tuple(
      fc.constantFrom("add", "delete", "take", "takeOf", "hold", "release"),
      owner,
      fc.nat(6),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const queue = new FairQueue<number>();
        let model: { owner: string; items: number[] }[] = [];
        const held = new Set<string>();
        for (const [what, one, item] of steps) {
          const known = model.find((entry) => entry.owner === one);
          if (what === "add") {
            queue.add(one, item);
            if (known === undefined) model.push({ owner: one, items: [item] });
            else if (!known.items.includes(item)) known.items.push(item);
          } else if (what === "delete") {
            equal(queue.delete(one, item), known?.items.includes(item) ?? false);
            if (known !== undefined) known.items = known.items.filter((other) => other !== item);
          } else if (what === "takeOf") equal(queue.takeOf(one)?.item, known?.items.shift());
          else if (what === "hold") {
            queue.hold(one);
            held.add(one);
          } else if (what === "release") {
            queue.release(one);
            // A released owner comes last.
            if (held.delete(one) && known !== undefined)
              model = [...model.filter((entry) => entry !== known), known];
          } else {
            const next = model.find((entry) => !held.has(entry.owner));
            deepEqual(
              queue.take(),
              next === undefined ? null : { owner: next.owner, item: next.items.shift() },
            );
            if (next !== undefined) model = [...model.filter((entry) => entry !== next), next];
          }
          model = model.filter(({ items }) => items.length > 0);
          equal(
            queue.size,
            model.reduce((sum, { items }) => sum + items.length, 0),
          );
        }
      }),
    );
  });
});

describe("FairSlots", () => {
  /** Eight slots: one for each of its own, the others shared. */
  function slots(own: number): { readonly all: FairSlots<string>; readonly started: string[] } {
    const started: string[] = [];
    const all: FairSlots<string> = new FairSlots({
      own,
      mayBorrow: () => all.borrowed < 8 - own,
      start: (item) => started.push(item),
    });
    return { all, started };
  }

  it("gives one owner all slots, and another its own at once", () => {
    const { all, started } = slots(1);
    for (let i = 0; i < 100; i++) all.add("greedy", `g${i}`);
    equal(started.length, 8);
    all.add("calm", "c1");
    all.add("calm", "c2");
    deepEqual(started.slice(8), ["c1"]);
    all.ended("calm");
    all.fill();
    deepEqual(started.slice(9), ["c2"]);
  });

  it("gives shared slots in turn", () => {
    const { all, started } = slots(0);
    for (let i = 0; i < 100; i++) all.add("greedy", `g${i}`);
    for (let i = 0; i < 4; i++) all.add("calm", `c${i}`);
    for (let i = 0; i < 4; i++) all.ended("greedy");
    all.fill();
    deepEqual(started.slice(8), ["g8", "c0", "g9", "c1"]);
  });

  it("counts again what is shared when the slots of each become more", () => {
    const { all, started } = slots(0);
    for (let i = 0; i < 100; i++) all.add("greedy", `g${i}`);
    all.add("calm", "c0");
    all.setOwn(2);
    deepEqual([all.borrowed, started.at(-1)], [6, "c0"]);
    for (let i = 0; i < 8; i++) all.ended("greedy");
    all.fill();
    equal(all.running, all.borrowed + 3);
  });
});
