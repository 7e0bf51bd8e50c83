/** All that decides about traffic beside readiness, in one place: plans, orders, health; each change goes on to the publisher. */
import type { Clock } from "../../kernel/clock.ts";
import { parseAddress } from "../../federation/members/address.ts";
import type { Federation } from "../../federation/members/federation.ts";
import { mergePorts, portConflictText } from "../../federation/members/ports.ts";
import type { ProbeRule } from "../health/probe-rules.ts";
import type { ProbeTiming } from "../health/probe-spec.ts";
import type { HealthTracker } from "../probe/health-tracker.ts";
import type { HealthChange } from "../probe/report.ts";
import type { Publisher } from "../../picture/publish/publisher.ts";
import type { ServicePlan, Steering, EndpointState } from "../../picture/publish/service-writer.ts";
import type { Defaults } from "../annotations/merge.ts";
import type { PolicyName } from "../../federation/policy/policies.ts";
import type { OrderTarget } from "../orders/order.ts";
import type { Orders } from "../orders/orders.ts";
import type { ObjectWarning } from "../../federation/members/object-warning.ts";
import { PlanCache } from "./plan-cache.ts";
import { placesOf, EndpointHealthCache } from "./endpoint-health-cache.ts";
import type { SteeringStatus } from "../orders/order-status.ts";

/** What the settings say about traffic: of the whole configuration the part that plans and probes go by. */
type TrafficSettings = {
  readonly traffic: {
    readonly policy: PolicyName;
    readonly weights: Readonly<Record<string, number>>;
    readonly failoverOrder: readonly string[];
    readonly clusters: number;
  };
  readonly health: {
    readonly probes: readonly ProbeRule[];
    readonly intervalSeconds: number;
    readonly timeoutSeconds: number;
    readonly fall: number;
    readonly rise: number;
    readonly forgive: number;
    readonly holdSeconds: number;
    readonly slowStartSeconds: number;
  };
  readonly clusters: readonly { readonly name: string }[];
  readonly maxAnswers: number;
  readonly ttlSeconds: number;
};

type TrafficOptions = {
  readonly config: TrafficSettings;
  readonly book: HealthTracker;
  readonly orders: () => Orders;
  readonly clock: Clock;
};

export class Traffic implements Steering {
  readonly #options: TrafficOptions;
  readonly #plans: PlanCache;
  #vitals: EndpointHealthCache | null = null;
  #federation: Federation | null = null;
  #publisher: Publisher | null = null;
  /** The services that had orders at the last look. */
  #ordered: ReadonlySet<string> = new Set();
  /** The clusters that were forced up as a whole. */
  #raised: ReadonlySet<string> = new Set();

  constructor(options: TrafficOptions) {
    this.#options = options;
    const { config, orders, clock } = options;
    this.#plans = new PlanCache({
      defaults: defaultsIn(config),
      order: config.clusters.map(({ name }) => name),
      shareOf: (cluster, key) => orders().ownShareOf(cluster, key, clock.wallMs()),
    });
  }

  /** From now on changes go to this publisher. */
  attach(federation: Federation, publisher: Publisher): void {
    const { config, book, orders, clock } = this.#options;
    this.#federation = federation;
    this.#publisher = publisher;
    this.#vitals = new EndpointHealthCache({
      federation,
      book,
      standard: {
        timing: timingIn(config),
        rampMs: config.health.slowStartSeconds * 1000,
        rules: config.health.probes,
      },
      forceOf: (cluster, key, address) =>
        orders().addressForceOf({ cluster, service: key, address }, clock.wallMs()),
      hasForces: () => orders().list.length > 0,
      heldOf: (cluster, key) => publisher.heldOf(key, cluster),
      clock,
    });
    for (const key of federation.keys) this.#vitals.refresh(key);
    this.onOrders();
  }

  planOf(key: string, federation: Federation): ServicePlan {
    return this.#plans.planOf(key, federation);
  }

  vitalsOf(key: string, cluster: string): ((address: number | string) => EndpointState | null) | null {
    return this.#vitals?.vitalsOf(key, cluster) ?? null;
  }

  onService(key: string): void {
    // First: what the addresses are found to be while the service is looked at waits for the commit, and does not precede it.
    this.#publisher?.touchService(key);
    this.#vitals?.refresh(key);
    if (this.#federation?.declaring(key).length === 0) this.#plans.forget(key);
  }

  onNamespace(namespace: string): void {
    if (this.#federation === null) return;
    for (const key of this.#federation.keys) if (key.startsWith(`${namespace}/`)) this.onService(key);
  }

  /** Something is ordered, taken back, or has gone on with time. */
  onOrders(): void {
    const { orders, clock } = this.#options;
    const nowMs = clock.wallMs();
    const ordered = new Set<string>();
    const raised = new Set<string>();
    for (const { name } of this.#federation?.members ?? []) {
      this.#publisher?.setShare(name, orders().shareOf(name, null, nowMs));
      for (const target of orders().targetsIn(name))
        for (const key of this.#servicesOf(target)) ordered.add(key);
      if (orders().forceOf(name, null, nowMs) === "up") raised.add(name);
    }
    const affected = new Set([...ordered, ...this.#ordered]);
    // A force up of a whole cluster is about every address there: at its beginning, and at its end.
    for (const name of new Set([...raised, ...this.#raised]))
      if (raised.has(name) !== this.#raised.has(name))
        for (const key of this.#federation?.member(name)?.backends.keys() ?? []) affected.add(key);
    this.#ordered = ordered;
    this.#raised = raised;
    for (const key of affected) this.onService(key);
  }

  /** The services an order is about; of an address alone those that have it. */
  #servicesOf({ cluster, service, address }: OrderTarget): readonly string[] {
    if (service !== null) return [service];
    const value = address === null ? null : (parseAddress(address)?.value ?? null);
    const backends = this.#federation?.member(cluster)?.backends;
    if (value === null || backends === undefined) return [];
    return [...backends].flatMap(([key, { ipv4, ipv6 }]) =>
      (typeof value === "number" ? ipv4.includes(value) : ipv6.includes(value)) ? [key] : [],
    );
  }

  onHealth(changes: readonly HealthChange[]): void {
    for (const { key, cluster } of placesOf(changes)) this.#publisher?.refreshVitals(key, cluster);
  }

  /** What the objects of the clusters should be told. */
  *complaints(): Generator<ObjectWarning> {
    yield* this.#plans.complaints();
    if (this.#vitals !== null) yield* this.#vitals.complaints();
  }

  get status(): SteeringStatus {
    const { problems, conflicts } = this.#plans.status;
    const federation = this.#federation;
    const ports = federation === null ? [] : [...portConflictsIn(federation, SHOWN_MAX)];
    return {
      problems: [...problems, ...(this.#vitals?.problems ?? [])],
      conflicts: [...conflicts, ...ports],
    };
  }
}

/** More lines than this help nobody who reads /status. */
const SHOWN_MAX = 200;

/** Clusters that have other numbers for a service's ports. */
function* portConflictsIn(
  federation: Federation,
  most: number,
): Generator<SteeringStatus["conflicts"][number]> {
  let left = most;
  for (const service of federation.keys) {
    const voices = federation.declaring(service).flatMap(({ name, backends }) => {
      const ports = backends.get(service)?.ports;
      return ports === undefined ? [] : [{ cluster: name, ports }];
    });
    for (const conflict of mergePorts(voices).conflicts) {
      if (left-- === 0) return;
      yield { service, text: portConflictText(conflict) };
    }
  }
}

function defaultsIn({ traffic, maxAnswers, ttlSeconds }: TrafficSettings): Defaults {
  const weights = Object.entries(traffic.weights);
  return {
    policy: traffic.policy,
    weights: weights.length === 0 ? null : new Map(weights),
    order: traffic.failoverOrder.length === 0 ? null : traffic.failoverOrder,
    draws: traffic.clusters,
    maxAnswers,
    ttlSeconds,
  };
}
function timingIn({ health }: TrafficSettings): ProbeTiming {
  return {
    fall: health.fall,
    rise: health.rise,
    forgive: health.forgive,
    holdMs: health.holdSeconds * 1000,
    intervalMs: health.intervalSeconds * 1000,
    timeoutMs: health.timeoutSeconds * 1000,
  };
}
