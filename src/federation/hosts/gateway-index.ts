/**
 * Gateways, routes and namespaces of one cluster, joined: a route is attached again when it or its Gateway changes. A host
 * that only a listener names is declared by the Gateway, as long as a route uses it.
 */
import { attach, claimsThrough, type GatewayFacts, type RouteFacts } from "./attach.ts";
import type { Claim, HostDeclaration } from "./declaration.ts";
import { objectKey, sameDeclaration } from "./declaration.ts";
import type { Host } from "./host.ts";
import type { Labels } from "./selector.ts";

/** `declaration` null: the object declares nothing (any more). */
type Declared = (key: string, declaration: HostDeclaration | null) => void;

export class GatewayIndex {
  readonly #declared: Declared;
  readonly #gateways: Map<string, GatewayFacts> = new Map();
  /** By objectKey; and which of them name a gateway, by "namespace/name" of that. */
  readonly #routes: Map<string, RouteFacts> = new Map();
  readonly #routesOf: Map<string, Set<string>> = new Map();
  readonly #routesIn: Map<string, Set<string>> = new Map();
  readonly #labels: Map<string, Labels> = new Map();
  readonly #last: Map<string, HostDeclaration> = new Map();

  constructor(declared: Declared) {
    this.#declared = declared;
  }

  /** `key`: "namespace/name". */
  setGateway(key: string, facts: GatewayFacts | undefined): void {
    if (facts === undefined) this.#gateways.delete(key);
    else this.#gateways.set(key, facts);
    for (const route of this.#routesOf.get(key) ?? []) this.#declareRoute(route);
    this.#declareGateway(key);
  }

  /** `key`: "namespace/name"; routes of different kinds may share one. */
  setRoute(kind: RouteFacts["kind"], key: string, facts: RouteFacts | undefined): void {
    const slash = key.indexOf("/");
    const id = objectKey({ kind, namespace: key.slice(0, slash), name: key.slice(slash + 1) });
    const before = this.#routes.get(id);
    if (before !== undefined) this.#index(before, (set) => set.delete(id));
    if (facts === undefined) this.#routes.delete(id);
    else {
      this.#routes.set(id, facts);
      this.#index(facts, (set) => set.add(id));
    }
    this.#declareRoute(id);
    // Only open routes affect what the Gateway declares, and few are: the others must not cost a look at every route.
    const open = [before, facts].flatMap((route) => (route?.isOpen === true ? route.parents : []));
    for (const gateway of new Set(open.map((parent) => parent.gateway))) this.#declareGateway(gateway);
  }

  setNamespace(namespace: string, labels: Labels | undefined): void {
    if (labels === undefined) this.#labels.delete(namespace);
    else this.#labels.set(namespace, labels);
    const gateways = new Set<string>();
    for (const id of this.#routesIn.get(namespace) ?? []) {
      this.#declareRoute(id);
      const route = this.#routes.get(id);
      if (route?.isOpen === true) for (const { gateway } of route.parents) gateways.add(gateway);
    }
    for (const gateway of gateways) this.#declareGateway(gateway);
  }

  #index({ parents, namespace }: RouteFacts, change: (set: Set<string>) => void): void {
    const within = (index: Map<string, Set<string>>, key: string): void => {
      const set = index.get(key) ?? new Set<string>();
      change(set);
      if (set.size === 0) index.delete(key);
      else index.set(key, set);
    };
    for (const { gateway } of parents) within(this.#routesOf, gateway);
    within(this.#routesIn, namespace);
  }

  #declareRoute(id: string): void {
    const route = this.#routes.get(id);
    if (route === undefined) {
      this.#declare(id, null);
      return;
    }
    const claims = new Map<Host, Claim>();
    for (const key of new Set(route.parents.map(({ gateway }) => gateway))) {
      const gateway = this.#gateways.get(key);
      if (gateway === undefined) continue;
      const { own } = attach(route, gateway, this.#labels.get(route.namespace));
      for (const claim of claimsThrough(gateway, own, route)) add(claims, claim);
    }
    const { kind, namespace, name, createdSeconds, faults } = route;
    const annotations = annotationsOf(route);
    this.#declare(id, {
      kind,
      namespace,
      name,
      createdSeconds,
      claims: [...claims.values()],
      ...annotations,
      ...(faults !== undefined && { faults }),
    });
  }

  #declareGateway(key: string): void {
    const gateway = this.#gateways.get(key);
    const slash = key.indexOf("/");
    const id = objectKey({ kind: "Gateway", namespace: key.slice(0, slash), name: key.slice(slash + 1) });
    if (gateway === undefined) {
      this.#declare(id, null);
      return;
    }
    const claims = new Map<Host, Claim>();
    for (const routeId of this.#routesOf.get(key) ?? []) {
      const route = this.#routes.get(routeId);
      if (route?.isOpen !== true) continue;
      const { inherited } = attach(route, gateway, this.#labels.get(route.namespace));
      for (const claim of claimsThrough(gateway, inherited, route)) add(claims, claim);
    }
    const { namespace, name, createdSeconds } = gateway;
    const annotations = annotationsOf(gateway);
    this.#declare(id, {
      kind: "Gateway",
      namespace,
      name,
      createdSeconds,
      claims: [...claims.values()],
      ...annotations,
    });
  }

  /** Passes on real differences only. */
  #declare(id: string, declaration: HostDeclaration | null): void {
    const before = this.#last.get(id);
    const isEmpty = declaration?.claims.length === 0 && declaration.faults === undefined;
    const after = isEmpty ? null : declaration;
    if (before === undefined && after === null) return;
    if (before !== undefined && after !== null && sameDeclaration(before, after)) return;
    if (after === null) this.#last.delete(id);
    else this.#last.set(id, after);
    this.#declared(id, after);
  }
}

function annotationsOf({
  annotations,
}: Pick<HostDeclaration, "annotations">): Pick<HostDeclaration, "annotations"> {
  return annotations === undefined ? {} : { annotations };
}

/** The same host through two Gateways, or from two routes of one Gateway: the claims are joined. */
function add(claims: Map<Host, Claim>, claim: Claim): void {
  const known = claims.get(claim.host);
  claims.set(claim.host, known === undefined ? claim : joined(known, claim));
}

function joined(a: Claim, b: Claim): Claim {
  const services = a.services !== null && b.services !== null ? union(a.services, b.services) : null;
  const ttls = [a.ttlSeconds, b.ttlSeconds].filter((ttl) => ttl !== null);
  const ttlSeconds = ttls.length === 0 ? null : Math.min(...ttls);
  const gateways = union(a.gateways, b.gateways);
  if (a.target?.kind !== "addresses" || b.target?.kind !== "addresses")
    return { ...a, services, ttlSeconds, gateways };
  const target = {
    kind: "addresses",
    addresses: union(a.target.addresses, b.target.addresses),
    hostnames: union(a.target.hostnames, b.target.hostnames),
  } as const;
  return { ...a, target, services, ttlSeconds, gateways };
}

function union(a: readonly string[], b: readonly string[]): readonly string[] {
  return a.length === b.length && a.every((text, i) => text === b[i]) ? a : [...new Set([...a, ...b])];
}
