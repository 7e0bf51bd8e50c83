/**
 * What one member shows of the copies of one type: of the whole cluster, or, where the account may not read that, of the namespaces
 * in which the host has objects of the type.
 *
 *   the account may read | watches
 *   the whole cluster    | one
 *   some namespaces      | the one that is refused, and one for each namespace that is asked about
 *   nothing              | the same, all of them refused
 */
import { MemberView, type MemberViewOptions, type ViewState } from "./member-view.ts";

export class TypeViews {
  readonly #options: MemberViewOptions;
  readonly #signal: AbortSignal;
  readonly #whole: MemberView;
  /** By namespace. They go on when the whole cluster may be read: nothing is missed in between. */
  readonly #parts = new Map<string, MemberView>();

  /** Watches until aborted. */
  constructor(options: MemberViewOptions, signal: AbortSignal) {
    this.#options = options;
    this.#signal = signal;
    this.#whole = new MemberView(options);
    void this.#whole.run(signal);
  }

  /** Of the cluster; "listed" also when that is refused and all namespaces that were asked about have been listed. */
  get state(): ViewState {
    const parts = [...this.#parts.values()];
    const areListed = parts.length > 0 && parts.every(({ state }) => state === "listed");
    return this.#whole.state === "refused" && areListed ? "listed" : this.#whole.state;
  }

  /** `namespace` "": the type is in none. */
  stateIn(namespace: string): ViewState {
    return this.#viewOf(namespace).state;
  }

  /** Why the copies in the namespace cannot be read; null = no reason was given. */
  errorIn(namespace: string): string | null {
    return this.#viewOf(namespace).error;
  }

  /** The version in which the member serves the type. */
  get version(): string {
    return this.#whole.version;
  }

  /** What the member serves of the type may have changed. */
  look(): void {
    this.#whole.look();
    for (const part of this.#parts.values()) part.look();
  }

  /** The row is used for another object from now on. */
  forget(row: number): void {
    this.#whole.forget(row);
    for (const part of this.#parts.values()) part.forget(row);
  }

  #viewOf(namespace: string): MemberView {
    if (namespace === "" || this.#whole.state !== "refused" || this.#signal.aborted) return this.#whole;
    const known = this.#parts.get(namespace);
    if (known !== undefined) return known;
    const view = new MemberView({ ...this.#options, namespace });
    this.#parts.set(namespace, view);
    void view.run(this.#signal);
    return view;
  }
}
