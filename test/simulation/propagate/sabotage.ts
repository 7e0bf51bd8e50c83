/** Deliberate faults in the product, one for each check: a check that notices no fault checks nothing. */
import { freePermit, type WritePermit } from "../../../src/fleet/kube/write-permit.ts";
import { Contests } from "../../../src/propagate/apply/contests.ts";
import type { Adoption } from "../../../src/propagate/apply/decide.ts";
import { Brake } from "../../../src/propagate/brake/brake.ts";
import { MemberCopies } from "../../../src/propagate/copies/member-copies.ts";
import { WorkQueue } from "../../../src/propagate/queue/work-queue.ts";
import { MemberEngine } from "../../../src/propagate/reconcile/member-engine.ts";
import type { Propagator } from "../../../src/propagate/reconcile/propagator.ts";
import type { WireRequest } from "./exchange.ts";
import type { Run } from "./run-state.ts";

export type Sabotage = {
  readonly permit?: (permit: WritePermit) => WritePermit;
  /** It goes on working when it has lost the lease. */
  readonly isDeaf?: boolean;
  /** In place of what the run has. */
  readonly adoption?: Adoption;
  readonly onPropagator?: (propagator: Propagator, run: Run) => void;
  readonly onCalm?: (run: Run) => void;
  /** Changes what is sent. */
  readonly reshape?: (request: WireRequest) => WireRequest;
  /** Breaks a class for the time of the run; returns the repair. */
  readonly install?: () => () => void;
};

export type Broken = {
  /** What is broken, as the end of "it notices when ...". */
  readonly what: string;
  /** A part of the message that the check must report. */
  readonly words: RegExp;
  /** One that notices it, which is tried first. */
  readonly seed: number;
  readonly sabotage: Sabotage;
};

const APPLY = "application/apply-patch+yaml";

/** Replaces a method of a class. */
function patched<T extends object, K extends keyof T>(
  prototype: T,
  name: K,
  make: (original: T[K]) => T[K],
): () => () => void {
  return () => {
    const original = prototype[name];
    prototype[name] = make(original);
    return () => {
      prototype[name] = original;
    };
  };
}

/** Changes the bodies of some requests. */
function rewritten(
  isMeant: (request: WireRequest) => boolean,
  change: (body: any) => unknown,
): (request: WireRequest) => WireRequest {
  return (request) => {
    if (!isMeant(request)) return request;
    return { ...request, body: JSON.stringify(change(JSON.parse(request.body))) };
  };
}

const isApply = ({ headers }: WireRequest): boolean => headers["content-type"] === APPLY;
const isStatus = ({ url, method }: WireRequest): boolean => method === "PATCH" && url.includes("/status?");
const isRelease = ({ method, body }: WireRequest): boolean =>
  method === "PATCH" && body.includes('"fedns.io/owner":null');

export const BROKEN: readonly Broken[] = [
  {
    what: "it writes without the lease",
    words: /while p\d+ has the lease|while nobody has the lease/,
    seed: 1,
    sabotage: { permit: () => freePermit(10), isDeaf: true },
  },
  {
    what: "a create may meet an object",
    words: /applied without a guard/,
    seed: 1,
    sabotage: {
      reshape: rewritten(isApply, (body) => {
        const { resourceVersion: _, ...metadata } = body.metadata;
        return { ...body, metadata };
      }),
    },
  },
  {
    what: "an update may meet another object of the same name",
    words: /applied without a guard/,
    seed: 1,
    sabotage: {
      reshape: rewritten(isApply, (body) => {
        const { uid: _, ...metadata } = body.metadata;
        return { ...body, metadata };
      }),
    },
  },
  {
    what: "a deletion may meet what was changed meanwhile",
    words: /deleted without uid and resourceVersion/,
    seed: 1,
    sabotage: {
      reshape: rewritten(
        ({ method }) => method === "DELETE",
        ({ preconditions: _, ...body }) => body,
      ),
    },
  },
  {
    what: "copies that are to stay are deleted",
    words: /was deleted, which the host did not order/,
    seed: 1,
    sabotage: {
      reshape: (request) => {
        if (!isRelease(request)) return request;
        const { uid, resourceVersion } = JSON.parse(request.body).metadata;
        const preconditions = { uid, resourceVersion };
        return {
          ...request,
          method: "DELETE",
          headers: { accept: "application/json", "content-type": "application/json" },
          body: JSON.stringify({ apiVersion: "v1", kind: "DeleteOptions", preconditions }),
        };
      },
    },
  },
  {
    what: "a member that is not seen counts as empty",
    words: /lost its finalizer while|was left behind/,
    seed: 1,
    sabotage: {
      install: patched(
        MemberEngine.prototype,
        "viewIn",
        (viewIn) =>
          function (this: MemberEngine, type, namespace) {
            const view = viewIn.call(this, type, namespace);
            return view === "not-seen" || view === "not-listed" ? "listed" : view;
          },
      ),
    },
  },
  {
    what: "a namespace that is not federated counts as placed nowhere",
    words: /which the host did not order/,
    seed: 1,
    sabotage: {
      onPropagator: ({ engine }) => {
        const boundOf = engine.boundOf.bind(engine);
        engine.boundOf = (type, key) => {
          const bound = boundOf(type, key);
          return bound.kind === "not-federated" ? { kind: "placed", clusters: new Set() } : bound;
        };
      },
    },
  },
  {
    what: "a namespace that is not federated binds nothing",
    words: /has content that the host did not order/,
    seed: 1,
    sabotage: {
      onPropagator: ({ engine }) => {
        const boundOf = engine.boundOf.bind(engine);
        engine.boundOf = (type, key) => {
          const bound = boundOf(type, key);
          return bound.kind === "not-federated" ? { kind: "unbounded" } : bound;
        };
      },
    },
  },
  {
    what: "strangers are adopted although that is forbidden",
    words: /is a stranger's/,
    seed: 1,
    sabotage: { adoption: "always" },
  },
  {
    what: "what others have written is overwritten",
    words: /has lost what somebody else wrote/,
    seed: 1,
    sabotage: {
      reshape: (request) => {
        const forced = { ...request, url: `${request.url}&force=true` };
        return rewritten(isApply, (body) => ({
          ...body,
          metadata: { ...body.metadata, annotations: { "example.com/note": "taken" } },
        }))(isApply(request) ? forced : request);
      },
    },
  },
  {
    what: "what comes while a key is taken is forgotten",
    words:
      /has other content|is wanted, and is not there|does not go|and is not wanted|status says|Ready|generation/,
    seed: 1,
    sabotage: {
      install: () => {
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
    seed: 15,
    sabotage: { install: patched(MemberCopies.prototype, "ask", () => () => undefined) },
  },
  {
    what: "a watch that is behind counts more than an answer",
    words:
      /writes for \d+ changes|has other content|was taken from others|lost its finalizer|does not go|not there/,
    seed: 1,
    sabotage: {
      install: patched(
        MemberCopies.prototype,
        "see",
        (see) =>
          function (this: MemberCopies, row, copy) {
            return see.call(this, row, copy, true);
          },
      ),
    },
  },
  {
    what: "a change of the host is lost now and then",
    words: /has other content|is wanted, and is not there|does not go|and is not wanted|status|is not held/,
    seed: 1,
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
    seed: 1,
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
    seed: 1,
    sabotage: {
      install: patched(MemberCopies.prototype, "verified", () => () => undefined),
    },
  },
  {
    what: "a status is written again and again",
    words: /fedns writes|fedns sends|writes without end/,
    seed: 1,
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
    seed: 1,
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
    seed: 1,
    sabotage: { install: patched(Contests.prototype, "contested", () => () => []) },
  },
  {
    what: "a pause is not heeded",
    words: /while changes are paused/,
    seed: 1,
    sabotage: { install: patched(Brake.prototype, "hold", () => () => null) },
  },
  {
    what: "a process that starts does not read the journal",
    words: /the journal keeps|was left behind/,
    seed: 1,
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
    seed: 1,
    sabotage: {
      reshape: rewritten(
        ({ method, body }) => method === "PATCH" && body.includes('"finalizers"'),
        (body) => ({ ...body, spec: { placement: { clusters: [] } } }),
      ),
    },
  },
];
