/** The part of the configuration that plans and probes use. */
import type { PolicyName } from "../../federation/policy/policies.ts";
import type { Defaults } from "../annotations/merge.ts";
import type { ProbeRule } from "../health/probe-rules.ts";
import type { ProbeTiming } from "../health/probe-spec.ts";

export type TrafficConfigPart = {
  readonly traffic: {
    readonly policy: PolicyName;
    readonly weights: Readonly<Record<string, number>>;
    readonly failoverOrder: readonly string[];
    readonly clusters: number;
  };
  readonly health: {
    readonly probes: readonly ProbeRule[];
    readonly intervalSeconds: number;
    readonly timeoutSeconds: number;
    readonly fall: number;
    readonly rise: number;
    readonly forgive: number;
    readonly holdSeconds: number;
    readonly slowStartSeconds: number;
  };
  readonly clusters: readonly { readonly name: string }[];
  readonly maxAnswers: number;
  readonly ttlSeconds: number;
};

/** The settings that apply where there is no annotation. */
export function defaultsIn({ traffic, maxAnswers, ttlSeconds }: TrafficConfigPart): Defaults {
  const weights = Object.entries(traffic.weights);
  return {
    policy: traffic.policy,
    weights: weights.length === 0 ? null : new Map(weights),
    order: traffic.failoverOrder.length === 0 ? null : traffic.failoverOrder,
    draws: traffic.clusters,
    maxAnswers,
    ttlSeconds,
  };
}

/** How addresses are probed and return where there is no annotation. */
export type ProbingDefaults = {
  readonly timing: ProbeTiming;
  readonly rampMs: number;
  readonly rules: readonly ProbeRule[];
};

export function probingIn({ health }: TrafficConfigPart): ProbingDefaults {
  const timing = {
    fall: health.fall,
    rise: health.rise,
    forgive: health.forgive,
    holdMs: health.holdSeconds * 1000,
    intervalMs: health.intervalSeconds * 1000,
    timeoutMs: health.timeoutSeconds * 1000,
  };
  return { timing, rampMs: health.slowStartSeconds * 1000, rules: health.probes };
}
