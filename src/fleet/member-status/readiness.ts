/**
 * When the published readiness of a member changes: after as many probes in a row that contradict it as the threshold says.
 * A probe that agrees with it starts the count anew. (KubeFed counted how often a state had been published instead, so that
 * after three good probes one bad one was enough.) Pure.
 */

/** The result of one probe, as a connection reports it. */
type ProbeResult = "ready" | "not-ready" | "refused" | "unreachable";
/** `not-ready`: it answers, but not that it is ready. `offline`: it does not answer. */
export type PublishedState = "ready" | "not-ready" | "offline";

export type Readiness = {
  /** Null before the first probe. */
  readonly published: PublishedState | null;
  /** Probes in a row that contradict it. */
  readonly contrary: number;
};

export type ReadinessThresholds = { readonly failureThreshold: number; readonly successThreshold: number };

export const UNPROBED: Readiness = { published: null, contrary: 0 };

/** Before the first probe of this run. `wasReady`: an earlier one has published so, and one bad probe is no reason to say otherwise. */
export function unprobed(wasReady: boolean): Readiness {
  return wasReady ? { published: "ready", contrary: 0 } : UNPROBED;
}

/**
 *     published            result               changes after
 *     none                 any                  1 probe; failureThreshold in a row where the host says "ready" of an earlier run
 *     ready                not ready, offline   failureThreshold in a row, of either kind; the last one counts
 *     not ready, offline   ready                successThreshold in a row
 *     not ready            offline              failureThreshold in a row
 *     offline              not ready            failureThreshold in a row
 */
export function afterProbe(
  before: Readiness,
  result: ProbeResult,
  thresholds: ReadinessThresholds,
): Readiness {
  const state = stateOf(result);
  const { published } = before;
  if (published === null) return { published: state, contrary: 0 };
  if (published === state) return { published, contrary: 0 };
  const contrary = before.contrary + 1;
  const threshold = state === "ready" ? thresholds.successThreshold : thresholds.failureThreshold;
  return contrary >= threshold ? { published: state, contrary: 0 } : { published, contrary };
}

function stateOf(result: ProbeResult): PublishedState {
  if (result === "ready") return "ready";
  return result === "unreachable" ? "offline" : "not-ready";
}
