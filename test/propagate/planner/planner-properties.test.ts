/** What holds for every plan: sums, bounds, a shortfall only where nothing more is allowed, and no movement without need. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as fc from "fast-check";
import { type Plan, planReplicas, type PlanRequest } from "../../../src/propagate/planner/planner.ts";
import { modelPlan } from "./model.ts";
import { ceilingOf, isLeftOut, preferenceOf, requests, sumOf } from "./requests.ts";

const RULES = ["kubefed", "even"] as const;
const RUNS = { numRuns: 2000 };

/** Of the clusters that take part: what runs and may stay. */
function staying(request: PlanRequest, cluster: string): number {
  return Math.min(request.current.get(cluster) ?? 0, ceilingOf(request, cluster));
}

function sumStaying(request: PlanRequest): number {
  return request.clusters.reduce((sum, cluster) => sum + staying(request, cluster), 0);
}

/** The request again, when the plan has been carried out. */
function carriedOut(request: PlanRequest, { replicas }: Plan, total = request.total): PlanRequest {
  return { ...request, total, current: replicas };
}

describe("a plan", () => {
  for (const rule of RULES) {
    it(`by "${rule}" has the total, but for its shortfall`, () => {
      fc.assert(
        fc.property(requests, (request) => {
          const plan = planReplicas(request, rule);
          assert.equal(sumOf(plan.replicas) + plan.shortfall, request.total);
          assert.ok(plan.shortfall >= 0);
        }),
        RUNS,
      );
    });

    it(`by "${rule}" keeps every bound, and every cluster has an entry`, () => {
      fc.assert(
        fc.property(requests, (request) => {
          const { replicas } = planReplicas(request, rule);
          assert.deepEqual([...replicas.keys()], [...request.clusters].sort());
          const floors = request.clusters.map((cluster) =>
            isLeftOut(request, cluster)
              ? 0
              : Math.min(preferenceOf(request, cluster).minReplicas, ceilingOf(request, cluster)),
          );
          const areMinimumsPossible = floors.reduce((sum, one) => sum + one, 0) <= request.total;
          for (const [i, cluster] of request.clusters.entries()) {
            const count = replicas.get(cluster) ?? -1;
            assert.ok(count <= ceilingOf(request, cluster), `${cluster} above its bounds`);
            if (areMinimumsPossible) assert.ok(count >= (floors[i] ?? 0), `${cluster} below its minimum`);
          }
        }),
        RUNS,
      );
    });

    it(`by "${rule}" has a shortfall only if nobody may have more`, () => {
      fc.assert(
        fc.property(requests, (request) => {
          const { replicas, shortfall } = planReplicas(request, rule);
          if (shortfall === 0) return;
          for (const cluster of request.clusters)
            if (preferenceOf(request, cluster).weight > 0)
              assert.equal(replicas.get(cluster), ceilingOf(request, cluster));
        }),
        RUNS,
      );
    });

    it(`by "${rule}" has overflow only in clusters that are full`, () => {
      fc.assert(
        fc.property(requests, (request) => {
          const { replicas, overflow, shortfall } = planReplicas(request, rule);
          for (const [cluster, over] of overflow) {
            assert.equal(replicas.get(cluster), request.capacity.get(cluster));
            assert.ok(over > 0 && (request.preferences.rebalance || over <= shortfall));
          }
        }),
        RUNS,
      );
    });

    it(`by "${rule}" is the same for the same request in any order`, () => {
      fc.assert(
        fc.property(requests, (request) => {
          const preferences = {
            ...request.preferences,
            clusters: new Map([...request.preferences.clusters].toReversed()),
          };
          const turned = { ...request, clusters: request.clusters.toReversed(), preferences };
          const [plan, other] = [planReplicas(request, rule), planReplicas(turned, rule)];
          assert.deepEqual([...plan.replicas], [...other.replicas]);
          assert.deepEqual(plan, other);
        }),
        RUNS,
      );
    });

    it(`by "${rule}" is the same when it has been carried out`, () => {
      fc.assert(
        fc.property(requests, (request) => {
          const plan = planReplicas(request, rule);
          assert.deepEqual(planReplicas(carriedOut(request, plan), rule).replicas, plan.replicas);
        }),
        RUNS,
      );
    });

    it(`by "${rule}" only adds when more is wanted`, () => {
      fc.assert(
        fc.property(requests, fc.nat(9), (request, more) => {
          fc.pre(!request.preferences.rebalance);
          const plan = planReplicas(request, rule);
          const next = planReplicas(carriedOut(request, plan, request.total + more), rule);
          for (const [cluster, count] of next.replicas)
            assert.ok(count >= (plan.replicas.get(cluster) ?? 0), cluster);
        }),
        RUNS,
      );
    });
  }

  it('by "kubefed" is what the model plans', () => {
    fc.assert(
      fc.property(requests, (request) => {
        const { replicas, overflow } = planReplicas(request, "kubefed");
        assert.deepEqual({ replicas, overflow }, modelPlan(request));
      }),
      { numRuns: 5000 },
    );
  });

  it('by "even" is that of "kubefed" without minimums, when no more runs than is wanted', () => {
    const free = requests.map((request): PlanRequest => {
      const clusters = [...request.preferences.clusters].map(
        ([name, preference]) => [name, { ...preference, minReplicas: 0 }] as const,
      );
      return { ...request, preferences: { ...request.preferences, clusters: new Map(clusters) } };
    });
    fc.assert(
      fc.property(free, (request) => {
        fc.pre(request.preferences.rebalance || sumStaying(request) <= request.total);
        assert.deepEqual(planReplicas(request, "even"), planReplicas(request, "kubefed"));
      }),
      RUNS,
    );
  });

  it('by "even" starts nothing while more runs than is wanted, but for minimums', () => {
    fc.assert(
      fc.property(requests, (request) => {
        fc.pre(!request.preferences.rebalance && sumStaying(request) >= request.total);
        const { replicas, shortfall } = planReplicas(request, "even");
        assert.equal(shortfall, 0);
        for (const [cluster, count] of replicas)
          assert.ok(
            count <= Math.max(staying(request, cluster), preferenceOf(request, cluster).minReplicas),
            cluster,
          );
      }),
      RUNS,
    );
  });

  it('by "even" only stops when less is wanted', () => {
    fc.assert(
      fc.property(requests, fc.nat(9), (request, less) => {
        fc.pre(!request.preferences.rebalance && less <= request.total);
        const plan = planReplicas(request, "even");
        const next = planReplicas(carriedOut(request, plan, request.total - less), "even");
        for (const [cluster, count] of next.replicas)
          assert.ok(count <= (plan.replicas.get(cluster) ?? 0), cluster);
      }),
      RUNS,
    );
  });
});
