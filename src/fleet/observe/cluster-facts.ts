/** The present Services, EndpointSlices and Nodes of one cluster, and the addresses and readiness of a Service from them. */
import type { HostTarget } from "../../federation/hosts/declaration.ts";
import type { NamedPort } from "../../federation/members/backend.ts";
import { isDnsName } from "../../kernel/literal.ts";
import type { Announced } from "./announced.ts";
import type { SliceFacts } from "../sources/endpoint-slice.ts";
import {
  announcedAddresses,
  type NodeAddresses,
  sameNodeAddresses,
  servicePorts,
} from "../sources/endpoints.ts";
import type { ServiceFacts } from "../sources/service.ts";
import { type Counts, countsOf } from "./backend.ts";

/** Of backends whose readiness is unknown. */
export const TAKEN_AS_READY: Counts = { readyEndpoints: 1, wantedEndpoints: 1 };

const NOTHING: Announced = { addresses: [], hostnames: [] };

export class ClusterFacts {
  readonly #services: Map<string, ServiceFacts> = new Map();
  readonly #slices: Map<string, SliceFacts> = new Map();
  /** By the key of their service. */
  readonly #slicesOf: Map<string, readonly SliceFacts[]> = new Map();
  readonly #nodes: Map<string, NodeAddresses> = new Map();
  readonly #nodeServices: Set<string> = new Set();

  get serviceKeys(): Iterable<string> {
    return this.#services.keys();
  }

  /** Services that have addresses of Nodes. */
  get nodeServices(): Iterable<string> {
    return this.#nodeServices;
  }

  service(key: string): ServiceFacts | undefined {
    return this.#services.get(key);
  }

  setService(key: string, facts: ServiceFacts | undefined): void {
    if (facts === undefined) this.#services.delete(key);
    else this.#services.set(key, facts);
    if (facts !== undefined && hasNodeAddresses(facts)) this.#nodeServices.add(key);
    else this.#nodeServices.delete(key);
  }

  /** `key`: of the slice. Returns the services that it belonged to and belongs to. */
  setSlice(key: string, facts: SliceFacts | undefined): ReadonlySet<string> {
    const touched = new Set<string>();
    const before = this.#slices.get(key);
    if (before !== undefined) {
      this.#slices.delete(key);
      const left = this.#slicesOfService(before.service).filter((one) => one !== before);
      if (left.length === 0) this.#slicesOf.delete(before.service);
      else this.#slicesOf.set(before.service, left);
      touched.add(before.service);
    }
    if (facts !== undefined) {
      this.#slices.set(key, facts);
      this.#slicesOf.set(facts.service, [...this.#slicesOfService(facts.service), facts]);
      touched.add(facts.service);
    }
    return touched;
  }

  /** Returns true when services that have addresses of Nodes are affected. */
  setNode(name: string, facts: NodeAddresses | undefined): boolean {
    const before = this.#nodes.get(name);
    if (facts === undefined) this.#nodes.delete(name);
    else this.#nodes.set(name, facts);
    return before === undefined || facts === undefined || !sameNodeAddresses(before, facts);
  }

  announced(service: string): Announced {
    const facts = this.#services.get(service);
    if (facts === undefined) return NOTHING;
    const addresses = announcedAddresses(facts, this.#slicesOfService(service), this.#nodes);
    return { addresses, hostnames: facts.hostnames, isOfTenant: facts.isOfTenant };
  }

  countsOf(service: string): Counts {
    const facts = this.#services.get(service);
    if (facts?.isElsewhere === true) return TAKEN_AS_READY;
    const areAllReady = facts?.publishesNotReady === true;
    return countsOf(this.#slicesOfService(service), areAllReady);
  }

  portsOf(service: string): readonly NamedPort[] {
    const facts = this.#services.get(service);
    return facts === undefined ? [] : servicePorts(facts, this.#slicesOfService(service));
  }

  /** The name to return for these targets instead of addresses; null = none. */
  aliasOf(targets: readonly HostTarget[]): string | null {
    const names = targets.map((target) => {
      const facts = target.kind === "service" ? this.#services.get(target.service) : undefined;
      return facts === undefined ? null : aliasIn(facts);
    });
    const [first = null] = names;
    return names.every((name) => name === first) ? first : null;
  }

  #slicesOfService(service: string): readonly SliceFacts[] {
    return this.#slicesOf.get(service) ?? [];
  }
}

function hasNodeAddresses({ exposure, endpointsAt }: ServiceFacts): boolean {
  return exposure === "nodes" || (exposure === "endpoints" && endpointsAt !== "pod");
}

/** In lower case without a final dot; null = its addresses are returned. */
export function aliasIn({ isAlias, ips, hostnames }: ServiceFacts): string | null {
  if (!isAlias || ips.length > 0 || hostnames.length !== 1) return null;
  const name = (hostnames[0] as string).toLowerCase().replace(/\.$/, "");
  return isDnsName(name) ? name : null;
}
