/** Members that follow a rollout, well or not, seen or not, for simulations: the truth beside which each step is judged. */
import {
  canariesOf,
  parseRollout,
  type RolloutPolicy,
  stepSize,
} from "../../../src/propagate/rollout/rollout-policy.ts";
import type { RolloutOrder, RolloutRecord } from "../../../src/propagate/rollout/rollout-record.ts";
import {
  type MemberHealth,
  nextRecord,
  type RolloutFacts,
} from "../../../src/propagate/rollout/rollout-step.ts";
import { chosenVersion } from "../../../src/propagate/rollout/version-choice.ts";

export type NextRecord = typeof nextRecord;
export type Health = MemberHealth["health"];

export type RolloutEvent =
  | { readonly kind: "release" | "revert" | "restart" | "look" }
  | { readonly kind: "wait"; readonly ms: number }
  | { readonly kind: "health"; readonly member: string; readonly health: Health }
  | { readonly kind: "order"; readonly what: RolloutOrder["what"] }
  | { readonly kind: "place"; readonly members: readonly string[] };

export class RolloutWorld {
  record: RolloutRecord | null = null;
  readonly #next: NextRecord;
  readonly #policy: RolloutPolicy;
  #placed: readonly string[];
  readonly #health = new Map<string, Health>();
  #version = 1;
  #nowMs = 0;
  #watchedSinceMs = 0;
  #order: RolloutOrder | null = null;
  #orders = 0;
  /** Of the version that is rolled out: members that were seen well in it. */
  #proven = new Set<string>();
  #provenVersion = "";

  constructor(policy: string, members: readonly string[], next: NextRecord = nextRecord) {
    const parsed = parseRollout(policy);
    if (!("policy" in parsed) || parsed.policy === null) throw new Error(`no policy: ${policy}`);
    this.#policy = parsed.policy;
    this.#placed = members;
    this.#next = next;
    this.look();
  }

  happen(event: RolloutEvent): void {
    if (event.kind === "release") this.#version += 1;
    if (event.kind === "revert" && this.record?.stable != null) this.#version = Number(this.record.stable);
    if (event.kind === "wait") this.#nowMs += event.ms;
    if (event.kind === "restart") this.#watchedSinceMs = this.#nowMs;
    if (event.kind === "health") this.#health.set(event.member, event.health);
    if (event.kind === "place") this.#placed = [...event.members].sort();
    if (event.kind === "order") {
      this.#orders += 1;
      this.#order = { what: event.what, target: String(this.#version), id: String(this.#orders), by: "x" };
    }
    this.look();
  }

  /** One look, and what does not hold after it; throws then. */
  look(): void {
    const before = this.record;
    const facts = this.#facts();
    const after = this.#next(before, facts);
    if (JSON.stringify(before) !== JSON.stringify(after)) this.#watchedSinceMs = this.#nowMs;
    this.record = after;
    this.#order = null;
    this.#judge(before, after, facts);
  }

  get isDone(): boolean {
    return this.record?.phase === "done" && this.record.target === String(this.#version);
  }

  #has(member: string): string {
    return chosenVersion({
      isStaged: true,
      record: this.record,
      version: String(this.#version),
      cluster: member,
      isPreviousKnown: true,
    });
  }

  #facts(): RolloutFacts {
    const placed = this.#placed.map((name) => ({ name, labels: {} }));
    return {
      uid: "u",
      version: String(this.#version),
      policy: this.#policy,
      policyText: "p",
      members: this.#placed.map((name) => ({ name, health: this.#healthOf(name), reason: "so it is" })),
      canaries: canariesOf(this.#policy, placed),
      isDifferent: false,
      isPreviousKnown: true,
      order: this.#order,
      nowMs: this.#nowMs,
      watchedMs: this.#nowMs - this.#watchedSinceMs,
    };
  }

  #healthOf(name: string): Health {
    return this.#health.get(name) ?? "well";
  }

  #judge(before: RolloutRecord | null, after: RolloutRecord, facts: RolloutFacts): void {
    if (after.target !== this.#provenVersion || (before?.phase !== "rolling" && after.phase === "rolling")) {
      this.#provenVersion = after.target;
      this.#proven = new Set();
    }
    const isOngoing = before?.phase === "rolling" && before.target === facts.version;
    const judged = isOngoing ? before.on.filter((name) => this.#placed.includes(name)) : [];
    for (const name of judged) if (this.#healthOf(name) === "well") this.#proven.add(name);
    const failed = judged.filter(
      (name) => this.#healthOf(name) === "failed" && before?.passed.includes(name) !== true,
    );
    if (failed.length > 0 && facts.order === null && after.phase !== "failed")
      throw new Error(`${failed.join()} has failed, and the rollout goes on`);
    if (after.phase === "failed" && after.on.length > 0) throw new Error("a failure did not lead back");
    if (after.phase === "rolling") this.#judgeReach(after, facts);
    if (after.phase === "done" && isOngoing) this.#judgeEnd(before);
    for (const name of this.#placed)
      if (after.phase === "failed" && this.#has(name) !== "previous")
        throw new Error(`${name} keeps a version that has failed`);
  }

  /** Members that are to have a version in which they were never well: no more than a step, and canaries before all others. */
  #judgeReach({ on, passed, stage }: RolloutRecord, { canaries, members }: RolloutFacts): void {
    const unproven = on.filter(
      (name) =>
        this.#placed.includes(name) &&
        !passed.includes(name) &&
        !this.#proven.has(name) &&
        this.#healthOf(name) !== "out",
    );
    const most =
      stage === "canary" ? Math.max(canaries.length, 1) : Math.max(stepSize(this.#policy, members.length), 1);
    if (stage === "steps" && this.#proven.size === 0 && on.length > 0)
      throw new Error("others follow although nothing is proven");
    if (unproven.length > most)
      throw new Error(`${unproven.join()} have an unproven version: at most ${most} may`);
  }

  #judgeEnd({ on, passed }: RolloutRecord): void {
    const missing = this.#placed.filter(
      (name) => !passed.includes(name) && !this.#proven.has(name) && this.#isJudged(name),
    );
    if (missing.length > 0 || on.length === 0)
      throw new Error(`it is done, and ${missing.join()} was never well in it`);
  }

  #isJudged(name: string): boolean {
    const health = this.#healthOf(name);
    return health !== "out" && health !== "unseen";
  }
}
