/**
 * The KubeFedConfig: how members are probed, how many results in a row change their condition, and what is propagated how.
 * Pure.
 */
import { parseDuration } from "../../kernel/duration.ts";
import { isRecord } from "../kube/kube-error.ts";
import { CONFIG_NAME } from "./host-types.ts";
import { type HostProblem, quoted } from "./host-problem.ts";

export type HealthSettings = {
  readonly periodMs: number;
  readonly timeoutMs: number;
  /** Failures in a row until a ready member is unready. */
  readonly failureThreshold: number;
  /** Successes in a row until an unready member is ready. */
  readonly successThreshold: number;
};

/** KubeFed's own defaults. */
export const STANDARD_HEALTH: HealthSettings = {
  periodMs: 10_000,
  timeoutMs: 3_000,
  failureThreshold: 3,
  successThreshold: 1,
};

/** More would keep a dead member ready for hours. */
const THRESHOLD_MAX = 1000;

export type KubeFedPropagation = {
  /** `Namespaced`: nothing but the namespace of the federation is federated, and it need not say so itself. */
  readonly scope: "Cluster" | "Namespaced";
  /** Objects that members have already are taken over. Null = not said. */
  readonly adoptResources: boolean | null;
};

export const STANDARD_PROPAGATION: KubeFedPropagation = { scope: "Cluster", adoptResources: null };

type ReadConfig = {
  readonly health: HealthSettings;
  readonly propagation: KubeFedPropagation;
  readonly problems: readonly HostProblem[];
};

/** A value that cannot be used is reported, and KubeFed's default counts instead. Never throws. */
export function parseKubeFedConfig(object: unknown): ReadConfig {
  const spec = isRecord(object) && isRecord(object["spec"]) ? object["spec"] : {};
  const check = isRecord(spec["clusterHealthCheck"]) ? spec["clusterHealthCheck"] : {};
  const problems: HostProblem[] = [];
  const report = (path: string, value: unknown, mustBe: string, standard: string): void => {
    const sentence = `spec.${path} is ${quoted(value)} and must be ${mustBe}; correct it, until then it is ${standard}`;
    problems.push({ object: `KubeFedConfig ${CONFIG_NAME}`, reason: "InvalidSetting", sentence });
  };
  const duration = (key: string, standardMs: number): number => {
    const value = check[key];
    if (value === undefined) return standardMs;
    const ms = typeof value === "string" ? parseDuration(value) : null;
    if (ms !== null && ms > 0) return ms;
    report(`clusterHealthCheck.${key}`, value, "a duration like 10s", `${standardMs / 1000}s`);
    return standardMs;
  };
  const threshold = (key: string, standard: number): number => {
    const value = check[key];
    if (value === undefined) return standard;
    if (typeof value === "number" && Number.isInteger(value) && value > 0 && value <= THRESHOLD_MAX)
      return value;
    report(`clusterHealthCheck.${key}`, value, `a whole number from 1 to ${THRESHOLD_MAX}`, String(standard));
    return standard;
  };
  const health = {
    periodMs: duration("period", STANDARD_HEALTH.periodMs),
    timeoutMs: duration("timeout", STANDARD_HEALTH.timeoutMs),
    failureThreshold: threshold("failureThreshold", STANDARD_HEALTH.failureThreshold),
    successThreshold: threshold("successThreshold", STANDARD_HEALTH.successThreshold),
  };
  const { scope } = spec;
  if (scope !== undefined && scope !== "Cluster" && scope !== "Namespaced")
    report("scope", scope, "Cluster or Namespaced", "Cluster");
  const { adoptResources } = isRecord(spec["syncController"]) ? spec["syncController"] : {};
  const isKnown = adoptResources === "Enabled" || adoptResources === "Disabled";
  if (adoptResources !== undefined && !isKnown)
    report("syncController.adoptResources", adoptResources, "Enabled or Disabled", "Enabled");
  const propagation: KubeFedPropagation = {
    scope: scope === "Namespaced" ? scope : "Cluster",
    adoptResources: isKnown ? adoptResources === "Enabled" : null,
  };
  return { health, propagation, problems };
}
