/** A federation whose replicas are distributed: what a run of the propagator's simulation has, and pods, autoscalers and preferences. */
import type { Run } from "../propagate/run-state.ts";
import type { Sabotage } from "../propagate/sabotage-kinds.ts";
import type { ReplicaJudge } from "./judge.ts";
import type { MemberPods } from "./pods.ts";
import type { Sights } from "./sights.ts";
import type { Wishes } from "./wishes.ts";

export type World = {
  readonly run: Run;
  readonly pods: ReadonlyMap<string, MemberPods>;
  readonly wishes: Wishes;
  readonly sights: Sights;
  readonly judge: ReplicaJudge;
};

export type WorldOptions = { readonly sabotage?: Sabotage; readonly isTraced?: boolean };

export const NAMESPACE = "shop";
export const NAMES: readonly string[] = ["web", "api"];

/** What templates and overrides say is never what a preference may give, so that it is seen who decided. */
export const TOTAL_MOST = 20;
export const TEMPLATE_LEAST = 40;
