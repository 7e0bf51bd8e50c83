/**
 * What holds one copy for its clients. An action takes clients away when the copy goes, or is scaled to zero; every other one that is
 * done lets them come back.
 */
import { isJsonRecord, type JsonRecord } from "../../kernel/json.ts";
import type { CopyAction } from "../apply/decide.ts";
import type { WriteOutcome } from "../apply/outcome.ts";
import type { Brake } from "../brake/brake.ts";
import type { CopyDrain, LeavingCopy } from "../drain/copy-drain.ts";
import type { DrainStep } from "../drain/drain-step.ts";
import type { CopyJob } from "./copy-job.ts";

/** What holds changes of one copy. */
export type CopyHolds = {
  readonly brake: Brake;
  /** Null = no copy waits for its clients. */
  readonly drain: CopyDrain | null;
  /** Of the copy, in `drain`. */
  readonly id: string;
  readonly leaving: () => LeavingCopy;
};

const OVERWRITING: ReadonlySet<CopyAction["kind"]> = new Set(["update", "take-over", "adopt"]);

/** Null = it may be done, and nothing is to be said. */
export async function holdForClients(
  action: CopyAction["kind"],
  body: JsonRecord | null,
  { drain, leaving }: CopyHolds,
): Promise<DrainStep | null> {
  const takesClients = action === "remove" || (OVERWRITING.has(action) && isScaledToZero(body));
  return drain === null || !takesClients ? null : drain.hold(leaving());
}

/** `outcome` null: nothing was sent, since nothing is to be done. */
export function clientsAfter(
  action: CopyAction,
  outcome: WriteOutcome | null,
  body: JsonRecord | null,
  held: DrainStep | null,
  { wanted }: CopyJob,
  { drain, id }: CopyHolds,
): void {
  if (drain === null) return;
  const isAbsent = wanted.kind === "absent";
  if (!isDone(action, outcome, isAbsent)) return;
  const isGone = action.kind === "remove" || (isAbsent && action.kind !== "release");
  if (isGone || isScaledToZero(body)) drain.gone(id, held?.reason ?? null);
  else drain.stays(id);
}

function isDone(action: CopyAction, outcome: WriteOutcome | null, isAbsent: boolean): boolean {
  if (outcome !== null) return outcome.hasWritten && outcome.next !== "retry";
  return action.kind !== "wait" || (action.for === "removal" && isAbsent);
}

function isScaledToZero(body: JsonRecord | null): boolean {
  const spec = body?.["spec"];
  return isJsonRecord(spec) && spec["replicas"] === 0;
}
