/** The planner: how the clusters of each service share its clients, and which of its addresses are healthy. */
import type { Clock } from "../../kernel/clock.ts";
import type { Federation } from "../../federation/members/federation.ts";
import type { ObjectWarning } from "../../federation/members/object-warning.ts";
import { mergePorts, portConflictText } from "../../federation/members/ports.ts";
import type { CachedUntil } from "../../picture/publish/cached-until.ts";
import type { EndpointStates, ServicePlan, TrafficPlanner } from "../../picture/publish/traffic-planner.ts";
import type { Orders } from "../orders/orders.ts";
import type { SteeringStatus } from "../orders/order-status.ts";
import type { HealthTracker } from "../tracker/health-tracker.ts";
import { EndpointHealthCache } from "./endpoint-health-cache.ts";
import { PlanCache } from "./plan-cache.ts";
import { defaultsIn, probingIn, type TrafficConfigPart } from "./traffic-config.ts";

type PlannerOptions = {
  readonly config: TrafficConfigPart;
  readonly federation: Federation;
  readonly tracker: HealthTracker;
  readonly orders: () => Orders;
  readonly cachedUntil: CachedUntil;
  readonly clock: Clock;
};

/** The number of lines in /status. */
const SHOWN_MAX = 200;

export class Planner implements TrafficPlanner {
  readonly #federation: Federation;
  readonly #plans: PlanCache;
  readonly #endpoints: EndpointHealthCache;

  /** Starts with the services of the federation. */
  constructor({ config, federation, tracker, orders, cachedUntil, clock }: PlannerOptions) {
    this.#federation = federation;
    this.#plans = new PlanCache({
      federation,
      defaults: defaultsIn(config),
      order: config.clusters.map(({ name }) => name),
      shareOf: (cluster, key) => orders().ownShareOf(cluster, key, clock.wallMs()),
    });
    this.#endpoints = new EndpointHealthCache({
      federation,
      tracker,
      standard: probingIn(config),
      forceOf: (cluster, key, address) =>
        orders().addressForceOf({ cluster, service: key, address }, clock.wallMs()),
      hasForces: () => orders().list.length > 0,
      cachedUntil,
      clock,
    });
    for (const key of federation.keys) this.refresh(key);
  }

  /** Takes other settings. Every service must be planned again then: see `refresh`. */
  configure(config: TrafficConfigPart): void {
    this.#plans.setDefaults(defaultsIn(config));
    this.#endpoints.setStandard(probingIn(config));
  }

  planOf(key: string): ServicePlan {
    return this.#plans.planOf(key);
  }

  endpointStatesOf(key: string, cluster: string): EndpointStates | null {
    return this.#endpoints.endpointStatesOf(key, cluster);
  }

  /** These are the members now, in the order of the settings. Returns the services that must be planned again. */
  setMembers(order: readonly string[]): readonly string[] {
    return this.#plans.setMembers(order);
  }

  /** The service or host, or its orders, have changed in some cluster: updates probes and forces. */
  refresh(key: string): void {
    this.#endpoints.refresh(key);
    if (this.#federation.declaring(key).length === 0) this.#plans.forget(key);
  }

  /** Warnings for the owners of objects in the clusters. */
  *warnings(): Generator<ObjectWarning> {
    yield* this.#plans.warnings();
    yield* this.#endpoints.warnings();
  }

  get status(): SteeringStatus {
    const { problems, conflicts } = this.#plans.status;
    return {
      problems: [...problems, ...this.#endpoints.problems],
      conflicts: [...conflicts, ...portConflictsIn(this.#federation, SHOWN_MAX)],
    };
  }
}

/** Clusters that number the ports of a service differently. */
function* portConflictsIn(
  federation: Federation,
  most: number,
): Generator<SteeringStatus["conflicts"][number]> {
  let left = most;
  for (const service of federation.keys) {
    const declared = federation.declaring(service).flatMap(({ name, backends }) => {
      const ports = backends.get(service)?.ports;
      return ports === undefined ? [] : [{ cluster: name, ports }];
    });
    for (const conflict of mergePorts(declared).conflicts) {
      if (left-- === 0) return;
      yield { service, text: portConflictText(conflict) };
    }
  }
}
