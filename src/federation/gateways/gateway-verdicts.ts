/**
 * What the controllers of one cluster have said of Gateways, their listeners and routes, as long as these exist: a name must
 * not vanish because a controller is in trouble for a while.
 *
 *   says now             said before           counts as
 *   programmed           anything              programmed
 *   not programmed       programmed            programmed: what was set up still stands
 *   not programmed       nothing, first list   perhaps: an earlier run may know
 *   not programmed       nothing, later        never
 */
import type { Parent, RouteFacts, Verdict } from "./attach.ts";

export class GatewayVerdicts {
  /** By "namespace/name" of a Gateway and the like, and of listeners below them. */
  readonly #verdicts: Map<string, Verdict> = new Map();
  /** By objectKey of a route: its parents that were accepted. */
  readonly #accepted: Map<string, readonly Parent[]> = new Map();
  #isListed = false;

  /** What is seen for the first time from now on has not been there before. */
  listed(): void {
    this.#isListed = true;
  }

  of(key: string): Verdict {
    return this.#verdicts.get(key) ?? "never";
  }

  note(key: string, isProgrammed: boolean): void {
    if (isProgrammed) this.#verdicts.set(key, "programmed");
    else if (!this.#verdicts.has(key)) this.#verdicts.set(key, this.#isListed ? "never" : "perhaps");
  }

  forget(key: string): void {
    this.#verdicts.delete(key);
  }

  /** The route with the parents that count: those accepted, and those accepted before of which nothing else is said now. */
  routeOf(id: string, facts: RouteFacts): RouteFacts {
    const before = this.#accepted.get(id) ?? [];
    const wasAccepted = (parent: Parent): boolean =>
      before.some(
        ({ holder, section, port }) =>
          holder === parent.holder && section === parent.section && port === parent.port,
      );
    const parents = facts.parents.filter((parent) => parent.isAccepted || wasAccepted(parent));
    this.#accepted.set(id, parents);
    return parents.length === facts.parents.length ? facts : { ...facts, parents };
  }

  forgetRoute(id: string): void {
    this.#accepted.delete(id);
  }
}

/** The less certain of two. */
export function lesser(a: Verdict, b: Verdict): Verdict {
  if (a === "never" || b === "never") return "never";
  return a === "perhaps" ? a : b;
}
