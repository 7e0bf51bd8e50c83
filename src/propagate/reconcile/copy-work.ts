/**
 * The work on one copy, in one straight way: what is wanted, what the member has, what to do, what came of it.
 *
 *     object of the host ──> wanted ──> rendered ──┐
 *     copies of the member ────> live ─────────────┴──> decision ──> write ──> report
 */
import type { JsonRecord } from "../../kernel/json.ts";
import type { Clock } from "../../kernel/clock.ts";
import type { ApiObject } from "../../fleet/objects/api-object.ts";
import type { ObjectContent } from "../../fleet/objects/write.ts";
import * as writes from "../apply/carry-out.ts";
import type { FieldContests } from "../apply/contests.ts";
import { type Adoption, type CopyAction, decide, type LiveCopy } from "../apply/decide.ts";
import type { WriteOutcome } from "../apply/outcome.ts";
import { coversAll, hasField } from "../apply/owned-fields.ts";
import type { FieldsTable } from "../copies/fields-table.ts";
import type { MemberCopies } from "../copies/member-copies.ts";
import { type Ownership, seenCopy } from "../copies/seen-copy.ts";
import { ADOPTED } from "../federated/labels.ts";
import type { PlaceableCluster } from "../placement/placement.ts";
import { render, type Rendered, type TargetType } from "../render/render.ts";
import type { CopyReport } from "../status/copy-status.ts";
import type { WorkResult } from "../queue/queue-worker.ts";
import type { Wanted } from "./wanted.ts";

/** One copy: what is wanted of it, and what is known. */
type CopySubject = {
  readonly row: number;
  readonly cluster: PlaceableCluster;
  readonly target: TargetType;
  readonly wanted: Wanted;
  readonly copies: MemberCopies;
};

/** One copy, with everything that its work needs. */
export type CopyJob = CopySubject & {
  readonly adoption: Adoption;
  /** "listed": the member's copies of this type have been listed, and changes are seen now. */
  readonly view: "listed" | "not-listed" | "not-seen" | "not-served";
  readonly request: writes.CopyRequest;
  /** What the copy needs first and the member does not have yet, as text; none = it may be made. */
  readonly missing: (body: JsonRecord) => readonly string[];
};

/** What all jobs share. */
export type CopyTools = {
  readonly ownership: Ownership;
  readonly fields: FieldsTable;
  readonly contests: FieldContests;
  readonly clock: Clock;
  /** The report about a copy has changed, or something was written. */
  readonly onReport: (row: number, hasWritten: boolean) => void;
};

type Report = Pick<CopyReport, "status" | "message" | "code">;
const GOOD: Report = { status: "", message: null, code: null };
/** How often it is looked whether what a copy needs has come. */
const DEPENDENCY_POLL_MS = 250;
/** Then a copy is made without: its controllers wait as well, and a template may name what was never meant to exist. */
const DEPENDENCY_WAIT_MS = 60_000;
const WAITING: WorkResult = { next: "later", server: "not-asked", retryAfterMs: DEPENDENCY_POLL_MS };
const DONE: WorkResult = { next: "done", server: "not-asked", retryAfterMs: 0 };

export async function workOnCopy(job: CopyJob, tools: CopyTools): Promise<WorkResult> {
  const step = await nextStep(job, tools);
  if (step.kind === "settled") return step.result;
  const outcome = await carryOut(step.action, job, step.body, tools);
  return outcome === null ? settled(step.action, job, tools) : conclude(outcome, job, tools);
}

type NextStep =
  /** It has been reported why there is nothing to do, or not yet. */
  | { readonly kind: "settled"; readonly result: WorkResult }
  | {
      readonly kind: "act";
      readonly action: CopyAction;
      /** What is applied; null = the copy is not wanted. */
      readonly body: JsonRecord | null;
    };

/** What is to be done next. Nothing is written; the copy is read where what is known of it is not enough. */
export async function nextStep(job: CopyJob, tools: CopyTools): Promise<NextStep> {
  const { wanted, view, row, copies } = job;
  if (wanted.kind === "undecided") return { kind: "settled", result: DONE };
  if (view === "not-seen")
    return { kind: "settled", result: unseen(job, "the cluster does not answer", tools) };
  if (view === "not-served") return { kind: "settled", result: notServed(job, tools) };
  // The watch shows labelled objects only: of others it does not tell when they change. A member may also have been restored.
  if (isForeign(copies.live(row, true)) || copies.isDoubtful(row)) {
    const looked = await look(job, tools);
    if (copies.isDoubtful(row)) return { kind: "settled", result: looked };
  }
  const live = copies.live(row, view === "listed");
  const rendered = wanted.kind === "present" ? renderFor(job, live, tools) : null;
  if (rendered !== null && "problem" in rendered) {
    report(job, tools, { status: "ApplyOverridesFailed", message: rendered.problem, code: null });
    return { kind: "settled", result: DONE };
  }
  if (rendered !== null && live.kind === "absent" && isTooEarly(job, rendered.body, tools))
    return { kind: "settled", result: WAITING };
  if (rendered !== null) verify(job, live, rendered, tools);
  const action = decide(
    wanted.kind === "present"
      ? { kind: "present", hash: rendered?.hash ?? "", adoption: job.adoption }
      : { kind: "absent", orphan: wanted.orphan },
    copies.live(row, view === "listed"),
  );
  return { kind: "act", action, body: rendered?.body ?? null };
}

/** Reads the copy. Its result is for a copy that is still in doubt: it could not be read, or has changed meanwhile. */
async function look(job: CopyJob, tools: CopyTools): Promise<WorkResult> {
  job.copies.ask(job.row);
  const outcome = await writes.look(job.request);
  learn(outcome.copy, job, tools);
  const { retryAfterMs } = outcome;
  return { next: outcome.copy === "unknown" ? "retry" : "again", server: stateOf(outcome), retryAfterMs };
}

/** Federated objects that the copy names go first, for a minute. */
function isTooEarly(job: CopyJob, body: JsonRecord, tools: CopyTools): boolean {
  const missing = job.missing(body);
  if (missing.length === 0) return false;
  const before = job.copies.reportOf(job.row);
  const isWaiting = before?.status === "WaitingForDependencies";
  if (isWaiting && tools.clock.wallMs() - before.sinceMs >= DEPENDENCY_WAIT_MS) return false;
  const message = `it waits for ${missing.join(", ")}, at most for a minute`;
  report(job, tools, { status: "WaitingForDependencies", message, code: null });
  return true;
}

function isForeign(live: LiveCopy): boolean {
  return live.kind === "present" && live.owner === "nobody";
}

/** A member that is not seen, or that is withheld, is not written to: what it has is left as it is. */
export function unseen(subject: CopySubject, why: string, tools: CopyTools): WorkResult {
  const { wanted, copies, row } = subject;
  if (wanted.kind === "undecided") return DONE;
  const isDeleted = wanted.kind === "absent" && wanted.reason === "deleted";
  const forgetting = `its copy is deleted when it is back; fedns forget workloads ${subject.cluster.name} ends the waiting`;
  if (wanted.kind === "absent" && !isDeleted && !copies.isPresent(row)) forget(subject, tools);
  else {
    const message = isDeleted ? `${why}: ${forgetting}` : why;
    report(subject, tools, { status: "ClusterNotReady", message, code: null });
  }
  return DONE;
}

function notServed(job: CopyJob, tools: CopyTools): WorkResult {
  const { kind, apiVersion } = job.target;
  const message = `the cluster does not serve ${kind} of ${apiVersion}: install its definition there`;
  if (job.wanted.kind === "absent" && !job.copies.isPresent(job.row)) forget(job, tools);
  else report(job, tools, { status: "KindNotServed", message, code: null });
  return DONE;
}

function renderFor(
  { wanted, cluster, target }: CopyJob,
  live: LiveCopy,
  { ownership }: CopyTools,
): Rendered | null {
  if (wanted.kind !== "present") return null;
  const isUpdate = live.kind === "present";
  const rendered = render({ object: wanted.object, target, cluster, owner: ownership.owner, isUpdate });
  return live.kind === "present" && live.isAdopted && "body" in rendered
    ? { ...rendered, body: adopted(rendered.body) }
    : rendered;
}

/** After a restart nothing is known of our fields but their names, which is enough. */
function verify({ row, copies }: CopyJob, live: LiveCopy, rendered: Rendered, { fields }: CopyTools): void {
  if (live.kind !== "present" || live.isCovered || live.owner !== "us" || "problem" in rendered) return;
  if (live.applied !== rendered.hash) return;
  const own = fields.get(copies.fieldsHash(row));
  if (own !== null && coversAll(own, rendered.body)) copies.verified(row);
}

/** Null = nothing was sent. */
export function carryOut(
  action: CopyAction,
  job: CopyJob,
  body: JsonRecord | null,
  { contests, fields }: CopyTools,
): Promise<WriteOutcome | null> {
  const { request, copies, row, wanted } = job;
  const uid = copies.uid(row);
  copies.ask(row);
  const manifest = (body ?? {}) as ObjectContent;
  switch (action.kind) {
    case "none":
    case "wait":
    case "refuse":
      return Promise.resolve(null);
    case "create":
      return writes.create(request, manifest);
    case "update":
      return isGivenUp(job, manifest, fields)
        ? writes.handOver(request, REPLICAS)
        : writes.update(request, manifest, { uid, contests });
    case "take-over":
      return writes.takeOver(request, manifest);
    case "adopt":
      return writes.adopt(request, adopted(manifest) as ObjectContent, action);
    case "remove":
      return writes.removeCopy(request, {
        uid,
        resourceVersion: copies.resourceVersion(row),
        ...(wanted.kind === "absent" && wanted.deleteOptions),
      });
    case "release":
      return writes.release(request);
  }
}

const REPLICAS: readonly string[] = ["spec", "replicas"];

/**
 * The member is to decide the number of replicas from now on, and it is still ours: an apply without it would reset it to its
 * default.
 */
export function isGivenUp(
  { wanted, copies, row }: CopyJob,
  { spec }: ObjectContent,
  fields: FieldsTable,
): boolean {
  const own = fields.get(copies.fieldsHash(row));
  const isSent = typeof spec === "object" && spec !== null && "replicas" in spec;
  return (
    wanted.kind === "present" &&
    wanted.object.retainReplicas &&
    !isSent &&
    own !== null &&
    hasField(own, REPLICAS)
  );
}

const REFUSALS: Readonly<Record<"AlreadyExists" | "ManagedLabelFalse", string>> = {
  AlreadyExists: "an object of this name exists and is not managed here: rename it, or allow adoption",
  ManagedLabelFalse: "the member opts out by the label kubefed.io/managed=false",
};

export function settled(action: CopyAction, job: CopyJob, tools: CopyTools): WorkResult {
  if (action.kind === "refuse")
    report(job, tools, { status: action.status, message: REFUSALS[action.status], code: null });
  else if (action.kind === "wait" && action.for === "removal")
    report(job, tools, { status: "WaitingForRemoval", message: null, code: null });
  else if (action.kind === "none" && job.wanted.kind === "present") report(job, tools, null);
  else if (action.kind === "none") forget(job, tools);
  return DONE;
}

async function conclude(outcome: WriteOutcome, job: CopyJob, tools: CopyTools): Promise<WorkResult> {
  const { copies, row } = job;
  learn(outcome.copy, job, tools);
  const isDoubtful = copies.isDoubtful(row);
  if (outcome.next === "settled" && outcome.copy !== null && !isDoubtful) copies.verified(row);
  if (outcome.report !== null) report(job, tools, outcome.report, outcome.hasWritten);
  else if (outcome.hasWritten) tools.onReport(row, true);
  const { retryAfterMs } = outcome;
  const server = stateOf(outcome);
  if (outcome.next === "decide-again") {
    if (outcome.copy === "unknown") await look(job, tools);
    return { next: "again", server, retryAfterMs };
  }
  if (isDoubtful) return { next: "again", server, retryAfterMs };
  return { next: outcome.next === "retry" ? "retry" : "done", server, retryAfterMs };
}

/** What a reply or a read showed. "unknown" leaves what is known. */
export function learn(
  copy: ApiObject | null | "unknown",
  { copies, row }: CopyJob,
  { ownership, fields }: CopyTools,
): void {
  if (copy === null) copies.gone(row, true);
  else if (copy !== "unknown") copies.see(row, seenCopy(copy.metadata, ownership, fields), true);
}

function stateOf({ report: said, retryAfterMs }: WriteOutcome): WorkResult["server"] {
  if (said?.status === "ClusterNotReady" || said?.status.endsWith("TimedOut") === true) return "silent";
  return said?.code === 429 || said?.code === 503 || retryAfterMs > 0 ? "busy" : "answers";
}

/** `said` null: the copy is as wanted, and a message about its last write stays. */
function report(
  { row, copies, wanted }: CopySubject,
  { clock, onReport }: CopyTools,
  said: Report | null,
  hasWritten = false,
): void {
  const before = copies.reportOf(row);
  const now = said ?? (before?.status === "" ? before : GOOD);
  const generation = wanted.kind === "present" && now.status === "" ? wanted.object.generation : null;
  if (copies.report(row, now, generation, clock.wallMs()) || hasWritten) onReport(row, hasWritten);
}

function forget({ row, copies }: CopySubject, { onReport }: CopyTools): void {
  if (copies.forgetReport(row)) onReport(row, false);
}

function adopted(body: JsonRecord): JsonRecord {
  const metadata = body["metadata"] as JsonRecord;
  return {
    ...body,
    metadata: { ...metadata, labels: { ...(metadata["labels"] as JsonRecord), [ADOPTED]: "true" } },
  };
}
