/** A plan as JSON, for programs: every copy with its reason, its changes by path, and the refusals. */
import { pathText } from "../../propagate/plan/changed-fields.ts";
import { type CopyPlan, isDifference, isProblem, type ObjectPlan } from "../../propagate/plan/copy-plan.ts";
import type { StrayCopy } from "../../propagate/plan/plan-all.ts";
import type { PlanTally } from "../../propagate/plan/tally.ts";
import { type ClientMoves, movedShare } from "./client-moves-text.ts";
import type { ReplicaMove } from "./replica-moves.ts";

export function copyDocument(copy: CopyPlan): object {
  const { cluster, placement, outcome, status, message, code, changes, taken, needs, after } = copy;
  return {
    cluster,
    isPlaced: placement.isChosen,
    reason: placement.reason,
    why: placement.sentence,
    outcome,
    ...(status !== "" && { status }),
    ...(message !== null && { message }),
    ...(code !== null && { code }),
    ...(needs.length > 0 && { needs }),
    changes: changes.map(({ path, before, after: next, owners }) => ({
      path: pathText(path),
      before,
      after: next,
      owners,
    })),
    ...(taken.length > 0 && { taken }),
    ...(outcome === "create" && { object: after }),
  };
}

/** `isBrief`: only copies that something would happen to, or that something is wrong with; null = there is none. */
export function objectDocument(
  { copies, ...plan }: ObjectPlan,
  isBrief: boolean,
  moves: readonly ReplicaMove[],
): object | null {
  const shown = isBrief ? copies.filter((copy) => isDifference(copy) || isProblem(copy)) : copies;
  if (isBrief && shown.length === 0 && plan.problem === null) return null;
  return { ...plan, ...(moves.length > 0 && { replicas: moves }), copies: shown.map(copyDocument) };
}

export function planDocument(
  objects: readonly object[],
  summary: PlanTally,
  {
    clients,
    without,
    ...rest
  }: {
    readonly strays: readonly StrayCopy[];
    readonly clients: ClientMoves;
    readonly without: string | null;
    readonly notes: readonly string[];
  },
): string {
  const services = clients.services.map((one) => ({ ...one, moved: movedShare(one) }));
  const document = { summary, ...(without !== null && { without }), ...rest, objects, services };
  return `${JSON.stringify(document, null, 2)}\n`;
}
