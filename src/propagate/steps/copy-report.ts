/** What is said about a copy: why it is not as wanted, or that it is. */
import type { HeldChange } from "../brake/brake.ts";
import type { CopyAction } from "../apply/decide.ts";
import type { DrainStep } from "../drain/drain-step.ts";
import type { WorkResult } from "../queue/queue-worker.ts";
import type { CopyReport } from "../status/copy-status.ts";
import { type CopyJob, type CopySubject, type CopyTools, DONE } from "./copy-job.ts";
import type { Wanted } from "./wanted.ts";

type Report = Pick<CopyReport, "status" | "message" | "code" | "isFinal">;

/** A member that is not seen, or that is withheld, is not written to: what it has is left as it is. */
export function unseen(
  subject: CopySubject,
  why: string,
  tools: CopyTools,
  status: "ClusterNotReady" | "RetrievalFailed" = "ClusterNotReady",
): WorkResult {
  const { wanted, copies, row } = subject;
  if (wanted.kind === "undecided") return DONE;
  const isDeleted = wanted.kind === "absent" && wanted.reason === "deleted";
  const forgetting = `its copy is deleted when it is back; fedns forget workloads ${subject.cluster.name} ends the waiting`;
  if (wanted.kind === "absent" && !isDeleted && !copies.isPresent(row)) forget(subject, tools);
  else {
    const message = isDeleted ? `${why}: ${forgetting}` : why;
    report(subject, tools, { status, message, code: null });
  }
  return DONE;
}

/** Without the right to read, nothing is written either: what is there cannot be known. */
export function notReadable(job: CopyJob, tools: CopyTools): WorkResult {
  const { resource, namespace } = job.request.key;
  const place = namespace === "" ? "" : ` in the namespace ${namespace}`;
  const why = `its account may not read ${resource.plural}${place} (${job.viewError ?? "refused"}): join the cluster with them in --kinds`;
  return unseen(job, why, tools, "RetrievalFailed");
}

export function notServed(job: CopyJob, tools: CopyTools): WorkResult {
  const { kind, apiVersion } = job.target;
  const message = `the cluster does not serve ${kind} of ${apiVersion}, nor in another version: install its definition there`;
  if (job.wanted.kind === "absent" && !job.copies.isPresent(job.row)) forget(job, tools);
  else report(job, tools, { status: "KindNotServed", message, code: null });
  return DONE;
}

/** The brake holds a change of the copy. */
export function heldBack(held: HeldChange, job: CopyJob, tools: CopyTools): WorkResult {
  // An adoption that was refused is tried again and again, and what it found out is still so.
  const isTaken = job.copies.reportOf(job.row)?.status === "AlreadyExists";
  if (held.reason !== null && !isTaken)
    report(job, tools, { status: "Paused", message: held.reason, code: null });
  if (held.againMs === null) return DONE;
  return { next: "later", server: "not-asked", retryAfterMs: held.againMs - tools.clock.nowMs() };
}

const DRAIN_POLL_MS = 500;

/** Clients may still be led to the copy. */
export function waitsForDrain({ reason }: DrainStep, job: CopyJob, tools: CopyTools): WorkResult {
  report(job, tools, { status: "WaitingForDrain", message: reason, code: null });
  return { next: "later", server: "not-asked", retryAfterMs: DRAIN_POLL_MS };
}

const REFUSALS: Readonly<Record<"AlreadyExists" | "ManagedLabelFalse", string>> = {
  AlreadyExists: "an object of this name exists and is not managed here: rename it, or allow adoption",
  ManagedLabelFalse:
    "the member opts out by the label kubefed.io/managed=false: remove the label there to have it managed",
};

/** `notes`: what was rendered otherwise than the template has it. */
export function settled(
  action: CopyAction,
  job: CopyJob,
  tools: CopyTools,
  notes: readonly string[],
): WorkResult {
  if (action.kind === "refuse")
    report(job, tools, { status: action.status, message: REFUSALS[action.status], code: null });
  else if (action.kind === "wait" && action.for === "removal")
    report(job, tools, { status: "WaitingForRemoval", message: null, code: null });
  else if (action.kind === "none" && job.wanted.kind === "present") report(job, tools, good(job, notes));
  else if (action.kind === "none") {
    forget(job, tools);
    // A member that was not seen is seen again, and has no copy: the object may go.
    if (job.wanted.kind === "absent" && job.wanted.reason === "deleted") tools.onReport(job.row, false);
  }
  return DONE;
}

/** The copy is as wanted, with what was rendered otherwise, and what its last write told. */
export function good({ copies, row }: CopySubject, notes: readonly string[]): Report {
  const remark = copies.notes.remarkOf(row);
  const clauses = [...notes, ...(remark === null ? [] : [remark])];
  return { status: "", message: clauses.length === 0 ? null : clauses.join("; "), code: null };
}

export function report(
  { row, copies, wanted }: CopySubject,
  { clock, onReport }: CopyTools,
  found: Report,
  hasWritten = false,
): void {
  const now = found.status === "" && wanted.kind === "present" ? ofVersion(wanted, found) : found;
  const generation = wanted.kind === "present" && now.status === "" ? wanted.object.generation : null;
  if (copies.report(row, now, generation, clock.wallMs()) || hasWritten) onReport(row, hasWritten);
}

/** A copy that is as wanted, and is not to be in the newest version yet. */
function ofVersion({ held }: Extract<Wanted, { readonly kind: "present" }>, found: Report): Report {
  if (held === undefined) return found;
  const message = found.message === null ? held.reason : `${held.reason}; ${found.message}`;
  return { ...found, status: "WaitingForRollout", message, isFinal: held.isFinal };
}

/** Nothing is decided about the copy: why is said where its rollout is the reason. */
export function undecided(subject: CopySubject, tools: CopyTools): WorkResult {
  const { wanted } = subject;
  const waits = wanted.kind === "undecided" ? wanted.waits : undefined;
  // What was said before may be wrong by now, and nobody looks.
  if (waits === undefined) forget(subject, tools);
  else
    report(subject, tools, {
      status: "WaitingForRollout",
      message: waits.reason,
      code: null,
      isFinal: waits.isFinal,
    });
  return DONE;
}

function forget({ row, copies }: CopySubject, { onReport }: CopyTools): void {
  if (copies.forgetReport(row)) onReport(row, false);
}
