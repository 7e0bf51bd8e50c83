/**
 * What is to be done with one copy, from what is wanted and what the member has. Nothing is written here.
 *
 *     object of the host ──> wanted ──> rendered ──┐
 *     copies of the member ────> live ─────────────┴──> decision
 */
import type { JsonRecord } from "../../kernel/json.ts";
import type { ObjectContent } from "../../fleet/objects/write.ts";
import { look as read, refusedAdoption } from "../apply/carry-out.ts";
import { type CopyAction, decide, type LiveCopy } from "../apply/decide.ts";
import { ADOPTED } from "../federated/labels.ts";
import type { WorkResult } from "../queue/queue-worker.ts";
import { render, type Rendered } from "../render/render.ts";
import { type CopyJob, type CopyTools, DONE } from "./copy-job.ts";
import { notReadable, notServed, report, undecided, unseen } from "./copy-report.ts";
import { learn, look } from "./look.ts";
import { verify } from "./verify-copy.ts";

/** How often it is looked whether what a copy needs has come. */
const DEPENDENCY_POLL_MS = 250;
/** Then a copy is made without: its controllers wait as well, and a template may name what was never meant to exist. */
const DEPENDENCY_WAIT_MS = 60_000;
const WAITING: WorkResult = { next: "later", server: "not-asked", retryAfterMs: DEPENDENCY_POLL_MS };

type NextStep =
  /** It has been reported why there is nothing to do, or not yet. */
  | { readonly kind: "settled"; readonly result: WorkResult }
  | {
      readonly kind: "act";
      readonly action: CopyAction;
      /** What is applied; null = the copy is not wanted. */
      readonly body: JsonRecord | null;
      /** What the body has otherwise than the template, one clause each. */
      readonly notes: readonly string[];
      /** What is sent, and to which state of the copy, so that it is not sent again when it was refused for good; null = it may be. */
      readonly write: string | null;
    };

/** What is to be done next. Nothing is written; the copy is read where what is known of it is not enough. */
export async function nextStep(job: CopyJob, tools: CopyTools): Promise<NextStep> {
  const { wanted, view, row, copies } = job;
  if (wanted.kind === "undecided") return { kind: "settled", result: undecided(job, tools) };
  if (view === "not-seen")
    return { kind: "settled", result: unseen(job, "the cluster does not answer", tools) };
  if (view === "refused") return { kind: "settled", result: notReadable(job, tools) };
  if (view === "missing" || view === "not-served") return { kind: "settled", result: notServed(job, tools) };
  // The watch shows labelled objects only: of others it does not tell when they change. A member may also have been restored.
  if (isForeign(copies.live(row, true)) || copies.isDoubtful(row)) {
    const looked = await look(job, tools);
    if (copies.isDoubtful(row)) return { kind: "settled", result: looked };
  }
  const live = copies.live(row, view === "listed");
  const rendered = wanted.kind === "present" ? renderFor(job, live, tools) : null;
  if (rendered !== null && "problem" in rendered) {
    report(job, tools, { status: rendered.status, message: rendered.problem, code: null });
    return { kind: "settled", result: DONE };
  }
  if (rendered !== null && live.kind === "absent" && isTooEarly(job, rendered.body, tools))
    return { kind: "settled", result: WAITING };
  if (rendered !== null) await verify(job, live, rendered, tools);
  if (live.kind === "present" && !copies.isPresent(row))
    return { kind: "settled", result: { ...DONE, next: "again" } };
  const decided = decide(
    wanted.kind === "present"
      ? { kind: "present", hash: rendered?.hash ?? "", adoption: job.adoption }
      : { kind: "absent", orphan: wanted.orphan },
    copies.live(row, view === "listed"),
  );
  const action = await withoutHostsOwn(decided, job);
  if (action === null) {
    const message =
      "it could not be read whether the cluster is the host itself, whose own namespace is never deleted";
    report(job, tools, { status: "RetrievalFailed", message, code: null });
    return { kind: "settled", result: { ...DONE, next: "retry" } };
  }
  const { body = null, notes = [], hash = "" } = rendered ?? {};
  if (action.kind === "adopt" && action.onlyWithoutChange && (await isRefused(job, body ?? {}, tools)))
    return { kind: "settled", result: DONE };
  return { kind: "act", action, body, notes, write: writeOf(action, job, hash) };
}

/**
 * The host's own namespace has the federated objects in it: it is let go, and stays. One that is being deleted waits for these
 * objects, so they do not wait for it. Null = not known.
 */
async function withoutHostsOwn(
  action: CopyAction,
  { target, wanted, isHost }: CopyJob,
): Promise<CopyAction | null> {
  const isNamespace = target.kind === "Namespace" && target.apiVersion === "v1";
  const endsWithRemoval = action.kind === "remove" || (action.kind === "wait" && action.for === "removal");
  if (!isNamespace || wanted.kind === "present" || !endsWithRemoval) return action;
  try {
    return (await isHost()) ? { kind: "release" } : action;
  } catch {
    return null;
  }
}

/** An object that differs is not adopted. That is found out by a read, before the brake is asked for a change. */
async function isRefused(job: CopyJob, body: JsonRecord, tools: CopyTools): Promise<boolean> {
  job.copies.ask(job.row);
  const { copy } = await read(job.request);
  learn(copy, job, tools);
  if (copy === null || copy === "unknown" || job.copies.isDoubtful(job.row)) return false;
  const refusal = refusedAdoption(adopted(body) as ObjectContent, copy);
  if (refusal?.report == null) return false;
  report(job, tools, refusal.report);
  return true;
}

/** Only what is applied to our own copies: an object that is not ours may change unseen. */
function writeOf({ kind }: CopyAction, { wanted, row, copies }: CopyJob, hash: string): string | null {
  if (wanted.kind !== "present") return null;
  if (kind !== "create" && kind !== "update" && kind !== "take-over") return null;
  const { recreation } = wanted.object;
  return [kind, hash, recreation, copies.uid(row), copies.fieldsHash(row)].join(" ");
}

/** Federated objects that the copy names go first, for a minute. */
function isTooEarly(job: CopyJob, body: JsonRecord, tools: CopyTools): boolean {
  const missing = job.missing(body);
  if (missing === null) return true;
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

export function adopted(body: JsonRecord): JsonRecord {
  const metadata = body["metadata"] as JsonRecord;
  return {
    ...body,
    metadata: { ...metadata, labels: { ...(metadata["labels"] as JsonRecord), [ADOPTED]: "true" } },
  };
}
