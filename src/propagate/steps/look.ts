/** What a member shows of one copy, by a read or by the reply to a write. */
import type { ApiObject } from "../../fleet/objects/api-object.ts";
import { look as read } from "../apply/carry-out.ts";
import type { WriteOutcome } from "../apply/outcome.ts";
import { seenCopy } from "../copies/seen-copy.ts";
import type { WorkResult } from "../queue/queue-worker.ts";
import type { CopyJob, CopyTools } from "./copy-job.ts";

/** Reads the copy. Its result is for a copy that is still in doubt: it could not be read, or has changed meanwhile. */
export async function look(job: CopyJob, tools: CopyTools): Promise<WorkResult> {
  job.copies.ask(job.row);
  const outcome = await read(job.request);
  learn(outcome.copy, job, tools);
  const { retryAfterMs } = outcome;
  return { next: outcome.copy === "unknown" ? "retry" : "again", server: stateOf(outcome), retryAfterMs };
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

export function stateOf({ report: said, retryAfterMs, pressure }: WriteOutcome): WorkResult["server"] {
  if (pressure === "priority-and-fairness") return "limited";
  if (said?.status === "ClusterNotReady" || said?.status.endsWith("TimedOut") === true) return "silent";
  // A webhook that answers 429 says nothing about the server.
  return pressure === "overload" || said?.code === 503 || retryAfterMs > 0 ? "busy" : "answers";
}
