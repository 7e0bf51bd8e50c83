/** What is said about a rollout: of one member that does not have the new version, and of the object. */
import { formatDuration } from "../../kernel/duration.ts";
import type { RolloutPolicy } from "./rollout-policy.ts";
import type { RolloutRecord } from "./rollout-record.ts";
import type { VersionChoice } from "./version-choice.ts";

const NAMES_MAX = 5;
const FAILED_CURE = "change the template, or begin again with fedns rollout restart";

/** Why a member has the previous version, or stays as it is: a clause. */
export function heldText(
  choice: Exclude<VersionChoice, "new">,
  record: RolloutRecord | null,
  version: string,
): string {
  if (record === null || record.target !== version)
    return "it stays as it is until it is written down how the new version reaches the clusters";
  const has =
    choice === "previous"
      ? "it has the previous version"
      : "it stays as it is, since the previous version is not known";
  return `${has}: ${stageText(record)}`;
}

/** How far the new version is: a clause. */
function stageText(record: RolloutRecord): string {
  const { phase, stage, on, state, failure } = record;
  if (phase === "done") return "the version is in all clusters";
  const at = listed(on);
  if (phase === "failed") {
    const where = failure?.cluster == null ? "" : ` in ${failure.cluster}`;
    const went = on.length === 0 ? "" : `, and stays in ${at}`;
    return `the new one was given up${where} (${failure?.reason ?? "no reason is known"})${went}: ${FAILED_CURE}`;
  }
  if (state === "held") return `the new one goes to ${at} first, which is held there`;
  if (stage === "canary" && state === "well")
    return `the new one is well in ${at}, and the pause is not over`;
  return `the new one is in ${at}, and goes on when it is well there`;
}

/** A condition of the object without its times. */
export type RolloutSaid = {
  readonly status: "True" | "False";
  readonly reason: "RolledOut" | "Progressing" | "Paused" | "Failed" | "InvalidRollout";
  readonly message: string;
};

type RolloutSaidInput = {
  readonly record: RolloutRecord;
  readonly policy: RolloutPolicy;
  readonly isPreviousKnown: boolean;
  /** Why the annotation cannot be read, with the cure; null = it can. */
  readonly problem: string | null;
  /** Canaries that the annotation names and that no member is. */
  readonly unknown: readonly string[];
  /** What members of `on` wait for, one clause each: "west: 1 of 2 replicas are updated". */
  readonly waitsFor: readonly string[];
};

export function rolloutSaid(input: RolloutSaidInput): RolloutSaid {
  const { record, policy, problem, unknown, waitsFor, isPreviousKnown } = input;
  const { phase, stage, state, on, passed } = record;
  const isPausing = phase === "rolling" && stage === "canary" && state === "well";
  const waits = isPausing ? [pauseText(policy)] : phase === "rolling" ? waitsFor : [];
  const isLost = phase !== "done" && !isPreviousKnown;
  const clauses = [
    ...(problem === null ? [] : [`${problem}; until it is corrected, ${inForceText(record)}`]),
    ...(unknown.length === 0
      ? []
      : [`it names ${listed(unknown)} as canaries, which are no clusters of this object`]),
    `${stageText(record)}${waits.length === 0 ? "" : `; ${waits.join("; ")}`}`,
    ...(isLost
      ? [
          `the previous version is not known, so that ${on.length > 0 ? listed(on) : "nothing"} cannot go back`,
        ]
      : []),
    ...(passed.length === 0 ? [] : [`${listed(passed)} did not answer in time, and follows when it does`]),
  ];
  const reasons = {
    done: "RolledOut",
    failed: "Failed",
    rolling: isPausing ? "Paused" : "Progressing",
  } as const;
  const isWrong = problem !== null || unknown.length > 0;
  return {
    status: phase === "done" && !isWrong ? "True" : "False",
    reason: isWrong && phase !== "failed" ? "InvalidRollout" : reasons[phase],
    message: clauses.join(". "),
  };
}

function pauseText({ pauseMs }: RolloutPolicy): string {
  return pauseMs === "manual"
    ? "a person lets it go on with fedns rollout resume"
    : `it goes on when all has been well for ${formatDuration(pauseMs)}, or with fedns rollout resume`;
}

function inForceText({ policy }: RolloutRecord): string {
  return policy === null
    ? "a new version goes to the first cluster, and on with fedns rollout resume"
    : `the last valid one counts: ${policy}`;
}

function listed(names: readonly string[]): string {
  if (names.length === 0) return "no cluster";
  const rest = names.length - NAMES_MAX;
  return `${names.slice(0, NAMES_MAX).join(", ")}${rest > 0 ? ` and ${rest} more` : ""}`;
}
