/** What holds for all decisions over time, whatever members, people and rooms do. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as fc from "fast-check";
import { planSteadily, type SteadyPlan } from "../../../src/propagate/planner/steady-plan.ts";
import { sumOf } from "./requests.ts";
import { REGAIN_AFTER_MS, World } from "./world.ts";

const NAMES = ["A", "B", "C", "D"];
const PREFERENCES = ["* 1", "A 1, * 2", "A 1 2..6, B 2, * 1 0..8", "B 1, C 1", "A 0 3, * 1", "* 5 1, D 0"];

type Event =
  | { readonly kind: "apply" }
  | { readonly kind: "start"; readonly cluster: string; readonly count: number }
  | { readonly kind: "fail"; readonly cluster: string; readonly count: number }
  | { readonly kind: "room"; readonly cluster: string; readonly count: number }
  | { readonly kind: "away" | "back" | "report"; readonly cluster: string }
  | { readonly kind: "place"; readonly clusters: readonly string[] }
  | { readonly kind: "prefer"; readonly preferences: string; readonly rebalance: boolean }
  | { readonly kind: "total"; readonly count: number }
  | { readonly kind: "wait"; readonly ms: number }
  | { readonly kind: "restart" };

const cluster = fc.constantFrom(...NAMES);
const event: fc.Arbitrary<Event> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant("apply" as const) }) },
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constantFrom("start", "start", "fail"), cluster, count: fc.nat(6) }),
  },
  fc.record({ kind: fc.constant("room" as const), cluster, count: fc.constantFrom(0, 1, 3, 5, 9, 1000) }),
  fc.record({ kind: fc.constantFrom("away", "back", "report"), cluster }),
  fc.record({ kind: fc.constant("place" as const), clusters: fc.subarray(NAMES) }),
  fc.record({
    kind: fc.constant("prefer" as const),
    preferences: fc.constantFrom(...PREFERENCES),
    rebalance: fc.boolean(),
  }),
  fc.record({ kind: fc.constant("total" as const), count: fc.nat(30) }),
  fc.record({ kind: fc.constant("wait" as const), ms: fc.constantFrom(1000, REGAIN_AFTER_MS) }),
  fc.record({ kind: fc.constant("restart" as const) }),
);

function happen(world: World, one: Event): void {
  switch (one.kind) {
    case "apply":
      return world.apply();
    case "start":
      return world.start(one.cluster, one.count);
    case "fail":
      return world.fail(one.cluster, one.count);
    case "report":
      return world.report(one.cluster);
    case "room":
      return world.room(one.cluster, one.count);
    case "away":
      world.away.add(one.cluster);
      return;
    case "back":
      world.away.delete(one.cluster);
      return;
    case "place":
      world.clusters = one.clusters;
      return;
    case "prefer":
      return world.prefer(one.preferences, one.rebalance);
    case "total":
      world.total = one.count;
      return;
    case "wait":
      world.nowMs += one.ms;
      return;
    case "restart":
      world.plan = null;
  }
}

/** Replicas that are ready and stay so, in the clusters that can be reached. */
function staying(world: World, replicas: (cluster: string) => number): number {
  return [...world.sites].reduce(
    (sum, [name, { ready }]) => sum + (world.away.has(name) ? 0 : Math.min(ready, replicas(name))),
    0,
  );
}

function checkDecision(world: World): SteadyPlan {
  const { plan: before } = world;
  const request = world.request();
  const decision = planSteadily(request);
  const had = staying(world, (name) => before?.replicas.get(name) ?? world.sites.get(name)?.spec ?? 0);
  const asked = world.total - decision.target.shortfall;
  const has = staying(world, (name) => decision.replicas.get(name) ?? 0);
  assert.ok(has >= Math.min(asked, had), `${has} stay ready of ${had}, and ${asked} are asked for`);
  assert.equal(sumOf(decision.target.replicas) + decision.target.shortfall, world.total);
  const isCarriedOut = [...world.sites].every(
    ([name, { spec, isObserved }]) =>
      world.away.has(name) || (isObserved && (before?.replicas.get(name) ?? spec) === spec),
  );
  // What was to stop and has not may be taken back, and counts as ready from then on.
  if (!isCarriedOut) return decision;
  // Demand depends on what runs where: it is the same from the second time on.
  const again = planSteadily({ ...request, before: decision });
  for (const [name, count] of again.replicas)
    if ((request.seen.get(name)?.unschedulable ?? 0) === 0)
      assert.equal(count, decision.replicas.get(name), `asked again it decides otherwise for ${name}`);
  assert.deepEqual(again.target.replicas, decision.target.replicas);
  assert.deepEqual(planSteadily({ ...request, before: again }), again);
  return decision;
}

const runs = fc.record({
  clusters: fc.subarray(NAMES, { minLength: 1 }),
  preferences: fc.constantFrom(...PREFERENCES),
  total: fc.nat(30),
  rebalance: fc.boolean(),
  rule: fc.constantFrom("even" as const, "kubefed" as const),
  surge: fc.integer({ min: 1, max: 4 }),
  isLagging: fc.boolean(),
  events: fc.array(event, { maxLength: 40 }),
});

function worldOf(run: typeof runs extends fc.Arbitrary<infer Run> ? Run : never): World {
  const world = new World(run.clusters.join(""), run.preferences, run.total, run.rebalance);
  world.surge = run.surge;
  world.isLagging = run.isLagging;
  world.rule = run.rule;
  return world;
}

describe("all decisions", () => {
  it("leave as many ready as are asked for, if so many were, and are the same when asked again", () => {
    fc.assert(
      fc.property(runs, (run) => {
        const world = worldOf(run);
        for (const one of run.events) {
          happen(world, one);
          world.plan = checkDecision(world);
        }
      }),
      { numRuns: 1500 },
    );
  });

  it("start no more than the total and the surge, what waits and what came back aside", () => {
    fc.assert(
      fc.property(runs, (run) => {
        const world = worldOf(run);
        for (const one of run.events) {
          happen(world, one);
          const { plan: before } = world;
          const decision = world.decide();
          const near = [...decision.replicas].filter(([name]) => !world.away.has(name));
          const has = (name: string): number =>
            before?.replicas.get(name) ?? (world.away.has(name) ? 0 : (world.sites.get(name)?.spec ?? 0));
          const grown = near.filter(([name, count]) => count > has(name));
          if (grown.length === 0) continue;
          const counted = near
            .filter(([name]) => decision.capacities.get(name)?.regained == null)
            .reduce((sum, [name, count]) => {
              const { spec = 0, room = 0 } = world.sites.get(name) ?? {};
              return (
                sum +
                Math.max(0, count - Math.max(0, spec - room) - (decision.target.overflow.get(name) ?? 0))
              );
            }, 0);
          assert.ok(counted <= world.total + world.surge, `${counted} of ${world.total}`);
        }
      }),
      { numRuns: 1500 },
    );
  });

  it("come to what was asked for when nothing happens any more", () => {
    fc.assert(
      fc.property(runs, (run) => {
        const world = worldOf(run);
        for (const one of run.events) {
          happen(world, one);
          world.decide();
        }
        world.away.clear();
        world.isLagging = false;
        for (const name of NAMES) world.room(name, 1000);
        world.settle();
        // Once for the lowest that fitted since, and once for what fits now.
        for (let time = 0; time < 2; time++) {
          world.nowMs += REGAIN_AFTER_MS;
          world.settle();
        }
        const { replicas, target, nextMs } = world.decide();
        assert.equal(nextMs, null);
        assert.equal(world.ready(), world.total - target.shortfall);
        for (const [name, count] of replicas) assert.equal(count, target.replicas.get(name) ?? 0);
      }),
      { numRuns: 1500 },
    );
  });

  it("move demand that has no place ever more seldom", () => {
    const rooms = fc.tuple(fc.nat(8), fc.nat(8), fc.nat(8));
    fc.assert(
      fc.property(
        rooms,
        fc.integer({ min: 1, max: 10 }),
        fc.constantFrom("even" as const, "kubefed" as const),
        (room, more, rule) => {
          const total = room.reduce((sum, one) => sum + one, more);
          const world = new World("ABC", "* 1", total, false);
          world.rule = rule;
          world.settle();
          for (const [index, name] of ["A", "B", "C"].entries()) world.room(name, room[index] ?? 0);
          world.settle();
          let [moves, before] = [0, world.shown()];
          const hours = 40;
          const endMs = world.nowMs + hours * 16 * REGAIN_AFTER_MS;
          for (; world.nowMs < endMs; world.nowMs += REGAIN_AFTER_MS / 2) {
            world.settle();
            if (world.shown() !== before) moves += 1;
            before = world.shown();
          }
          // Each of the three is tried five times until it is tried at the longest interval.
          assert.ok(moves <= 3 * (5 + hours), `${moves} moves, ${before} with room for ${room.join(" ")}`);
        },
      ),
      { numRuns: 40 },
    );
  });

  it("do not depend on what an autoscaler runs, nor on whether a process has begun since", () => {
    const loads = fc.array(fc.tuple(fc.constantFrom(...NAMES), fc.nat(40), fc.boolean()), { maxLength: 12 });
    const autoscaled = fc.subarray(NAMES, { minLength: 1 });
    fc.assert(
      fc.property(runs, autoscaled, loads, (run, scaled, all) => {
        const world = worldOf({ ...run, isLagging: false });
        world.settle();
        for (const name of scaled) world.autoscaled.add(name);
        world.settle();
        const numbers = (): string =>
          JSON.stringify(
            [...world.sites]
              .filter(([name]) => !scaled.includes(name))
              .map(([name, { spec }]) => [name, spec]),
          );
        const before = numbers();
        for (const [name, count, isAnew] of all) {
          if (scaled.includes(name)) {
            const site = world.site(name);
            site.spec = count;
            site.ready = count;
            world.report(name);
          }
          if (isAnew) world.plan = null;
          world.settle();
          assert.equal(numbers(), before);
        }
      }),
      { numRuns: 500 },
    );
  });

  it("do not follow room that comes and goes faster than the time", () => {
    const flaps = fc.array(fc.tuple(fc.nat(60), fc.integer({ min: 1, max: REGAIN_AFTER_MS / 2 })), {
      minLength: 2,
      maxLength: 30,
    });
    fc.assert(
      fc.property(flaps, fc.nat(20), fc.boolean(), (rooms, low, rebalance) => {
        const world = new World("ABC", "* 1", 60, rebalance);
        world.settle();
        world.room("B", low);
        world.settle();
        const { target } = world.decide();
        for (const [more, ms] of rooms) {
          const others = ["A", "C"].map((name) => world.site(name).spec);
          world.room("B", low + more);
          world.nowMs += ms;
          world.settle();
          world.room("B", low);
          world.nowMs += REGAIN_AFTER_MS / 2 - 1;
          world.settle();
          assert.deepEqual(world.decide().target.replicas, target.replicas);
          assert.deepEqual(
            ["A", "C"].map((name) => world.site(name).spec),
            others,
          );
        }
      }),
      { numRuns: 200 },
    );
  });
});
