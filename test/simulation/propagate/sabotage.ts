/** Deliberate faults in the product, one for each check: a check that notices no fault checks nothing. */
import type { WritePermit } from "../../../src/fleet/kube/write-permit.ts";
import type { Propagator } from "../../../src/propagate/reconcile/propagator.ts";
import type { WireRequest } from "./exchange.ts";
import type { Run } from "./run-state.ts";

export type Sabotage = {
  readonly permit?: (permit: WritePermit) => WritePermit;
  readonly onPropagator?: (propagator: Propagator, run: Run) => void;
  readonly onCalm?: (run: Run) => void;
  /** Changes what is sent. */
  readonly reshape?: (request: WireRequest) => WireRequest;
};
