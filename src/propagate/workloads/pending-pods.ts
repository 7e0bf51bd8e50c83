/** How many pods of a workload a member cannot place: those whose scheduler has said so for a minute. */
import { isJsonRecord } from "../../kernel/json.ts";
import { listAll } from "../../fleet/list/list.ts";
import { collectionPath } from "../../fleet/kube/resource.ts";
import type { Transport } from "../../fleet/kube/transport.ts";

/** A pod waits for a moment whenever nodes are added, or others make room. */
const PENDING_MS = 60_000;

type PendingOptions = {
  readonly transport: Transport;
  readonly namespace: string;
  /** Text of a label selector. */
  readonly selector: string;
  readonly nowMs: number;
  readonly signal: AbortSignal;
};

/** Throws as `listAll` does. */
export async function pendingPods({
  transport,
  namespace,
  selector,
  nowMs,
  signal,
}: PendingOptions): Promise<number> {
  const path = collectionPath({ group: "", version: "v1", plural: "pods", namespace });
  let sinceMs: number[] = [];
  await listAll({
    transport,
    path,
    query: { labelSelector: selector, fieldSelector: "status.phase=Pending" },
    signal,
    onStart: () => {
      sinceMs = [];
    },
    onPage: ({ items }) => {
      for (const pod of items) {
        const since = unschedulableSince(pod);
        if (since !== null) sinceMs.push(since);
      }
    },
  });
  return sinceMs.filter((since) => nowMs - since >= PENDING_MS).length;
}

/** Wall ms; null = it is placed, or nobody has said that it cannot be. */
export function unschedulableSince(pod: unknown): number | null {
  const { status, metadata } = isJsonRecord(pod) ? pod : {};
  if (isJsonRecord(metadata) && metadata["deletionTimestamp"] !== undefined) return null;
  const conditions = isJsonRecord(status) ? status["conditions"] : undefined;
  if (!Array.isArray(conditions)) return null;
  for (const one of conditions) {
    if (!isJsonRecord(one) || one["type"] !== "PodScheduled" || one["status"] !== "False") continue;
    const sinceMs = Date.parse(String(one["lastTransitionTime"]));
    if (one["reason"] === "Unschedulable") return Number.isNaN(sinceMs) ? 0 : sinceMs;
  }
  return null;
}
