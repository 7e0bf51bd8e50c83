/** A plan as text: a line for each copy, the changes as unified diffs of YAML, and a summary. Equal diffs are printed once. */
import { stringify } from "yaml";
import { type CopyPlan, isDifference, isProblem, type ObjectPlan } from "../../propagate/plan/copy-plan.ts";
import type { StrayCopy } from "../../propagate/plan/plan-all.ts";
import type { PlanTally } from "../../propagate/plan/tally.ts";
import { printable } from "../text/printable.ts";
import { outcomeText, placementText } from "./outcome-text.ts";
import { movesText, type ReplicaMove } from "./replica-moves.ts";
import { unifiedDiff } from "../text/unified-diff.ts";

const STRAYS_MAX = 10;

/** `isBrief`: only copies that something would happen to, or that something is wrong with; "" when there is none. */
export function objectText(plan: ObjectPlan, isBrief: boolean, moves: readonly ReplicaMove[] = []): string {
  const shown = isBrief ? plan.copies.filter((copy) => isDifference(copy) || isProblem(copy)) : plan.copies;
  if (isBrief && shown.length === 0 && plan.problem === null) return "";
  const width = Math.max(0, ...shown.map(({ cluster }) => cluster.length));
  const lines = shown.map(
    (copy) => `  ${copy.cluster.padEnd(width)}  ${outcomeText(copy)} (${placementText(copy)})`,
  );
  const replicas = moves.length === 0 ? [] : [`  replicas: ${movesText(moves)}`];
  const effect = plan.copies.length === 0 ? "nothing would change" : "nothing is placed";
  const problem = plan.problem === null ? [] : [`  ${effect}: ${plan.problem}`];
  return `${printable([titleOf(plan), ...problem, ...lines, ...replicas, ""].join("\n"))}${diffsOf(plan)}\n`;
}

/** For people: "Deployment shop/web". */
function titleOf({ kind, namespace, name }: Pick<ObjectPlan, "kind" | "namespace" | "name">): string {
  return `${kind} ${namespace === "" ? "" : `${namespace}/`}${name}`;
}

function diffsOf(plan: ObjectPlan): string {
  const clusters = Map.groupBy(plan.copies.filter(hasDiff), diffOf);
  return [...clusters]
    .filter(([diff]) => diff !== "")
    .map(([diff, copies]) => {
      const title = `${titleOf(plan)} in ${copies.map(({ cluster }) => cluster).join(", ")}`;
      return `${printable(`--- ${title}, now\n+++ ${title}, planned`)}\n${printable(diff)}`;
    })
    .join("");
}

/** What is lost with its cluster is no change that somebody could look at. */
function hasDiff(copy: CopyPlan): boolean {
  return isDifference(copy) && copy.outcome !== "lost";
}

function diffOf({ before, after }: CopyPlan): string {
  return unifiedDiff(yamlOf(before), yamlOf(after));
}

function yamlOf(object: CopyPlan["before"]): string {
  return object === null ? "" : stringify(object, { sortMapEntries: true, lineWidth: 0 });
}

/** Ends with a newline. */
export function tallyText(tally: PlanTally, strays: readonly StrayCopy[]): string {
  const { copies, changed, ownerOnly, created, removed, reasons } = tally;
  const rest = (
    [
      [ownerOnly, "only their labels and owners"],
      [tally.released, "released"],
      [tally.lost, "lost with their cluster"],
      [tally.waiting, "waiting for a deletion"],
      [tally.refused, "refused"],
      [tally.unknown, "not known"],
    ] as const
  ).filter(([count]) => count > 0);
  const parts = [
    `${number(changed)} of ${counted(copies, "copy", "copies")} of ${counted(tally.objects, "object", "objects")} would change`,
    `${number(created)} would be created`,
    `${number(removed)} removed`,
    ...rest.map(([count, words]) => `${number(count)} ${words}`),
  ];
  const owners =
    tally.takenOver === 0
      ? []
      : [`${number(tally.takenOver)} of them are KubeFed's and would be taken over.`];
  const because =
    reasons.length === 0
      ? []
      : [
          `${number(changed)} ${changed === 1 ? "differs" : "differ"} because of`,
          ...reasons.map(({ kind, text, copies: count }) => `  ${number(count)} × ${kind}: ${text}`),
        ];
  return printable([`${parts.join("; ")}.`, ...owners, ...because, ...strayLines(strays), ""].join("\n"));
}

function strayLines(strays: readonly StrayCopy[]): readonly string[] {
  if (strays.length === 0) return [];
  const one = strays.length === 1;
  return [
    `${counted(strays.length, "copy has", "copies have")} no federated object in the host, and ${one ? "stays as it is" : "stay as they are"}:`,
    ...strays.slice(0, STRAYS_MAX).map((stray) => `  ${stray.cluster}: ${titleOf(stray)}`),
    ...(strays.length > STRAYS_MAX ? [`  and ${number(strays.length - STRAYS_MAX)} more`] : []),
  ];
}

function counted(count: number, one: string, many: string): string {
  return `${number(count)} ${count === 1 ? one : many}`;
}

function number(count: number): string {
  return count.toLocaleString("en-US");
}
