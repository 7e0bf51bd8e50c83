/**
 * What came of a write to a member: what is said about the copy, what is known of it now, and when it is worked on again.
 *
 *   refused as                                     | status                | again
 *   timeout, hang-up                               | …TimedOut             | after a read
 *   unreachable                                    | ClusterNotReady       | when the member is seen
 *   unauthorized                                   | ClientRetrievalFailed | after a growing wait
 *   kind-not-served                                | KindNotServed         | after a growing wait
 *   exists, stale, uid-mismatch, object-missing    | as before             | at once, with what was read
 *   invalid, invalid-manifest, live-duplicates,    | …Failed               | when the object changes
 *     too-large, bad-request                       |                       |
 *   invalid, as a field cannot be changed          | …Failed               | as recreate.ts says
 *   throttled                                      | …Failed               | after the time that the server asks for
 *   any other                                      | …Failed               | after a growing wait
 */
import type { ApiObject } from "../../fleet/objects/api-object.ts";
import type { RequestRefusal } from "../../fleet/objects/refusal.ts";
import type { CopyStatus, CopyReport } from "../status/copy-status.ts";
import type { FieldClaim } from "./contests.ts";

export type WriteOutcome = {
  /** Null = nothing new is to be said. */
  readonly report: Pick<CopyReport, "status" | "message" | "code"> | null;
  /** The copy as it is now; null = there is none; "unknown" = it has to be read. */
  readonly copy: ApiObject | null | "unknown";
  readonly hasWritten: boolean;
  readonly next: "settled" | "decide-again" | "retry" | "stop";
  /** The server asked for a wait of this length. */
  readonly retryAfterMs: number;
  /** What kept the server from trying it; absent = it has tried, or did not answer. */
  readonly pressure?: "overload" | "priority-and-fairness";
  /** Fields that cannot be changed in an object that exists; absent = the refusal, if any, has another reason. */
  readonly immutable?: readonly string[];
};

/** It has to be decided again, for there is no copy. With a copy: for what it is now. */
export const GONE: WriteOutcome = {
  report: null,
  copy: null,
  hasWritten: false,
  next: "decide-again",
  retryAfterMs: 0,
};

type Verb = "Creation" | "Update" | "Deletion" | "LabelRemoval";

/** The object itself has to change: the same request would be refused for ever. */
const FINAL: ReadonlySet<RequestRefusal["kind"]> = new Set([
  "invalid",
  "invalid-manifest",
  "live-duplicates",
  "too-large",
  "bad-request",
]);
const STALE: ReadonlySet<RequestRefusal["kind"]> = new Set([
  "exists",
  "stale",
  "uid-mismatch",
  "object-missing",
]);

/** These are found before the guard of a create: the object exists. */
const AFTER_EXISTS: ReadonlySet<RequestRefusal["kind"]> = new Set(["field-conflict", "live-duplicates"]);

export function refused(verb: Verb, refusal: RequestRefusal, code: number | null): WriteOutcome {
  const retryAfterMs = refusal.retryAfterMs ?? 0;
  if (STALE.has(refusal.kind) || (verb === "Creation" && AFTER_EXISTS.has(refusal.kind)))
    return { report: null, copy: "unknown", hasWritten: false, next: "decide-again", retryAfterMs };
  const report = { status: statusOf(verb, refusal), message: `${refusal.message}; ${refusal.advice}`, code };
  return {
    report,
    copy: "unknown",
    hasWritten: refusal.isOutcomeUnknown,
    next: FINAL.has(refusal.kind) ? "stop" : "retry",
    retryAfterMs,
    ...(refusal.kind === "throttled" && {
      pressure: refusal.isFlowLimited ? ("priority-and-fairness" as const) : ("overload" as const),
    }),
    ...(refusal.kind === "invalid" && refusal.isImmutable && { immutable: fieldsOf(refusal.causes) }),
  };
}

function fieldsOf(causes: readonly { readonly field: string }[]): readonly string[] {
  return [...new Set(causes.map(({ field }) => field).filter((field) => field !== ""))];
}

function statusOf(verb: Verb, { kind }: RequestRefusal): CopyStatus {
  if (kind === "timeout" || kind === "hang-up") return `${verb}TimedOut`;
  if (kind === "unreachable") return "ClusterNotReady";
  if (kind === "unauthorized") return "ClientRetrievalFailed";
  return kind === "kind-not-served" ? "KindNotServed" : `${verb}Failed`;
}

/** `message` null = all is as wanted and nothing is to be said. */
export function written(
  copy: ApiObject | null,
  message: string | null = null,
  hasWritten = true,
): WriteOutcome {
  return {
    report: { status: "", message, code: null },
    copy,
    hasWritten,
    next: "settled",
    retryAfterMs: 0,
  };
}

/** The fields were taken from others too often. */
export function contestedOutcome(claims: readonly FieldClaim[]): WriteOutcome {
  const named = claims.map(({ path, manager }) => `${manager} (${path})`).join(", ");
  const message = `others change fields back each time: ${named}; take the fields out of the template, or stop them`;
  return {
    report: { status: "Contested", message, code: 409 },
    copy: "unknown",
    hasWritten: false,
    next: "retry",
    retryAfterMs: 0,
  };
}
