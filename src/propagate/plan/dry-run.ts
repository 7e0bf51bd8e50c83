/**
 * The work on one copy with dry runs instead of writes, until it is known what it comes to. The steps are those of
 * `propagate/steps`; the API server's answer to a dry run is what would be there afterwards, with its defaults and webhooks.
 *
 *   next step        | instead
 *   create           | dry run; what is to be made in a namespace that is still to be made cannot be tried
 *   update           | dry run, by force where fields are taken from others
 *   take over, adopt | dry run by force
 *   remove, release  | dry run: webhooks and roles may refuse it
 *   any, and the member shows another state | the copy is read, and it is decided again
 */
import { isJsonRecord, type JsonRecord } from "../../kernel/json.ts";
import type { FieldClaim } from "../apply/contests.ts";
import type { CopyAction } from "../apply/decide.ts";
import { look } from "../apply/carry-out.ts";
import type { WriteOutcome } from "../apply/outcome.ts";
import type { CopyJob, CopyTools } from "../steps/copy-job.ts";
import { settled } from "../steps/copy-report.ts";
import { carryOut, isGivenUp } from "../steps/copy-work.ts";
import { learn } from "../steps/look.ts";
import { nextStep } from "../steps/next-step.ts";
import { changedFields } from "./changed-fields.ts";
import type { CopyOutcome, CopyPlan } from "./copy-plan.ts";
import { fieldOwners } from "./field-owners.ts";
import { shownPair } from "./shown-object.ts";

/** A copy that is another one each time it is read cannot be planned. */
const ROUNDS_MAX = 4;

type Tried = Pick<
  CopyPlan,
  "outcome" | "status" | "message" | "code" | "changes" | "before" | "after" | "taken"
>;

type WriteAction = Exclude<CopyAction, { readonly kind: "none" | "wait" | "refuse" }>;

const NOTHING: Omit<Tried, "outcome"> = {
  status: "",
  message: null,
  code: null,
  changes: [],
  before: null,
  after: null,
  taken: [],
};

/** `job.request` must be that of dry runs. `comesTooEarly`: what is created needs a namespace that is not there yet. */
export async function tryCopy(
  job: CopyJob,
  tools: CopyTools,
  comesTooEarly: (body: JsonRecord) => boolean,
): Promise<Tried> {
  for (let round = 0; round < ROUNDS_MAX; round++) {
    const step = await nextStep(job, tools);
    if (step.kind === "settled") return unasked(job);
    const { action } = step;
    const body = step.body ?? {};
    if (!isWrite(action)) {
      settled(action, job, tools, step.notes);
      return { ...NOTHING, ...said(job), outcome: quietOutcome(action, job) };
    }
    if (action.kind === "create" && comesTooEarly(body)) return result("create", null, body, job);
    const tried = await tryAction(action, body, job, tools);
    if (tried !== "decide-again") return tried;
  }
  const message = "the copy is another one each time it is read; make the plan again";
  return { ...NOTHING, outcome: "unknown", message };
}

async function tryAction(
  action: WriteAction,
  body: JsonRecord,
  job: CopyJob,
  tools: CopyTools,
): Promise<Tried | "decide-again"> {
  const seen = action.kind === "create" ? null : await look(job.request);
  if (seen?.copy === "unknown") return failed(seen);
  const live = seen?.copy ?? null;
  if (seen !== null) learn(live, job, tools);
  if (live === null && action.kind !== "create") return "decide-again";
  if (action.kind === "remove" || action.kind === "release") return tryLeaving(action, live, job, tools);
  const taken: FieldClaim[] = [];
  const contests = {
    contested: () => [],
    taken: (_copy: string, claims: readonly FieldClaim[]) => void taken.push(...claims),
  };
  const sent = isGivenUp(job, body as never, tools.fields) ? withReplicas(body, live) : body;
  const outcome = await carryOut(action, job, sent, { ...tools, contests });
  if (outcome === null || outcome.next === "decide-again") {
    learn((await look(job.request)).copy, job, tools);
    return "decide-again";
  }
  if (outcome.report?.status !== "" || outcome.copy === "unknown") return failed(outcome);
  return { ...result(action.kind, live, outcome.copy, job), message: outcome.report.message, taken };
}

/** The content of a copy that is released stays. */
async function tryLeaving(
  action: Extract<WriteAction, { readonly kind: "remove" | "release" }>,
  live: JsonRecord | null,
  job: CopyJob,
  tools: CopyTools,
): Promise<Tried | "decide-again"> {
  const outcome = await carryOut(action, job, null, tools);
  if (outcome === null || (outcome.report === null && outcome.next === "decide-again")) return "decide-again";
  const { report } = outcome;
  if (report !== null && report.status !== "" && report.status !== "WaitingForRemoval")
    return failed(outcome);
  if (action.kind === "release") return { ...result("release", live, live, job), changes: [] };
  const isNamespace = job.target.kind === "Namespace" && job.target.apiVersion === "v1";
  return { ...result("remove", live, null, job), message: isNamespace ? WITH_CONTENT : null };
}

const WITH_CONTENT = "with everything that is in it there";

/** Ownership of the number is given to the member first, so that it keeps its value when it is not sent any more. */
function withReplicas(body: JsonRecord, live: JsonRecord | null): JsonRecord {
  const before = isJsonRecord(live?.["spec"]) ? live["spec"]["replicas"] : undefined;
  const spec = isJsonRecord(body["spec"]) ? body["spec"] : {};
  return before === undefined ? body : { ...body, spec: { ...spec, replicas: before } };
}

function result(
  outcome: CopyOutcome,
  live: JsonRecord | null,
  after: JsonRecord | null,
  { request, target }: CopyJob,
): Tried {
  const typed = (object: JsonRecord | null): JsonRecord | null =>
    object === null ? null : { apiVersion: target.apiVersion, kind: target.kind, ...object };
  const shown = shownPair(typed(live), typed(after));
  const changes =
    shown.before === null || shown.after === null ? [] : changedFields(shown.before, shown.after);
  return {
    ...NOTHING,
    ...shown,
    outcome,
    changes: changes.map((change) => ({
      ...change,
      owners: fieldOwners(live ?? {}, change.path).filter((owner) => owner !== request.manager),
    })),
  };
}

function failed({ report }: WriteOutcome): Tried {
  const { status = "RetrievalFailed", message = null, code = null } = report ?? {};
  const isUnanswered =
    status === "ClusterNotReady" || status === "ClientRetrievalFailed" || status.endsWith("TimedOut");
  return { ...NOTHING, outcome: isUnanswered ? "unknown" : "refused", status, message, code };
}

/** It has been reported why there is no next step. */
function unasked(job: CopyJob): Tried {
  const report = said(job);
  const isUnknown = report.status === "" || report.status === "ClusterNotReady";
  return { ...NOTHING, ...report, outcome: isUnknown ? "unknown" : "refused" };
}

function said({ copies, row }: CopyJob): Pick<CopyPlan, "status" | "message" | "code"> {
  const { status = "", message = null, code = null } = copies.reportOf(row) ?? {};
  return { status, message, code };
}

function isWrite(action: CopyAction): action is WriteAction {
  return action.kind !== "none" && action.kind !== "wait" && action.kind !== "refuse";
}

function quietOutcome(action: CopyAction, { wanted }: CopyJob): CopyOutcome {
  if (action.kind === "refuse") return "refused";
  if (action.kind === "wait") return action.for === "removal" ? "waiting" : "unknown";
  return wanted.kind === "present" ? "in-sync" : "out";
}
