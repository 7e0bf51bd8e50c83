/** A change that was refused, since a field cannot be changed: what is to be done is said, or the copy is deleted and made again. */
import type { JsonRecord } from "../../kernel/json.ts";
import { look, removeCopy } from "../apply/carry-out.ts";
import type { WriteOutcome } from "../apply/outcome.ts";
import { onImmutable } from "../apply/recreate.ts";
import type { HeldChange } from "../brake/brake.ts";
import type { DrainStep } from "../drain/drain-step.ts";
import type { CopyJob, CopyTools } from "./copy-job.ts";
import { clientsAfter, type CopyHolds, holdForClients } from "./drain-hold.ts";
import { learn } from "./look.ts";

const RECREATION = [{ path: "", manager: "recreation" }] as const;

/** Every other outcome stays as it is. What follows when the copy is gone makes it again. */
export async function afterImmutable(
  outcome: WriteOutcome,
  body: JsonRecord | null,
  job: CopyJob,
  tools: CopyTools,
  holds: CopyHolds,
): Promise<WriteOutcome | HeldChange | DrainStep> {
  const { wanted, request, copies, row, cluster } = job;
  const { immutable, report } = outcome;
  if (immutable === undefined || report === null || body === null || wanted.kind !== "present")
    return outcome;
  copies.ask(row);
  learn((await look(request)).copy, job, tools);
  const live = copies.live(row, true);
  if (live.kind !== "present" || copies.isDoubtful(row))
    return { ...outcome, report: null, next: "decide-again" };
  const { plural } = request.key.resource;
  const copy = [cluster.name, plural, request.key.namespace, request.key.name].join("/");
  const action = onImmutable({
    body,
    recreation: wanted.object.recreation,
    isAdopted: live.isAdopted || live.owner === "nobody",
    isExhausted: tools.contests.contested(copy, RECREATION).length > 0,
    fields: immutable,
  });
  if (action.kind === "tell") return { ...outcome, report: { ...report, message: action.message } };
  const clients = await holdForClients("remove", null, holds);
  if (clients?.mayGo === false) return clients;
  const held = holds.brake.hold("remove", row, cluster.name);
  if (held !== null) return held;
  const preconditions = { uid: copies.uid(row), resourceVersion: copies.resourceVersion(row) };
  copies.ask(row);
  const removal = await removeCopy(request, { ...wanted.object.deleteOptions, ...preconditions });
  if (removal.hasWritten) tools.contests.taken(copy, RECREATION);
  else holds.brake.undone("remove", row, cluster.name);
  clientsAfter({ kind: "remove" }, removal, null, clients, job, holds);
  return removal;
}
