/** Deliberate faults in how replicas are distributed, one for each check: a check that notices no fault checks nothing. */
import { Scheduler } from "../../../src/propagate/schedule/scheduler.ts";
import { PreferenceWatch } from "../../../src/propagate/schedule/preference-watch.ts";
import { ScheduledMember } from "../../../src/propagate/workloads/scheduled-member.ts";
import { UnschedulablePods } from "../../../src/propagate/workloads/unschedulable-pods.ts";
import { Decisions } from "../../../src/propagate/schedule/decisions.ts";
import type { Allotment } from "../../../src/propagate/federated/allotment.ts";
import { type Broken, patched } from "../propagate/sabotage-kinds.ts";

/** All that runs looks ready. */
const READY_AT_ONCE = patched(
  ScheduledMember.prototype,
  "see",
  (see) =>
    function (this: ScheduledMember, type, key) {
      const seen = see.call(this, type, key);
      const { facts } = seen;
      return facts === null ? seen : { ...seen, facts: { ...facts, ready: facts.asked, isObserved: true } };
    },
);

export const BROKEN: readonly Broken[] = [
  {
    what: "replicas stop before others are ready",
    words: /leaves \d+ replicas ready of \d+/,
    seed: 2,
    sabotage: { install: READY_AT_ONCE },
  },
  {
    what: "the autoscaler of a member is not seen",
    words: /which its autoscaler decides/,
    seed: 1,
    sabotage: { install: patched(ScheduledMember.prototype, "scales", () => () => false) },
  },
  {
    what: "a preference that cannot be read counts as none",
    words: /although it has a preference|has seen no valid preference/,
    seed: 3,
    sabotage: {
      install: patched(
        PreferenceWatch.prototype,
        "of",
        (of) =>
          function (this: PreferenceWatch, kind, key) {
            const known = of.call(this, kind, key);
            return known?.problem === null ? known : null;
          },
      ),
    },
  },
  {
    what: "a preference that cannot be read is forgotten, and no replicas are asked for",
    words: /has seen no valid preference|leaves \d+ replicas ready/,
    seed: 3,
    sabotage: {
      install: patched(
        PreferenceWatch.prototype,
        "of",
        (of) =>
          function (this: PreferenceWatch, kind, key) {
            const known = of.call(this, kind, key);
            if (known === null || known.problem === null) return known;
            const preferences = { rebalance: true, clusters: new Map() };
            return { ...known, valid: { targetKind: kind, total: 0, preferences, intersects: false } };
          },
      ),
    },
  },
  {
    what: "copies that are not seen yet count as none",
    words: /leaves \d+ replicas ready|it starts anew, and writes/,
    seed: 2,
    sabotage: {
      install: patched(
        ScheduledMember.prototype,
        "see",
        (see) =>
          function (this: ScheduledMember, type, key) {
            const seen = see.call(this, type, key);
            return seen.counts === null ? { ...seen, counts: true, facts: null } : seen;
          },
      ),
    },
  },
  {
    what: "what was decided moments ago is not remembered",
    words: /leaves \d+ replicas ready|writes although nothing happens|has .* of \d+, and the plan gives/,
    seed: 2,
    sabotage: { install: patched(Decisions.prototype, "lastPlanOf", () => () => null) },
  },
  {
    what: "pods without room are not looked at",
    words: /and the plan gives|ready replicas of/,
    seed: 6,
    sabotage: { install: patched(UnschedulablePods.prototype, "of", () => () => 0) },
  },
  {
    what: "the template's number does not come back when a preference goes",
    words: /and its template \d+|is not placed there|is not there/,
    seed: 8,
    sabotage: {
      install: (): (() => void) => {
        const last = new Map<string, Allotment>();
        return patched(Scheduler.prototype, "allotmentOf", (allotmentOf) => {
          return function (this: Scheduler<any>, type, key) {
            const allotment = allotmentOf.call(this, type, key);
            const id = `${type} ${key}`;
            if (allotment !== null) last.set(id, allotment);
            return allotment ?? last.get(id) ?? null;
          };
        })();
      },
    },
  },
  {
    what: "what came back counts at once",
    words: /and its member is just back/,
    seed: 1,
    sabotage: {
      install: patched(
        Decisions.prototype,
        "lastPlanOf",
        (lastPlanOf) =>
          function (this: Decisions, text) {
            const plan = lastPlanOf.call(this, text);
            if (plan === null) return null;
            const capacities = [...plan.capacities].filter(([, { regained }]) => regained === null);
            return { ...plan, capacities: new Map(capacities) };
          },
      ),
    },
  },
];
