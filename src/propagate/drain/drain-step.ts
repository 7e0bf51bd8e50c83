/**
 * One copy that is to go, and the Services that lead clients to it. What holds it is the Service that is least far:
 *
 *   the Service                                            | state      | goes on
 *   there is none, or the object has said so               | not-needed | yes
 *   those who answer have not said anything about it yet   | asked      | no
 *   no other cluster could answer for it, though the       | alone      | no
 *     object is to be in another one as well               |            |
 *   no other cluster could answer for it, nor is to        | not-needed | yes: waiting would help nobody
 *   gets no new clients; caches may lead old ones there    | draining   | no
 *   gets none, as far as this server can know              | doubted    | yes, and it is said; not by itself
 *   gets none, and no cache leads there                    | proved     | yes
 *   any that would wait, and the bound is reached          | bound-reached | yes, and it is said; not by itself
 *
 * "Not by itself": what fedns moves by its own decision waits for a proof, however long that takes.
 */
import type { RemovalState } from "../../federation/removals/removal-ask.ts";

/** Who wants the copy to go: a person, by a placement, a deletion or a template, or fedns by its own decision. */
export type DrainCause = "person" | "automatic";

/** What the object says: never drained, where it backs a Service, or also in the last cluster of a Service. */
export type DrainPolicy = "never" | "backends" | "always";

type DrainedService = {
  /** "namespace/name" */
  readonly service: string;
  /** Null = nothing was said yet. */
  readonly state: RemovalState | null;
};

export type DrainInput = {
  readonly services: readonly DrainedService[];
  /** The object has copies in other clusters, or is about to. */
  readonly isPlacedElsewhere: boolean;
  readonly cause: DrainCause;
  readonly isBoundReached: boolean;
};

type DrainState = "not-needed" | "asked" | "alone" | "draining" | "doubted" | "proved" | "bound-reached";

export type DrainStep = {
  readonly state: DrainState;
  readonly mayGo: boolean;
  /** What it waits for, or what is not proved although it goes: a clause. Null = nothing. */
  readonly reason: string | null;
};

/** From the least far to the farthest. */
const ORDER: readonly DrainState[] = ["asked", "alone", "draining", "doubted", "proved", "not-needed"];

export function drainStep({ services, isPlacedElsewhere, cause, isBoundReached }: DrainInput): DrainStep {
  const steps = services.map((one) => ({ one, state: stateOf(one, isPlacedElsewhere) }));
  const first = steps.sort((a, b) => ORDER.indexOf(a.state) - ORDER.indexOf(b.state))[0];
  if (first === undefined) return { state: "not-needed", mayGo: true, reason: null };
  const { state, one } = first;
  if (state === "not-needed" || state === "proved") return { state, mayGo: true, reason: null };
  const reason = reasonOf(state, one);
  const isPersons = cause === "person";
  if (state === "doubted") return { state, mayGo: isPersons, reason };
  if (isBoundReached && isPersons) return { state: "bound-reached", mayGo: true, reason };
  return { state, mayGo: false, reason };
}

function stateOf({ state }: DrainedService, isPlacedElsewhere: boolean): DrainState {
  switch (state?.kind) {
    case undefined:
    case "unknown":
    // It was lifted in between: it is asked for again.
    case "over":
      return "asked";
    case "last":
      return isPlacedElsewhere ? "alone" : "not-needed";
    case "leaving":
      return "draining";
    case "proved":
      return state.unprovable.length > 0 ? "doubted" : "proved";
  }
}

function reasonOf(state: DrainState, { service, state: known }: DrainedService): string {
  if (state === "asked") return `it is not known yet whether answers lead clients to ${service} there`;
  if (state === "alone") return `no other cluster can answer for ${service} yet`;
  if (state === "doubted")
    return `${service} gets no clients there from this server, but ${known?.unprovable.join("; ")}`;
  const until = known?.cachedUntil ?? null;
  const rest =
    until === null ? "workers that are answering end first" : `caches may lead clients there until ${until}`;
  return `${service} gets no new clients there, and ${rest}`;
}
