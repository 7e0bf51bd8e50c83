/** What was decided for objects, by the text of type and key. The last plan of each goes on when nothing can be decided for a while. */
import type { SteadyPlan } from "../planner/steady-plan.ts";
import type { Decision } from "./allot.ts";

export class Decisions {
  readonly #now = new Map<string, Decision>();
  readonly #lastPlans = new Map<string, SteadyPlan>();

  /** Some wait for what is not known yet. */
  get isWaiting(): boolean {
    return [...this.#now.values()].some(({ plan }) => plan === "waiting");
  }

  of(text: string): Decision | undefined {
    return this.#now.get(text);
  }

  /** Null = nothing was planned yet. */
  lastPlanOf(text: string): SteadyPlan | null {
    return this.#lastPlans.get(text) ?? null;
  }

  set(text: string, decision: Decision): void {
    this.#now.set(text, decision);
    if (typeof decision.plan === "object") this.#lastPlans.set(text, decision.plan);
  }

  /** It may not hold any more. Returns it. */
  drop(text: string): Decision | undefined {
    const decision = this.#now.get(text);
    this.#now.delete(text);
    return decision;
  }

  /** The object has no preference any more. */
  forget(text: string): void {
    this.#now.delete(text);
    this.#lastPlans.delete(text);
  }

  forgetType(name: string): void {
    for (const known of [this.#now, this.#lastPlans])
      for (const text of known.keys()) if (text.startsWith(`${name}\0`)) known.delete(text);
  }

  /** Those that time alone may have changed. */
  due(nowMs: number): readonly string[] {
    return [...this.#lastPlans].flatMap(([text, { nextMs }]) =>
      nextMs !== null && nextMs <= nowMs ? [text] : [],
    );
  }
}
