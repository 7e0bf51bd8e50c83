/**
 * Whether a copy is rolled out in its member, by the object as its member shows it: what its controllers say of the state that was
 * asked for last.
 *
 *   kind                   | well when
 *   any                    | its controllers have seen it as it is (observedGeneration), and no condition says otherwise
 *   Deployment             | all replicas are updated and available, and none of an older version is left
 *   StatefulSet            | the same; of its partition alone, if it has one
 *   DaemonSet              | the pods of all Nodes are updated and available
 *   ReplicaSet             | all replicas are available
 *   Job                    | it has not failed
 *
 *   a condition                             | the copy
 *   Progressing: False (a Deployment)       | has failed
 *   Failed: True (a Job), Stalled: True     | has failed
 *   Ready: False, Reconciling: True         | is waited for
 */
import { isJsonRecord, type JsonRecord } from "../../kernel/json.ts";

/** `reason`: a clause; "" when it is well. */
type CopyRollout = {
  readonly state: "well" | "waiting" | "failed";
  readonly reason: string;
};

const WELL: CopyRollout = { state: "well", reason: "" };
const REASON_MAX_CHARACTERS = 200;

export function rolledOut(kind: string, object: JsonRecord): CopyRollout {
  const [metadata, spec, status] = ["metadata", "spec", "status"].map((part) => recordAt(object, part)) as [
    JsonRecord,
    JsonRecord,
    JsonRecord,
  ];
  const { observedGeneration } = status;
  const isCounted = COUNTED.has(kind);
  const { generation } = metadata;
  const isBehind =
    typeof generation === "number" &&
    (typeof observedGeneration === "number" ? observedGeneration < generation : isCounted);
  // What is said until then is about the previous version.
  if (isBehind) return waiting("its controller has not seen the new version yet");
  const broken = failureIn(kind, status);
  if (broken !== null) return { state: "failed", reason: broken };
  const missing = COUNTED.get(kind)?.(spec, status) ?? unsettled(kind, status);
  return missing === null ? WELL : waiting(missing);
}

/** Null = nothing is missing. */
type Missing = (spec: JsonRecord, status: JsonRecord) => string | null;

const COUNTED: ReadonlyMap<string, Missing> = new Map<string, Missing>([
  [
    "Deployment",
    (spec, status) => {
      if (spec["paused"] === true) return "its spec.paused keeps the new version back";
      const wanted = numberAt(spec, "replicas", 1);
      const updated = numberAt(status, "updatedReplicas");
      if (updated < wanted) return `${updated} of ${wanted} replicas are updated`;
      const old = numberAt(status, "replicas") - updated;
      if (old > 0) return `${old} replicas of the previous version are still there`;
      const available = numberAt(status, "availableReplicas");
      return available < updated ? `${available} of ${updated} replicas are available` : null;
    },
  ],
  [
    "StatefulSet",
    (spec, status) => {
      const strategy = recordAt(spec, "updateStrategy");
      if (strategy["type"] === "OnDelete") return null;
      const wanted = numberAt(spec, "replicas", 1);
      const kept = numberAt(recordAt(strategy, "rollingUpdate"), "partition");
      const ready = numberAt(status, "readyReplicas");
      if (ready < wanted) return `${ready} of ${wanted} replicas are ready`;
      const updated = numberAt(status, "updatedReplicas");
      const due = Math.max(0, wanted - kept);
      const isWhole = kept === 0 && status["currentRevision"] === status["updateRevision"];
      return updated < due && !isWhole ? `${updated} of ${due} replicas are updated` : null;
    },
  ],
  [
    "DaemonSet",
    (spec, status) => {
      if (recordAt(spec, "updateStrategy")["type"] === "OnDelete") return null;
      const wanted = numberAt(status, "desiredNumberScheduled");
      const updated = numberAt(status, "updatedNumberScheduled");
      if (updated < wanted) return `${updated} of ${wanted} pods are updated`;
      const available = numberAt(status, "numberAvailable");
      return available < wanted ? `${available} of ${wanted} pods are available` : null;
    },
  ],
  [
    "ReplicaSet",
    (spec, status) => {
      const wanted = numberAt(spec, "replicas", 1);
      const available = numberAt(status, "availableReplicas");
      return available < wanted ? `${available} of ${wanted} replicas are available` : null;
    },
  ],
]);

function failureIn(kind: string, status: JsonRecord): string | null {
  if (kind === "Deployment") return conditionText(status, "Progressing", "False");
  if (kind === "Job") return conditionText(status, "Failed", "True");
  return COUNTED.has(kind) ? null : conditionText(status, "Stalled", "True");
}

function unsettled(kind: string, status: JsonRecord): string | null {
  if (kind === "Job" || COUNTED.has(kind)) return null;
  return conditionText(status, "Ready", "False") ?? conditionText(status, "Reconciling", "True");
}

function conditionText(status: JsonRecord, type: string, is: string): string | null {
  const conditions = Array.isArray(status["conditions"]) ? status["conditions"].filter(isJsonRecord) : [];
  const found = conditions.find((one) => one["type"] === type && one["status"] === is);
  if (found === undefined) return null;
  const { reason, message } = found;
  const words = [reason, message].filter((word) => typeof word === "string" && word !== "");
  return `its condition ${type} is ${is}: ${words.join(": ")}`.slice(0, REASON_MAX_CHARACTERS);
}

function waiting(reason: string): CopyRollout {
  return { state: "waiting", reason };
}

function numberAt(value: JsonRecord, key: string, otherwise = 0): number {
  const number = value[key];
  return typeof number === "number" ? number : otherwise;
}

function recordAt(value: JsonRecord, key: string): JsonRecord {
  const inner = value[key];
  return isJsonRecord(inner) ? inner : {};
}
