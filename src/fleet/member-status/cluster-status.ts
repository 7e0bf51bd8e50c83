/** The status of a KubeFedCluster, in KubeFed's words: what it should be, and whether it has to be written. Pure. */
import { sortPlaces, type Place } from "../../federation/members/cluster.ts";
import { isRecord } from "../kube/kube-error.ts";
import type { PublishedState } from "./readiness.ts";

/** What is known of a member now. */
export type MemberFacts = {
  /** Null: it has not been probed yet. */
  readonly state: PublishedState | null;
  /** Why it is not ready, as its last probe said; null when it is. */
  readonly detail: string | null;
  /** Why it cannot be reached as it is declared; null when it can. */
  readonly malformed: string | null;
  /** Like v1.30.2; null = not read. */
  readonly kubernetesVersion: string | null;
  readonly places: readonly Place[];
};

type Condition = {
  readonly type: "Ready" | "Offline" | "ConfigMalformed";
  readonly status: "True" | "False";
  readonly reason: string;
  readonly message: string;
};
type WrittenCondition = Condition & { readonly lastProbeTime: string; readonly lastTransitionTime: string };

/** The fields that are written; those that are absent stay as they are. */
export type ClusterStatus = {
  readonly conditions: readonly WrittenCondition[];
  readonly kubernetesVersion?: string;
  readonly region?: string;
  readonly zones?: readonly string[];
};

/** 32 kB is the limit of conditions elsewhere in Kubernetes; a sentence needs less. */
const MESSAGE_MAX_CHARACTERS = 1024;

/**
 * The status to write, or null when `observed`, the status of the object in the host, says the same. The time alone, and
 * the wording of an error, are no reason to write. `now` is an ISO date.
 */
export function statusToWrite(facts: MemberFacts, observed: unknown, now: string): ClusterStatus | null {
  const before = isRecord(observed) ? observed : {};
  const known = conditionsIn(before["conditions"]);
  const wanted = conditionsOf(facts);
  // Nothing is known that is worth an object without conditions, which KubeFed's schema does not allow.
  if (wanted.length === 0) return null;
  const fields = fieldsOf(facts);
  const isSame =
    wanted.length === known.size &&
    wanted.every((condition) => isSameCondition(condition, known.get(condition.type))) &&
    Object.entries(fields).every(([key, value]) => JSON.stringify(before[key]) === JSON.stringify(value));
  if (isSame) return null;
  const conditions = wanted.map((condition): WrittenCondition => {
    const earlier = known.get(condition.type);
    const isUnchanged = earlier?.["status"] === condition.status;
    const since = isUnchanged ? earlier?.["lastTransitionTime"] : undefined;
    return {
      ...condition,
      lastProbeTime: now,
      lastTransitionTime: typeof since === "string" ? since : now,
    };
  });
  return { conditions, ...fields };
}

function conditionsOf({ state, detail, malformed }: MemberFacts): readonly Condition[] {
  const conditions: Condition[] = [];
  if (malformed !== null)
    conditions.push(condition("ConfigMalformed", true, "ClusterConfigMalformed", malformed));
  if (state === "ready") {
    conditions.push(condition("Ready", true, "ClusterReady", "/readyz responded with ok"));
    conditions.push(condition("Offline", false, "ClusterReachable", "cluster is reachable"));
  } else if (state === "not-ready") {
    const message = `/readyz responded without ok${detail === null ? "" : `: ${detail}`}`;
    conditions.push(condition("Ready", false, "ClusterNotReady", message));
    conditions.push(condition("Offline", false, "ClusterReachable", "cluster is reachable"));
  } else if (state === "offline") {
    const message = `cluster is not reachable${detail === null ? "" : `: ${detail}`}`;
    conditions.push(condition("Ready", false, "ClusterNotReachable", message));
    conditions.push(condition("Offline", true, "ClusterNotReachable", message));
  } else if (malformed !== null) {
    conditions.push(condition("Ready", false, "ClusterConfigMalformed", malformed));
  }
  return conditions;
}

function condition(type: Condition["type"], isTrue: boolean, reason: string, message: string): Condition {
  return {
    type,
    status: isTrue ? "True" : "False",
    reason,
    message: message.slice(0, MESSAGE_MAX_CHARACTERS),
  };
}

/** The schema has room for one region: the first one by name, with the zones in it. */
function fieldsOf({ kubernetesVersion, places }: MemberFacts): Omit<ClusterStatus, "conditions"> {
  const sorted = sortPlaces(places);
  const region = sorted[0]?.region;
  const zones = sorted.flatMap((place) => (place.region === region ? (place.zone ?? []) : []));
  return {
    ...(kubernetesVersion !== null && { kubernetesVersion }),
    // Values that were written by hand stay while the nodes tell none.
    ...(region !== undefined && { region, zones }),
  };
}

function conditionsIn(value: unknown): ReadonlyMap<unknown, Readonly<Record<string, unknown>>> {
  const list: readonly unknown[] = Array.isArray(value) ? value : [];
  return new Map(list.filter(isRecord).map((one) => [one["type"], one]));
}

/** A malformed configuration is reported in its own words, which change with the mistake; of an error the kind counts. */
function isSameCondition(wanted: Condition, known: Readonly<Record<string, unknown>> | undefined): boolean {
  return (
    known?.["status"] === wanted.status &&
    known["reason"] === wanted.reason &&
    (wanted.type !== "ConfigMalformed" || known["message"] === wanted.message)
  );
}

/** Whether a KubeFedCluster, as the host has it, is Ready. */
export function saysReady(object: unknown): boolean {
  const status = isRecord(object) && isRecord(object["status"]) ? object["status"] : {};
  return conditionsIn(status["conditions"]).get("Ready")?.["status"] === "True";
}
