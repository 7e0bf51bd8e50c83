/** Many plans in numbers: how many copies would change, how many only their owner, and why those differ that do. */
import { type CopyOutcome, type CopyPlan, isDifference, isProblem, type ObjectPlan } from "./copy-plan.ts";
import { pathText } from "./changed-fields.ts";

/** Reasons that are told; the rest is counted. */
const REASONS_MAX = 20;
const PATHS_MAX = 3;

type DifferenceReason = {
  readonly kind: string;
  /** "spec.replicas (set by kubectl-scale)" */
  readonly text: string;
  readonly copies: number;
};

export type PlanTally = {
  readonly objects: number;
  /** Those that are wanted or there. */
  readonly copies: number;
  readonly inSync: number;
  readonly created: number;
  /** Their content would change. */
  readonly changed: number;
  /** Nothing but their labels and owners would change. */
  readonly ownerOnly: number;
  /** Of both: how many are KubeFed's, and how many would be adopted. */
  readonly takenOver: number;
  readonly adopted: number;
  readonly removed: number;
  readonly released: number;
  readonly lost: number;
  readonly waiting: number;
  readonly refused: number;
  /** Members that could not be asked, or copies that nothing can be decided about. */
  readonly unknown: number;
  /** The most frequent first. */
  readonly reasons: readonly DifferenceReason[];
  readonly hasDifferences: boolean;
  readonly hasProblems: boolean;
};

export class Tally {
  #objects = 0;
  #changed = 0;
  #ownerOnly = 0;
  #hasDifferences = false;
  #hasProblems = false;
  readonly #outcomes = new Map<CopyOutcome, number>();
  readonly #reasons = new Map<string, DifferenceReason>();

  add({ kind, copies, problem }: ObjectPlan): void {
    this.#objects += 1;
    this.#hasProblems ||= problem !== null;
    for (const copy of copies) this.#addCopy(kind, copy);
  }

  get total(): PlanTally {
    const count = (outcome: CopyOutcome): number => this.#outcomes.get(outcome) ?? 0;
    const all = [...this.#outcomes.values()].reduce((sum, one) => sum + one, 0);
    return {
      objects: this.#objects,
      copies: all - count("out"),
      inSync: count("in-sync"),
      created: count("create"),
      changed: this.#changed,
      ownerOnly: this.#ownerOnly,
      takenOver: count("take-over"),
      adopted: count("adopt"),
      removed: count("remove"),
      released: count("release"),
      lost: count("lost"),
      waiting: count("waiting"),
      refused: count("refused"),
      unknown: count("unknown") + count("kept"),
      reasons: [...this.#reasons.values()].sort((a, b) => b.copies - a.copies),
      hasDifferences: this.#hasDifferences,
      hasProblems: this.#hasProblems,
    };
  }

  #addCopy(kind: string, copy: CopyPlan): void {
    this.#outcomes.set(copy.outcome, (this.#outcomes.get(copy.outcome) ?? 0) + 1);
    this.#hasDifferences ||= isDifference(copy);
    this.#hasProblems ||= isProblem(copy);
    if (!["update", "take-over", "adopt"].includes(copy.outcome)) return;
    if (copy.changes.length === 0) {
      this.#ownerOnly += 1;
      return;
    }
    this.#changed += 1;
    const text = reasonText(copy);
    const known = this.#reasons.get(`${kind} ${text}`);
    if (known === undefined && this.#reasons.size >= REASONS_MAX) return;
    this.#reasons.set(`${kind} ${text}`, { kind, text, copies: (known?.copies ?? 0) + 1 });
  }
}

/** Without values, so that copies that differ in the same way have one text. */
function reasonText({ changes }: CopyPlan): string {
  const texts = changes.slice(0, PATHS_MAX).map(({ path, owners }) => {
    const set = owners.length === 0 ? "" : ` (set by ${owners.join(", ")})`;
    return `${pathText(path)}${set}`;
  });
  const more = changes.length - texts.length;
  return `${texts.join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
}
