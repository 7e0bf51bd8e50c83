/** Changes of one cluster in a turn of the event loop: so many at most, whatever waits; those of another are not counted with them. */
import { deepEqual, equal, ok } from "node:assert/strict";
import { it } from "node:test";
import { TurnBudget } from "../../../src/fleet/kube/turn-budget.ts";

/** As a watch does: takes so many changes, and tells after each of them. */
async function take(budget: TurnBudget, count: number, taken: () => void): Promise<void> {
  for (let i = 0; i < count; i++) {
    while (!budget.spend()) await budget.nextTurn();
    taken();
  }
}

/** The most that was taken in one turn. */
async function mostInATurn(work: (taken: () => void) => Promise<unknown>): Promise<number> {
  let [most, now, isOver] = [0, 0, false];
  const turn = (): void => {
    most = Math.max(most, now);
    now = 0;
    if (!isOver) setImmediate(turn);
  };
  setImmediate(turn);
  await work(() => now++);
  isOver = true;
  return most;
}

it("of 100,000 changes of one watch, a hundred are taken in a turn", async () => {
  const budget = new TurnBudget();
  equal(await mostInATurn((taken) => take(budget, 100_000, taken)), 100);
});

it("ten watches of one cluster have one budget", async () => {
  const budget = new TurnBudget();
  const watches = Array.from({ length: 10 }, () => 1000);
  const most = await mostInATurn((taken) => Promise.all(watches.map((count) => take(budget, count, taken))));
  equal(most, 100);
});

it("one change of another cluster is taken while the first has taken no more than a hundred", async () => {
  const order: string[] = [];
  const flood = take(new TurnBudget(), 10_000, () => order.push("greedy"));
  const calm = new Promise((resolve) => setImmediate(resolve)).then(() =>
    take(new TurnBudget(), 1, () => order.push("calm")),
  );
  await Promise.all([flood, calm]);
  ok(order.indexOf("calm") <= 200);
});

it("a few changes wait for nothing", () => {
  const budget = new TurnBudget();
  deepEqual(
    Array.from({ length: 100 }, () => budget.spend()),
    Array.from({ length: 100 }, () => true),
  );
  equal(budget.spend(), false);
});
