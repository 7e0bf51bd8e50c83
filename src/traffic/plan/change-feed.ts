/**
 * Distributes changes that may affect answers: of the federation, of orders, of endpoint health. It is created before the parts
 * that report changes and those that react to them, so that they do not depend on each other.
 */
import type { FederationListener } from "../../federation/members/federation.ts";
import type { HealthChange } from "../tracker/report.ts";

export type ChangeListener = FederationListener & {
  /** An order was given or ended, or time has changed the effect of orders. */
  onOrders(): void;
  onHealth(changes: readonly HealthChange[]): void;
};

export class ChangeFeed implements ChangeListener {
  readonly #listeners: Partial<ChangeListener>[] = [];

  /** Listeners are called in the order in which they subscribed. Earlier changes are not repeated. */
  subscribe(listener: Partial<ChangeListener>): void {
    this.#listeners.push(listener);
  }

  onService(key: string, member: string): void {
    for (const listener of this.#listeners) listener.onService?.(key, member);
  }

  onLocality(member: string): void {
    for (const listener of this.#listeners) listener.onLocality?.(member);
  }

  onNamespace(namespace: string, member: string): void {
    for (const listener of this.#listeners) listener.onNamespace?.(namespace, member);
  }

  onFreshness(member: string, key: string): void {
    for (const listener of this.#listeners) listener.onFreshness?.(member, key);
  }

  onOrders(): void {
    for (const listener of this.#listeners) listener.onOrders?.();
  }

  onHealth(changes: readonly HealthChange[]): void {
    for (const listener of this.#listeners) listener.onHealth?.(changes);
  }
}
