/** Faults on demand: requests that are refused, delayed, cut off, or executed after their client has gone. */
import type { AccessRequest } from "../object/user.ts";

/** The request as rules of access see it. */
type FaultyRequest = AccessRequest & { readonly method: string; readonly isWrite: boolean };

/** What is wrong with a request. Times are in milliseconds. */
export type FaultEffect =
  /** Answered at once as real servers do: 403 no right to it, 409 a conflict, 429 too many requests, 500 an internal error, 503 not ready. */
  | {
      readonly kind: "refuse";
      readonly code: 403 | 409 | 429 | 500 | 503;
      readonly retryAfterSeconds?: number;
      /** With the header of a server whose priority and fairness refuses. */
      readonly flowSchema?: string;
    }
  /** Executed after a time, unless `?timeout=` has passed or the client has gone: a slow webhook. */
  | { readonly kind: "delay"; readonly ms: number }
  /** Executed after a time in any case, also after a 504 or for a client that has gone: a slow etcd. */
  | { readonly kind: "late"; readonly ms: number }
  /** The connection ends without an answer, before the request is executed, or after it. */
  | { readonly kind: "cut"; readonly isExecuted: boolean };

type Fault = {
  readonly effect: FaultEffect;
  /** Default: every request. */
  readonly when?: (request: FaultyRequest) => boolean;
  /** The number of requests that meet it. Default: all until it is removed. */
  readonly times?: number;
};

type ActiveFault = { readonly fault: Fault; left: number };

export class FaultTable {
  #active: ActiveFault[] = [];

  /** Returns the removal. Of several that match a request, the oldest takes effect. */
  add(fault: Fault): () => void {
    const active = { fault, left: fault.times ?? Number.POSITIVE_INFINITY };
    this.#active.push(active);
    return () => {
      this.#active = this.#active.filter((one) => one !== active);
    };
  }

  clear(): void {
    this.#active = [];
  }

  /** The effect on this request, which counts as one of `times`. */
  take(request: FaultyRequest): FaultEffect | undefined {
    const found = this.#active.find(({ fault }) => fault.when?.(request) ?? true);
    if (!found) return undefined;
    found.left -= 1;
    if (found.left <= 0) this.#active = this.#active.filter((one) => one !== found);
    return found.fault.effect;
  }
}
