/** The product broken on purpose, to show that the checks of the whole notice it: a check that accepts every result checks nothing. */
import { CopyDrain } from "../../../src/propagate/drain/copy-drain.ts";
import { Decisions } from "../../../src/propagate/schedule/decisions.ts";
import { OrderStore } from "../../../src/traffic/orders/order-store.ts";
import { patched } from "../propagate/sabotage-kinds.ts";
import type { Sabotage } from "./simulate.ts";

type Broken = {
  readonly what: string;
  readonly words: RegExp;
  readonly sabotage: Sabotage;
  /** A seed that notices it, and the steps of it. */
  readonly seed: number;
  readonly steps: number;
  /** It is in the short form as well. */
  readonly isShort: boolean;
};

const REMOVED = /a cache may hold it|leads a client to .*, which has gone/;
const READY = /that leaves \d+ ready of \d+/;

/** All states are said as if everything had been waited for. */
const PROVED_AT_ONCE = patched(
  OrderStore.prototype,
  "followRemovals",
  (follow) =>
    function (this: OrderStore, asks, facts) {
      return follow
        .call(this, asks, facts)
        .map((state) => (state.kind === "leaving" ? { ...state, kind: "proved", cachedUntil: null } : state));
    },
);

export const BROKEN: readonly Broken[] = [
  {
    what: "a copy goes although caches lead clients there",
    words: REMOVED,
    seed: 1,
    steps: 6,
    isShort: true,
    sabotage: PROVED_AT_ONCE,
  },
  {
    what: "no copy waits for its clients",
    words: REMOVED,
    seed: 1,
    steps: 6,
    isShort: false,
    sabotage: patched(CopyDrain.prototype, "hold", () => () => Promise.resolve(null)),
  },
  {
    what: "clients come back as soon as the copy is gone, and its endpoints are still shown",
    words: REMOVED,
    seed: 1,
    steps: 6,
    isShort: false,
    sabotage: patched(
      CopyDrain.prototype,
      "gone",
      () =>
        function (this: CopyDrain, id) {
          this.stays(id);
        },
    ),
  },
  {
    what: "what is aimed at counts as done",
    words: READY,
    seed: 10,
    steps: 3,
    isShort: true,
    sabotage: patched(
      Decisions.prototype,
      "lastPlanOf",
      (lastPlanOf) =>
        function (this: Decisions, text) {
          const plan = lastPlanOf.call(this, text);
          return plan === null ? null : { ...plan, replicas: plan.target.replicas };
        },
    ),
  },
];
