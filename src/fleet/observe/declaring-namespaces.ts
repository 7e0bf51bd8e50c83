/**
 * Which namespaces of a member may declare names and steer traffic, as its settings say. What others declare is kept aside
 * and told, and counts as soon as they may.
 *
 *   allow    selector   a namespace may declare
 *   empty    empty      always
 *   names    empty      if it is named
 *   empty    labels     if it has the labels
 *   names    labels     if either is so
 */
import type { NamespaceLimits } from "../../federation/hosts/namespace-filter.ts";
import {
  type Labels,
  matchesSelector,
  parseSelector,
  type Selector,
} from "../../federation/hosts/selector.ts";

/** What is outside, for /status. */
export type OutsideStatus = { readonly count: number; readonly first: readonly string[] };

/** Something of a namespace. `isThere` false: it is gone; `isDeclaring`: it is told while it is outside. */
type Held = {
  readonly isThere: boolean;
  readonly isDeclaring: boolean;
  readonly apply: (isInside: boolean) => void;
};

const LISTED_MAX = 10;

export class DeclaringNamespaces {
  readonly #allowed: ReadonlySet<string>;
  /** Null = labels do not matter. */
  readonly #selector: Selector | null;
  readonly #labels: Map<string, Labels> = new Map();
  /** By namespace, then by key: what has been declared, where not everything counts. */
  readonly #held: Map<string, Map<string, Held>> = new Map();

  constructor({ allow, selector }: NamespaceLimits = { allow: [], selector: "" }) {
    this.#allowed = new Set(allow);
    // Settings and annotations have been checked: it parses.
    this.#selector = selector === "" ? null : (parseSelector(selector) ?? []);
  }

  /** Labels of namespaces must be known. */
  get needsLabels(): boolean {
    return this.#selector !== null;
  }

  get outside(): OutsideStatus {
    let count = 0;
    const first: string[] = [];
    for (const [namespace, held] of this.#held) {
      if (this.isInside(namespace)) continue;
      for (const [key, { isDeclaring }] of held) {
        if (!isDeclaring) continue;
        count++;
        if (first.length < LISTED_MAX) first.push(key);
      }
    }
    return { count, first };
  }

  isInside(namespace: string): boolean {
    if (this.#isEverywhere) return true;
    if (this.#allowed.has(namespace)) return true;
    const labels = this.#labels.get(namespace);
    return this.#selector !== null && labels !== undefined && matchesSelector(this.#selector, labels);
  }

  /** `apply` is called now, and again when that changes whether the namespace may declare. */
  put(namespace: string, key: string, held: Held): void {
    if (!held.isThere) this.#remove(namespace, key);
    else if (!this.#isEverywhere) {
      const ofNamespace = this.#held.get(namespace) ?? new Map<string, Held>();
      this.#held.set(namespace, ofNamespace.set(key, held));
    }
    held.apply(this.isInside(namespace));
  }

  /** `labels` undefined: the namespace is gone. */
  setNamespace(namespace: string, labels: Labels | undefined): void {
    if (this.#selector === null) return;
    const wasInside = this.isInside(namespace);
    if (labels === undefined) this.#labels.delete(namespace);
    else this.#labels.set(namespace, labels);
    const isInside = this.isInside(namespace);
    if (isInside === wasInside) return;
    for (const { apply } of this.#held.get(namespace)?.values() ?? []) apply(isInside);
  }

  #remove(namespace: string, key: string): void {
    const ofNamespace = this.#held.get(namespace);
    ofNamespace?.delete(key);
    if (ofNamespace?.size === 0) this.#held.delete(namespace);
  }

  get #isEverywhere(): boolean {
    return this.#allowed.size === 0 && this.#selector === null;
  }
}
