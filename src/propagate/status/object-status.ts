/**
 * The status of a federated object, from the reports about its copies: KubeFed's condition `Propagation`, and the conditions that
 * tools understand (kstatus: `Reconciling`, `Stalled`; `Ready` for `kubectl wait`).
 *
 *   copies                        | Propagation             | Ready | Reconciling | Stalled
 *   all as wanted                 | True                    | True  | False       | False
 *   some wait, fail or time out   | False, CheckClusters    | False | True        | False
 *   some refuse for good          | False, CheckClusters    | False | False       | True, with the status of the first of these and why
 *   the object cannot be read     | False, with its reason  | False | False       | True
 *
 * `DrainUnproved` is there, and True, while the object's generation is one for which a copy went although clients may still have been
 * led to it.
 *
 * `RolledOut` is there while versions reach the members in steps: how far the newest one is.
 *
 * A status is written when it changes, not when time passes: `lastTransitionTime` follows a condition's status, and
 * `lastUpdateTime` follows changes of clusters and writes to them.
 */
import type { RolloutSaid } from "../rollout/rollout-text.ts";
import type { CopyStatus, CopyReport } from "./copy-status.ts";
import { isStored } from "./stored-status.ts";

type ObjectReason =
  | ""
  | "ClusterRetrievalFailed"
  | "ComputePlacementFailed"
  | "ComputeResourceFailed"
  | "ApplyOverridesFailed"
  | "CheckClusters"
  | "NamespaceNotFederated";

type ObjectCondition = {
  readonly type: "Propagation" | "Ready" | "Reconciling" | "Stalled" | "DrainUnproved" | "RolledOut";
  readonly status: "True" | "False";
  readonly reason: string;
  readonly message: string;
  readonly lastTransitionTime: string;
  readonly lastUpdateTime: string;
};

export type ObjectStatus = {
  readonly observedGeneration: number;
  readonly conditions: readonly ObjectCondition[];
  readonly clusters: readonly ClusterLine[];
};

type ClusterLine = {
  readonly name: string;
  /** Left out when the copy is as wanted, as KubeFed does. */
  readonly status?: CopyStatus;
  readonly message?: string;
  readonly code?: number;
  readonly lastTransitionTime?: string;
  readonly generation?: number;
  readonly remoteStatus?: unknown;
};

/** They do not pass by themselves: the object, its member or a setting has to change. */
const PERMANENT: ReadonlySet<CopyStatus> = new Set([
  "ComputeResourceFailed",
  "ApplyOverridesFailed",
  "AlreadyExists",
  "ManagedLabelFalse",
  "NoSuchCluster",
  "NamespaceNotPlaced",
]);

/** Codes with which an API server refuses what is sent, whenever that is. */
const FINAL_CODES: ReadonlySet<number | null> = new Set([400, 413, 422]);

/** Some servers answer 500 for what can never be done: whoever sent it knows that it is not sent again. */
export function isPermanent({ status, code, isFinal = false }: CopyReport): boolean {
  return isFinal || PERMANENT.has(status) || (status.endsWith("Failed") && FINAL_CODES.has(code));
}

export type StatusInput = {
  readonly generation: number;
  /** Why nothing could be placed, with the field and the cure; null = it could. */
  readonly failure: {
    readonly reason: Exclude<ObjectReason, "" | "CheckClusters">;
    readonly message: string;
  } | null;
  readonly copies: readonly CopyReport[];
  /** What was not proved of copies that went for this generation, by cluster. Absent = nothing. */
  readonly unproved?: ReadonlyMap<string, string>;
  /** How far its newest version is; absent, null = its versions reach all members at once. */
  readonly rollout?: RolloutSaid | null;
  /** Something was written to a member since the last status. */
  readonly hasWritten: boolean;
  /** What the object's status is now; null = none. */
  readonly before: ObjectStatus | null;
  readonly nowMs: number;
};

/** Equal to `before` (deeply) when there is nothing to write. */
export function objectStatus(input: StatusInput): ObjectStatus {
  const { generation, copies, before, hasWritten } = input;
  const clusters = [...copies].sort((a, b) => (a.cluster < b.cluster ? -1 : 1)).map(lineOf);
  const isChanged = hasWritten || before === null || !isStored(clusters, before.clusters);
  const rollout = input.rollout == null ? [] : [{ type: "RolledOut" as const, ...input.rollout }];
  const facts = [...factsOf(input), ...unprovedIn(input), ...rollout];
  const conditions = facts.map((fact) => conditionOf(fact, input, isChanged));
  return { observedGeneration: generation, conditions, clusters };
}

/** Of many clusters that refuse, the first tell why. */
const MESSAGE_MAX_CHARACTERS = 1_000;

type Fact = Pick<ObjectCondition, "type" | "status" | "reason" | "message">;

function factsOf({ failure, copies }: StatusInput): Fact[] {
  const failing = copies.filter(({ status }) => status !== "");
  const isOk = failure === null && failing.length === 0;
  const permanent = failing.filter(isPermanent);
  const isStalled = failure !== null || permanent.length > 0;
  const reason: ObjectReason = failure?.reason ?? (isOk ? "" : "CheckClusters");
  const message =
    failure?.message ?? failing.map(({ cluster, status }) => `${cluster}: ${status}`).join(", ");
  const word = reason === "" ? "Propagated" : reason;
  const stalled =
    failure === null && isStalled
      ? {
          reason: permanent[0]?.status ?? word,
          message: permanent.map(clauseOf).join("; ").slice(0, MESSAGE_MAX_CHARACTERS),
        }
      : { reason: word, message };
  return [
    { type: "Propagation", status: textOf(isOk), reason, message },
    { type: "Ready", status: textOf(isOk), reason: word, message },
    { type: "Reconciling", status: textOf(!isOk && !isStalled), reason: word, message },
    { type: "Stalled", status: textOf(isStalled), ...stalled },
  ];
}

function clauseOf({ cluster, status, message }: CopyReport): string {
  return message === null ? `${cluster}: ${status}` : `${cluster}: ${status}: ${message}`;
}

/** An earlier process may have written it: it stays until the object is another one. */
function unprovedIn({ unproved = new Map(), generation, before }: StatusInput): Fact[] {
  const type = "DrainUnproved";
  const said = [...unproved].map(([cluster, what]) => `${cluster}: ${what}`).sort();
  const last = before?.conditions.find((condition) => condition.type === type);
  if (said.length > 0) return [{ type, status: "True", reason: "NotProved", message: said.join("; ") }];
  if (last === undefined || before?.observedGeneration !== generation) return [];
  return [{ type, status: "True", reason: last.reason, message: last.message ?? "" }];
}

function conditionOf(fact: Fact, { before, nowMs }: StatusInput, isChanged: boolean): ObjectCondition {
  const last = before?.conditions.find(({ type }) => type === fact.type);
  const now = timeText(nowMs);
  // KubeFed's definitions prune messages: one that is not there must not renew the time for ever.
  const isSaidAlready = last?.reason === fact.reason && isStored(fact.message, last.message, "message");
  return {
    ...fact,
    lastTransitionTime: last?.status === fact.status ? last.lastTransitionTime : now,
    lastUpdateTime: !isChanged && isSaidAlready ? last.lastUpdateTime : now,
  };
}

function lineOf({
  cluster,
  status,
  message,
  code,
  sinceMs,
  generation,
  remoteStatus,
}: CopyReport): ClusterLine {
  const remote = {
    ...(generation !== null && { generation }),
    ...(remoteStatus !== undefined && { remoteStatus }),
  };
  if (status === "") return { name: cluster, ...(message !== null && { message }), ...remote };
  return {
    name: cluster,
    status,
    ...(message !== null && { message }),
    ...(code !== null && { code }),
    ...(sinceMs > 0 && { lastTransitionTime: timeText(sinceMs) }),
    ...remote,
  };
}

/** As metav1.Time: seconds. */
export function timeText(wallMs: number): string {
  return new Date(wallMs).toISOString().replace(/\.\d+Z$/, "Z");
}

function textOf(isTrue: boolean): "True" | "False" {
  return isTrue ? "True" : "False";
}
