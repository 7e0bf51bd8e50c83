/** What is told about a plain object as Events: it has no place for what a federated object has in its status. */
import type { Witness } from "./cascade.ts";

/** `reason`: one word in CamelCase. */
export type PlainEvent = { readonly reason: string; readonly message: string };

const REASONS: ReadonlyMap<string, string> = new Map([
  ["Creation", "CreateInClusterFailed"],
  ["Update", "UpdateInClusterFailed"],
  ["Deletion", "DeleteInClusterFailed"],
]);

/** In the words of Federation v1, where it has any. */
export function inWordsOfV1({ reason, message }: PlainEvent): PlainEvent {
  const verb = /^(Creation|Update|Deletion)(?:Failed|TimedOut)$/.exec(reason)?.[1] ?? "";
  return { reason: REASONS.get(verb) ?? reason, message };
}

export function cascadeEvent(witness: Witness): PlainEvent | null {
  if (witness !== "not-seen") return null;
  const message =
    "nobody saw how it was deleted, so its copies stay in the clusters: delete them there if they are to go";
  return { reason: "CopiesOrphaned", message };
}

export const LET_GO: PlainEvent = {
  reason: "CopiesOrphaned",
  message: "it has no annotation of Federation v1 any more: its copies stay in the clusters as they are",
};

export function shadowedEvent(federatedKind: string, name: string): PlainEvent {
  const message = `there is a ${federatedKind} ${name}, which counts: its annotations of Federation v1 mean nothing`;
  return { reason: "Shadowed", message };
}
