/**
 * Passes on what may change answers: changes of the federation, orders of operators, health of endpoints. It is made
 * before the parts that notice changes and the part that acts on them, so that none of these must know the other.
 */
import type { FederationListener } from "../../federation/members/federation.ts";
import type { HealthChange } from "../tracker/report.ts";

export type ChangeListener = FederationListener & {
  /** An order was given or taken back, or time has changed what orders mean. */
  onOrders(): void;
  onHealth(changes: readonly HealthChange[]): void;
};

export class ChangeFeed implements ChangeListener {
  readonly #listeners: Partial<ChangeListener>[] = [];

  /** Listeners are called in the order in which they subscribed. A change before that is not repeated. */
  subscribe(listener: Partial<ChangeListener>): void {
    this.#listeners.push(listener);
  }

  onService(key: string): void {
    for (const listener of this.#listeners) listener.onService?.(key);
  }

  onLocality(member: string): void {
    for (const listener of this.#listeners) listener.onLocality?.(member);
  }

  onNamespace(namespace: string): void {
    for (const listener of this.#listeners) listener.onNamespace?.(namespace);
  }

  onOrders(): void {
    for (const listener of this.#listeners) listener.onOrders?.();
  }

  onHealth(changes: readonly HealthChange[]): void {
    for (const listener of this.#listeners) listener.onHealth?.(changes);
  }
}
