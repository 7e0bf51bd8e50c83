/**
 * The work on one copy, in one straight way: what is wanted, what the member has, what to do, what came of it.
 *
 *     object of the host ──> wanted ──> rendered ──┐
 *     copies of the member ────> live ─────────────┴──> decision ──> write ──> report
 */
import type { JsonRecord } from "../../kernel/json.ts";
import type { ObjectContent } from "../../fleet/objects/write.ts";
import * as writes from "../apply/carry-out.ts";
import type { CopyAction } from "../apply/decide.ts";
import type { WriteOutcome } from "../apply/outcome.ts";
import { leavesReplicas } from "../federated/allotted.ts";
import { hasField } from "../apply/owned-fields.ts";
import type { FieldsTable } from "../copies/fields-table.ts";
import type { WorkResult } from "../queue/queue-worker.ts";
import type { CopyStatus } from "../status/copy-status.ts";
import { type CopyJob, type CopyTools, DONE } from "./copy-job.ts";
import { good, heldBack, report, settled, waitsForDrain } from "./copy-report.ts";
import { clientsAfter, type CopyHolds, holdForClients } from "./drain-hold.ts";
import { learn, look, stateOf } from "./look.ts";
import { adopted, nextStep } from "./next-step.ts";
import { afterImmutable } from "./recreate-copy.ts";

export async function workOnCopy(job: CopyJob, tools: CopyTools, holds: CopyHolds): Promise<WorkResult> {
  const step = await nextStep(job, tools);
  if (step.kind === "settled") return step.result;
  const { action, body, notes, write } = step;
  // It would end in the same way again.
  if (write !== null && job.copies.notes.isRefused(job.row, write)) return DONE;
  const { brake } = holds;
  const paused = brake.paused(action.kind);
  if (paused !== null) return heldBack(paused, job, tools);
  const clients = await holdForClients(action.kind, body, holds);
  if (clients?.mayGo === false) return waitsForDrain(clients, job, tools);
  const along = action.kind === "remove" ? job.takesAlong() : [];
  const held = brake.hold(action.kind, job.row, job.cluster.name, along);
  if (held !== null) return heldBack(held, job, tools);
  const wasWell = WELL.has(job.copies.reportOf(job.row)?.status);
  const first = await carryOut(action, job, body, tools);
  if (first?.hasWritten === false) brake.undone(action.kind, job.row, job.cluster.name);
  const outcome = first === null ? null : await afterImmutable(first, body, job, tools, holds);
  if (outcome !== null && "againMs" in outcome) return heldBack(outcome, job, tools);
  if (outcome !== null && "mayGo" in outcome) return waitsForDrain(outcome, job, tools);
  if (outcome === first) clientsAfter(action, outcome, body, clients, job, holds);
  if (outcome === null) return settled(action, job, tools, notes);
  if (write !== null && outcome.next === "stop") job.copies.notes.refused(job.row, write);
  if (wasWell && outcome.report?.status.endsWith("Failed") === true) brake.failed(job.cluster.name);
  return conclude(outcome, job, tools, notes);
}

/** Of copies that were as wanted, be it in an older version. */
const WELL: ReadonlySet<CopyStatus | undefined> = new Set<CopyStatus>(["", "WaitingForRollout"]);

/** Null = nothing was sent. */
export function carryOut(
  action: CopyAction,
  job: CopyJob,
  body: JsonRecord | null,
  { contests, fields }: CopyTools,
): Promise<WriteOutcome | null> {
  const { request, copies, row, wanted } = job;
  if (action.kind === "none" || action.kind === "wait" || action.kind === "refuse")
    return Promise.resolve(null);
  const uid = copies.uid(row);
  copies.ask(row);
  const manifest = (body ?? {}) as ObjectContent;
  const isOverwriting = action.kind === "update" || action.kind === "take-over" || action.kind === "adopt";
  if (isOverwriting && isGivenUp(job, manifest, fields)) return writes.handOver(request, REPLICAS);
  switch (action.kind) {
    case "create":
      return writes.create(request, manifest);
    case "update":
      return writes.update(request, manifest, { uid, contests });
    case "take-over":
      return writes.takeOver(request, manifest, contests);
    case "adopt":
      return writes.adopt(request, adopted(manifest) as ObjectContent, { ...action, contests });
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

/** API servers ask for this or more, if they ask. */
const PRESSURE_MS = 1_000;
const REPLICAS: readonly string[] = ["spec", "replicas"];

/**
 * The member is to decide the number of replicas from now on, and it is still ours: an apply without it would reset it to its
 * default.
 */
export function isGivenUp(
  { wanted, copies, row, cluster }: CopyJob,
  { spec }: ObjectContent,
  fields: FieldsTable,
): boolean {
  const own = fields.get(copies.fieldsHash(row));
  const isSent = typeof spec === "object" && spec !== null && "replicas" in spec;
  return (
    wanted.kind === "present" &&
    leavesReplicas(wanted.object, cluster.name) &&
    !isSent &&
    own !== null &&
    hasField(own, REPLICAS)
  );
}

async function conclude(
  outcome: WriteOutcome,
  job: CopyJob,
  tools: CopyTools,
  notes: readonly string[],
): Promise<WorkResult> {
  const { copies, row } = job;
  learn(outcome.copy, job, tools);
  const isDoubtful = copies.isDoubtful(row);
  // The write may have been carried out, and the watch need not show it for a while.
  if (outcome.copy === "unknown" && outcome.hasWritten) copies.doubt(row);
  if (outcome.next === "settled" && outcome.copy !== null && !isDoubtful) copies.verified(row);
  if (outcome.report?.status === "") {
    copies.notes.remark(row, outcome.report.message);
    report(job, tools, good(job, notes), outcome.hasWritten);
  } else if (outcome.report !== null)
    report(job, tools, { ...outcome.report, isFinal: outcome.next === "stop" }, outcome.hasWritten);
  else if (outcome.hasWritten) tools.onReport(row, true);
  if (outcome.report?.status === "KindNotServed") job.onNotServed();
  const { retryAfterMs } = outcome;
  const server = stateOf(outcome);
  if (outcome.next === "decide-again") {
    if (outcome.copy === "unknown") await look(job, tools);
    return { next: "again", server, retryAfterMs };
  }
  if (isDoubtful) return { next: "again", server, retryAfterMs };
  // The object is in order, so that it need not wait longer each time.
  if (outcome.pressure !== undefined)
    return { next: "later", server, retryAfterMs: Math.max(retryAfterMs, PRESSURE_MS) };
  return { next: outcome.next === "retry" ? "retry" : "done", server, retryAfterMs };
}
