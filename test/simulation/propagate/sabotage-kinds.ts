/** How the product is broken on purpose: what is changed, and how it is repaired. */
import type { WritePermit } from "../../../src/fleet/kube/write-permit.ts";
import type { Adoption } from "../../../src/propagate/apply/decide.ts";
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
export function patched<T extends object, K extends keyof T>(
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
export function rewritten(
  isMeant: (request: WireRequest) => boolean,
  change: (body: any) => unknown,
): (request: WireRequest) => WireRequest {
  return (request) => {
    if (!isMeant(request)) return request;
    return { ...request, body: JSON.stringify(change(JSON.parse(request.body))) };
  };
}

/** Answers are late, so that watches are often first. */
export function slowDown({ members }: Run): void {
  for (const { server } of members) server.slowMs = 700;
}

export const isApply = ({ headers }: WireRequest): boolean => headers["content-type"] === APPLY;
export const isStatus = ({ url, method }: WireRequest): boolean =>
  method === "PATCH" && url.includes("/status?");
export const isRelease = ({ method, body }: WireRequest): boolean =>
  method === "PATCH" && body.includes('"fedns.io/owner":null');
