/** Decides which services a change is about; the planner then plans them again and the publisher writes them. */
import type { Clock } from "../../kernel/clock.ts";
import { parseAddress } from "../../federation/members/address.ts";
import type { Federation } from "../../federation/members/federation.ts";
import type { Publisher } from "../../picture/publish/publisher.ts";
import type { OrderTarget } from "../orders/order.ts";
import type { Orders } from "../orders/orders.ts";
import type { HealthChange } from "../tracker/report.ts";
import type { ChangeListener } from "./change-feed.ts";
import { servicesOf } from "./endpoint-health-cache.ts";
import type { Planner } from "./planner.ts";

type ChangeRouterOptions = {
  readonly federation: Federation;
  readonly orders: () => Orders;
  readonly planner: Planner;
  readonly publisher: Publisher;
  readonly clock: Clock;
};

export class ChangeRouter implements ChangeListener {
  readonly #options: ChangeRouterOptions;
  /** The services that orders concerned after the last change of orders. */
  #ordered: ReadonlySet<string> = new Set();
  /** The clusters that were forced up as a whole after that change. */
  #forcedUp: ReadonlySet<string> = new Set();

  constructor(options: ChangeRouterOptions) {
    this.#options = options;
  }

  onService(key: string, member: string): void {
    const { publisher, planner } = this.#options;
    // This comes first: health that the planner finds now must not be written before the service itself.
    publisher.touchService(key, member);
    planner.refresh(key);
  }

  onLocality(): void {
    this.#options.publisher.touchStructure();
  }

  onNamespace(namespace: string, member: string): void {
    for (const key of this.#options.federation.keys)
      if (key.startsWith(`${namespace}/`)) this.onService(key, member);
  }

  onFreshness(member: string, key: string): void {
    this.#options.publisher.refreshFreshness(key, member);
  }

  onOrders(): void {
    const { federation, publisher, clock } = this.#options;
    const orders = this.#options.orders();
    const nowMs = clock.wallMs();
    const ordered = new Set<string>();
    const forcedUp = new Set<string>();
    for (const { name } of federation.members) {
      publisher.setShare(name, orders.shareOf(name, null, nowMs));
      for (const target of orders.targetsIn(name))
        for (const key of this.#servicesOf(target)) ordered.add(key);
      if (orders.forceOf(name, null, nowMs) === "up") forcedUp.add(name);
    }
    const affected = new Set([...ordered, ...this.#ordered]);
    // When a force up of a whole cluster begins or ends, it changes every address in it.
    for (const name of new Set([...forcedUp, ...this.#forcedUp]))
      if (forcedUp.has(name) !== this.#forcedUp.has(name))
        for (const key of federation.member(name)?.backends.keys() ?? []) affected.add(key);
    this.#ordered = ordered;
    this.#forcedUp = forcedUp;
    for (const key of affected) this.onService(key, "");
  }

  onHealth(changes: readonly HealthChange[]): void {
    for (const { key, cluster } of servicesOf(changes)) this.#options.publisher.refreshHealth(key, cluster);
  }

  /** The services that an order affects. An order for an address alone affects all services that have it. */
  #servicesOf({ cluster, service, address }: OrderTarget): readonly string[] {
    if (service !== null) return [service];
    const value = address === null ? null : (parseAddress(address)?.value ?? null);
    const backends = this.#options.federation.member(cluster)?.backends;
    if (value === null || backends === undefined) return [];
    return [...backends].flatMap(([key, { ipv4, ipv6 }]) =>
      (typeof value === "number" ? ipv4.includes(value) : ipv6.includes(value)) ? [key] : [],
    );
  }
}
