/** What would happen to one copy, as one line for a terminal. */
import { pathText } from "../../propagate/plan/changed-fields.ts";
import type { CopyOutcome, CopyPlan } from "../../propagate/plan/copy-plan.ts";

const PATHS_MAX = 4;

const HEADS: Readonly<Record<CopyOutcome, string>> = {
  out: "nothing to do",
  "in-sync": "nothing to do, it is as wanted",
  kept: "stays as it is",
  create: "would be created",
  update: "would be changed",
  "take-over": "would be taken over from KubeFed",
  adopt: "would be adopted",
  remove: "would be removed",
  release: "would be released: it stays in the cluster, and is no copy any more",
  lost: "would be lost with its cluster",
  waiting: "is being deleted; what is wanted follows when it has gone",
  refused: "would be refused",
  unknown: "not known",
};

/** "would be changed: spec.replicas (set by kubectl-scale)" */
export function outcomeText(copy: CopyPlan): string {
  const { outcome, message, code, needs, taken } = copy;
  const parts = [
    `${isHeld(copy) ? "nothing to do now" : HEADS[outcome]}${changesText(copy)}`,
    ...(needs.length === 0 ? [] : [`after ${needs.join(", ")}`]),
    ...takenTexts(taken),
    ...(message === null ? [] : [`${message}${code === null ? "" : ` (HTTP ${code})`}`]),
  ];
  return outcome === "refused" || outcome === "unknown" || outcome === "kept"
    ? parts.join(": ")
    : parts.join("; ");
}

/** It is as it is to be, and not in the newest version. */
function isHeld({ outcome, status }: CopyPlan): boolean {
  return outcome === "in-sync" && status === "WaitingForRollout";
}

function changesText({ outcome, changes }: CopyPlan): string {
  if (outcome !== "update" && outcome !== "take-over" && outcome !== "adopt") return "";
  if (changes.length === 0) return ": only its labels and owners";
  const shown = changes.slice(0, PATHS_MAX).map(({ path, owners }) => {
    return `${pathText(path)}${owners.length === 0 ? "" : ` (set by ${owners.join(", ")})`}`;
  });
  const more = changes.length - shown.length;
  return `: ${shown.join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
}

/** Fields may be taken from writers without a change of their values. */
function takenTexts(taken: CopyPlan["taken"]): readonly string[] {
  if (taken.length === 0) return [];
  const managers = [...new Set(taken.map(({ manager }) => manager))].sort();
  const paths = taken.slice(0, PATHS_MAX).map(({ path }) => path.replace(/^\./, ""));
  return [
    `takes ${paths.join(", ")}${taken.length > PATHS_MAX ? " and more" : ""} from ${managers.join(", ")}`,
  ];
}

export function placementText({ placement: { isChosen, sentence } }: CopyPlan): string {
  return `${isChosen ? "in" : "out"}: ${sentence}`;
}
