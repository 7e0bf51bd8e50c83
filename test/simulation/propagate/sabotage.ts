/** Deliberate faults in the product, one for each check: a check that notices no fault checks nothing. */
import { Contests } from "../../../src/propagate/apply/contests.ts";
import { Brake } from "../../../src/propagate/brake/brake.ts";
import { MemberCopies } from "../../../src/propagate/copies/member-copies.ts";
import { WorkQueue } from "../../../src/propagate/queue/work-queue.ts";
import { MemberEngine } from "../../../src/propagate/reconcile/member-engine.ts";
import { deleteEverywhere, fightEverywhere } from "./locals.ts";
import { type Broken, isStatus, patched, rewritten, slowDown } from "./sabotage-kinds.ts";
import { BROKEN_WRITES } from "./sabotage-of-writes.ts";

export const BROKEN: readonly Broken[] = [
  ...BROKEN_WRITES,
  {
    what: "what comes while a key is taken is forgotten",
    words:
      /has other content|is wanted, and is not there|does not go|and is not wanted|status says|Ready|generation/,
    seed: 11,
    sabotage: {
      install: () => {
        // oxlint-disable-next-line typescript/unbound-method -- each is called with its queue
        const { add, take, done, failed, later } = WorkQueue.prototype;
        const taken = new WeakMap<object, Set<unknown>>();
        const of = (queue: object): Set<unknown> => {
          const set = taken.get(queue) ?? new Set();
          taken.set(queue, set);
          return set;
        };
        WorkQueue.prototype.take = function () {
          const key = take.call(this);
          if (key !== null) of(this).add(key);
          return key;
        };
        WorkQueue.prototype.add = function (key, priority) {
          if (!of(this).has(key)) add.call(this, key, priority);
        };
        WorkQueue.prototype.done = function (key) {
          of(this).delete(key);
          done.call(this, key);
        };
        WorkQueue.prototype.failed = function (key, afterMs) {
          of(this).delete(key);
          failed.call(this, key, afterMs);
        };
        WorkQueue.prototype.later = function (key, afterMs) {
          of(this).delete(key);
          later.call(this, key, afterMs);
        };
        return () => Object.assign(WorkQueue.prototype, { add, take, done, failed, later });
      },
    },
  },
  {
    what: "an answer counts although the watch has shown what came after it",
    words: /is wanted, and is not there|does not go|has other content/,
    seed: 2,
    sabotage: {
      install: patched(MemberCopies.prototype, "ask", () => () => undefined),
      onPropagator: (_, run) => {
        slowDown(run);
        deleteEverywhere(run);
      },
    },
  },
  {
    what: "a watch that is behind counts more than an answer",
    words: /has other content|was taken from others|lost its finalizer|does not go|not there/,
    seed: 2,
    sabotage: {
      install: patched(
        MemberCopies.prototype,
        "see",
        (see) =>
          function (this: MemberCopies, row, copy) {
            return see.call(this, row, copy, true);
          },
      ),
      onPropagator: (_, run) => {
        slowDown(run);
        deleteEverywhere(run);
      },
    },
  },
  {
    what: "a change of the host is lost now and then",
    words: /has other content|is wanted, and is not there|does not go|and is not wanted|status|is not held/,
    seed: 2,
    sabotage: {
      onPropagator: ({ engine }) => {
        const setObject = engine.setObject.bind(engine);
        let changes = 0;
        engine.setObject = (...parts) => {
          changes += 1;
          if (changes % 5 !== 0) setObject(...parts);
        };
      },
    },
  },
  {
    what: "nothing is done again when a member is back",
    words: /does not go|is not there|has other content|status/,
    seed: 6,
    sabotage: {
      install: patched(
        MemberEngine.prototype,
        "addAll",
        (addAll) =>
          function (this: MemberEngine, rows, priority) {
            if (priority !== "resync") addAll.call(this, rows, priority);
          },
      ),
    },
  },
  {
    what: "a copy that is as wanted is written again",
    words: /fedns writes|writes for \d+ changes|fedns sends|it starts anew, and writes|writes without end/,
    seed: 4,
    sabotage: {
      install: patched(MemberCopies.prototype, "verified", () => () => undefined),
    },
  },
  {
    what: "a status is written again and again",
    words: /fedns writes|fedns sends|writes without end/,
    seed: 2,
    sabotage: {
      reshape: (() => {
        let times = 0;
        return rewritten(isStatus, (body) => ({
          ...body,
          status: {
            ...body.status,
            conditions: body.status.conditions?.map((one: any) => ({ ...one, reason: `no ${++times}` })),
          },
        }));
      })(),
    },
  },
  {
    what: "a status says that all is well",
    words: /has Ready|has the status|status says/,
    seed: 5,
    sabotage: {
      reshape: rewritten(isStatus, (body) => ({
        ...body,
        status: {
          ...body.status,
          conditions: body.status.conditions?.map((one: any) => ({ ...one, status: "True" })),
        },
      })),
    },
  },
  {
    what: "fields are taken from others for ever",
    words: /was taken from others/,
    seed: 5,
    sabotage: {
      install: patched(Contests.prototype, "contested", () => () => []),
      onPropagator: (_, run) => fightEverywhere(run),
    },
  },
  {
    what: "a pause is not heeded",
    words: /while changes are paused/,
    seed: 29,
    sabotage: { install: patched(Brake.prototype, "paused", () => () => null) },
  },
  {
    what: "a process that starts does not read the journal",
    words: /the journal keeps|was left behind/,
    seed: 102,
    sabotage: {
      reshape: (request) =>
        request.method === "GET" && request.url.includes("labelSelector=fedns.io%2Fjournal")
          ? { ...request, url: request.url.replace("journal", "nothing") }
          : request,
    },
  },
  {
    what: "the spec in the host is changed",
    words: /has another spec/,
    seed: 2,
    sabotage: {
      reshape: rewritten(
        ({ method, body }) => method === "PATCH" && body.includes('"finalizers"'),
        (body) => ({ ...body, spec: { placement: { clusters: [] } } }),
      ),
    },
  },
];
