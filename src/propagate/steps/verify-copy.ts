/**
 * Whether a copy with the label of the wanted content has that content: after a restart, or after a change that may be one of it.
 *
 *   what the member keeps                    | the content is as wanted when
 *   our entry of managedFields               | the entry has all fields that are wanted
 *   no entry, but our annotation (read anew) | all values are as wanted
 */
import { look } from "../apply/carry-out.ts";
import type { LiveCopy } from "../apply/decide.ts";
import { leftOutText, markOf } from "../apply/left-out.ts";
import { coversAll, type OwnedFields, uncoveredPaths } from "../apply/owned-fields.ts";
import { changedPaths } from "../apply/reply-check.ts";
import { APPLIED } from "../federated/labels.ts";
import type { Rendered } from "../render/render.ts";
import type { CopyJob, CopyTools } from "./copy-job.ts";
import { learn } from "./look.ts";

/** The copy is noted as verified if it is as wanted. */
export async function verify(
  job: CopyJob,
  live: LiveCopy,
  rendered: Rendered,
  tools: CopyTools,
): Promise<void> {
  const { copies, row } = job;
  if (live.kind !== "present" || live.isCovered || live.owner !== "us" || "problem" in rendered) return;
  if (live.applied !== rendered.hash || copies.fieldsHash(row) === 0n) return;
  const own = tools.fields.get(copies.fieldsHash(row));
  if (own === null) await verifyValues(job, rendered, tools);
  else verifyFields(job, own, rendered);
}

/** Nothing is known of our fields but their names, which is enough. */
function verifyFields(
  { copies, row }: CopyJob,
  own: OwnedFields,
  { body }: Extract<Rendered, { readonly body: unknown }>,
): void {
  const label = copies.notes.leftOutOf(row);
  if (label === null && coversAll(own, body)) copies.verified(row);
  if (label === null) return;
  const missing = uncoveredPaths(own, body);
  if (markOf(missing) !== label) return;
  copies.verified(row);
  copies.notes.remark(row, leftOutText(missing));
}

async function verifyValues(
  job: CopyJob,
  rendered: Extract<Rendered, { readonly body: unknown }>,
  tools: CopyTools,
): Promise<void> {
  const { copies, row, request } = job;
  copies.ask(row);
  const { copy } = await look(request);
  learn(copy, job, tools);
  if (copy === null || copy === "unknown" || copies.isDoubtful(row)) return;
  const own = tools.fields.get(copies.fieldsHash(row));
  // The table of fields had dropped them.
  if (own !== null) verifyFields(job, own, rendered);
  else if (
    copy.metadata.labels?.[APPLIED] === rendered.hash &&
    changedPaths(rendered.body, copy).length === 0
  )
    copies.verified(row);
}
