/**
 * Gateways, ListenerSets, routes and namespaces of one cluster, joined: a route is attached again when it or its Gateway
 * changes. A host that only a listener names, or an annotation of a Gateway, is declared by the Gateway; the former as long as a
 * route uses it.
 */
import {
  attach,
  type Attached,
  claimsThrough,
  type GatewayFacts,
  type Holder,
  isAllowed,
  type ListenerSetFacts,
  type Reach,
  type RouteFacts,
} from "./attach.ts";
import { faultOfGateway, faultOfSet, faultsOfRoute } from "./gateway-faults.ts";
import { GatewayVerdicts, lesser } from "./gateway-verdicts.ts";
import type { Claim, HostDeclaration } from "../hosts/declaration.ts";
import { objectKey, sameDeclaration } from "../hosts/declaration.ts";
import { addClaim, declarationOf } from "./joined-claims.ts";
import type { Host } from "../hosts/host.ts";
import type { Labels } from "../hosts/selector.ts";

/** `declaration` null: the object declares nothing (any more). */
type Declared = (key: string, declaration: HostDeclaration | null) => void;

/** Kinds of ListenerSets: that of the standard, and the one it was tried out as. */
export type SetKind = "ListenerSet" | "XListenerSet";

export class GatewayIndex {
  readonly #declared: Declared;
  readonly #areAllRead: boolean;
  /** By "namespace/name". */
  readonly #gateways: Map<string, GatewayFacts> = new Map();
  /** By objectKey; and which of them belong to a Gateway, by "namespace/name" of that. */
  readonly #sets: Map<string, ListenerSetFacts> = new Map();
  readonly #setsOf: Map<string, Set<string>> = new Map();
  /** By objectKey; and which of them name a Gateway or ListenerSet, by the key of that (Parent.holder). */
  readonly #routes: Map<string, RouteFacts> = new Map();
  readonly #routesOf: Map<string, Set<string>> = new Map();
  readonly #routesIn: Map<string, Set<string>> = new Map();
  readonly #labels: Map<string, Labels> = new Map();
  readonly #last: Map<string, HostDeclaration> = new Map();
  readonly #verdicts: GatewayVerdicts = new GatewayVerdicts();

  /** `areAllRead` false: Gateways of some classes are left out, and routes at them are no mistake. */
  constructor(declared: Declared, areAllRead: boolean = true) {
    this.#declared = declared;
    this.#areAllRead = areAllRead;
  }

  /** All Gateways that were there at the beginning are known. */
  gatewaysListed(): void {
    this.#verdicts.listed();
  }

  /** `key`: "namespace/name". */
  setGateway(key: string, facts: GatewayFacts | undefined): void {
    this.#noteVerdicts(key, this.#gateways.get(key), facts);
    if (facts === undefined) this.#gateways.delete(key);
    else this.#gateways.set(key, facts);
    for (const set of this.#setsOf.get(key) ?? []) this.#refreshSet(set);
    this.#declareRoutes(key);
    this.#declareGateway(key);
  }

  /** `key`: "namespace/name". */
  setListenerSet(kind: SetKind, key: string, facts: ListenerSetFacts | undefined): void {
    const id = idOf(kind, key);
    const before = this.#sets.get(id);
    this.#noteVerdicts(id, before, facts);
    if (before !== undefined) change(this.#setsOf, before.gateway, (sets) => sets.delete(id));
    if (facts === undefined) this.#sets.delete(id);
    else {
      this.#sets.set(id, facts);
      change(this.#setsOf, facts.gateway, (sets) => sets.add(id));
    }
    this.#refreshSet(id);
    for (const gateway of new Set([before?.gateway, facts?.gateway]))
      if (gateway !== undefined) this.#declareGateway(gateway);
  }

  /** `key`: "namespace/name"; routes of different kinds may share one. */
  setRoute(kind: RouteFacts["kind"], key: string, facts: RouteFacts | undefined): void {
    const id = idOf(kind, key);
    const before = this.#routes.get(id);
    if (before !== undefined) this.#index(before, (set) => set.delete(id));
    const after = facts === undefined ? undefined : this.#verdicts.routeOf(id, facts);
    if (after === undefined) {
      this.#routes.delete(id);
      this.#verdicts.forgetRoute(id);
    } else {
      this.#routes.set(id, after);
      this.#index(after, (set) => set.add(id));
    }
    this.#declareRoute(id);
    // Few routes affect what their Gateway declares: the others must not cost a look at every route of it.
    const open = this.#gatewaysOf([before, after].filter((route) => route?.isOpen === true));
    for (const gateway of this.#gatewaysOf([before, after]))
      if (open.has(gateway) || this.#gateways.get(gateway)?.isProgrammed === false)
        this.#declareGateway(gateway);
  }

  setNamespace(namespace: string, labels: Labels | undefined): void {
    if (labels === undefined) this.#labels.delete(namespace);
    else this.#labels.set(namespace, labels);
    const gateways = new Set<string>();
    for (const [id, set] of this.#sets)
      if (set.namespace === namespace) {
        this.#refreshSet(id);
        // It may be let in now, or not any more.
        gateways.add(set.gateway);
      }
    const routes: (RouteFacts | undefined)[] = [];
    for (const id of this.#routesIn.get(namespace) ?? []) {
      this.#declareRoute(id);
      routes.push(this.#routes.get(id));
    }
    for (const gateway of this.#gatewaysOf(routes.filter((route) => route?.isOpen === true)))
      gateways.add(gateway);
    for (const gateway of gateways) this.#declareGateway(gateway);
  }

  #noteVerdicts(
    key: string,
    before: Pick<GatewayFacts, "isProgrammed" | "listeners"> | undefined,
    facts: Pick<GatewayFacts, "isProgrammed" | "listeners"> | undefined,
  ): void {
    const names = new Set(facts?.listeners.map(({ name }) => name));
    for (const { name } of before?.listeners ?? [])
      if (!names.has(name)) this.#verdicts.forget(listenerKey(key, name));
    if (facts === undefined) {
      this.#verdicts.forget(key);
      return;
    }
    this.#verdicts.note(key, facts.isProgrammed);
    for (const { name, isProgrammed } of facts.listeners)
      this.#verdicts.note(listenerKey(key, name), isProgrammed);
  }

  #index({ parents, namespace }: RouteFacts, edit: (set: Set<string>) => void): void {
    for (const { holder } of parents) change(this.#routesOf, holder, edit);
    change(this.#routesIn, namespace, edit);
  }

  /** The Gateways that these routes reach, by "namespace/name". */
  #gatewaysOf(routes: readonly (RouteFacts | undefined)[]): ReadonlySet<string> {
    const holders = routes.flatMap((route) => route?.parents.map(({ holder }) => holder) ?? []);
    return new Set(holders.flatMap((holder) => this.#sets.get(holder)?.gateway ?? holder));
  }

  #refreshSet(id: string): void {
    this.#declareRoutes(id);
    const set = this.#sets.get(id);
    const fault = set === undefined ? null : faultOfSet(set, this.#holder(id) !== null);
    if (set === undefined || fault === null) this.#declare(id, null);
    else this.#declare(id, declarationOf(kindOf(id), set, [], [fault]));
  }

  #declareRoutes(holder: string): void {
    for (const route of this.#routesOf.get(holder) ?? []) this.#declareRoute(route);
  }

  /** Null: it is not there, or the Gateway of the ListenerSet is not, or does not allow it. */
  #holder(key: string): Holder | null {
    const set = this.#sets.get(key);
    const gateway = this.#gateways.get(set?.gateway ?? key);
    if (gateway === undefined) return null;
    const ofGateway = this.#verdicts.of(`${gateway.namespace}/${gateway.name}`);
    const { namespace } = set ?? gateway;
    const asking = { namespace, home: gateway.namespace, labels: this.#labels.get(namespace) };
    if (set !== undefined && !isAllowed(gateway.sets, asking)) return null;
    const above = set === undefined ? ofGateway : lesser(ofGateway, this.#verdicts.of(key));
    const listeners = (set ?? gateway).listeners.map((listener) => ({
      listener,
      verdict: lesser(above, this.#verdicts.of(listenerKey(key, listener.name))),
    }));
    return { key, namespace, gateway, listeners };
  }

  #declareRoute(id: string): void {
    const route = this.#routes.get(id);
    if (route === undefined) {
      this.#declare(id, null);
      return;
    }
    const claims = new Map<Host, Claim>();
    const attached: Attached[] = [];
    let missing: string | null = null;
    for (const key of new Set(route.parents.map(({ holder }) => holder))) {
      const holder = this.#holder(key);
      if (holder === null) {
        missing = key;
        continue;
      }
      const one = attach(route, holder, this.#labels.get(route.namespace));
      attached.push(one);
      for (const claim of claimsThrough(holder, one.own, route.ttlSeconds)) addClaim(claims, claim);
    }
    const faults = faultsOfRoute(route, { attached, missing, areAllRead: this.#areAllRead });
    this.#declare(id, declarationOf(route.kind, route, [...claims.values()], faults));
  }

  #declareGateway(key: string): void {
    const id = idOf("Gateway", key);
    const gateway = this.#gateways.get(key);
    const holder = this.#holder(key);
    if (gateway === undefined || holder === null) {
      this.#declare(id, null);
      return;
    }
    const claims = new Map<Host, Claim>();
    const verdict = this.#verdicts.of(key);
    if (verdict !== "never") {
      // Routes say what is behind it, if anything does.
      const reach: Reach = { services: [], isTentative: verdict === "perhaps" };
      const own = new Map(gateway.hosts.map((host) => [host, reach]));
      for (const claim of claimsThrough(holder, own, gateway.ttlSeconds)) addClaim(claims, claim);
    }
    let isUsed = gateway.hosts.length > 0;
    for (const each of [key, ...(this.#setsOf.get(key) ?? [])]) {
      isUsed ||= this.#routesOf.has(each);
      const at = each === key ? holder : this.#holder(each);
      if (at !== null)
        for (const routeId of this.#routesOf.get(each) ?? []) this.#addInherited(claims, at, routeId);
    }
    const trouble = faultOfGateway(gateway, verdict, isUsed);
    const faults = [...(gateway.faults ?? []), ...(trouble === null ? [] : [trouble])];
    this.#declare(id, declarationOf("Gateway", gateway, [...claims.values()], faults));
  }

  #addInherited(claims: Map<Host, Claim>, holder: Holder, routeId: string): void {
    const route = this.#routes.get(routeId);
    if (route?.isOpen !== true) return;
    const { inherited } = attach(route, holder, this.#labels.get(route.namespace));
    for (const claim of claimsThrough(holder, inherited, route.ttlSeconds)) addClaim(claims, claim);
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

function idOf(kind: string, key: string): string {
  const slash = key.indexOf("/");
  return objectKey({ kind, namespace: key.slice(0, slash), name: key.slice(slash + 1) });
}

function kindOf(id: string): string {
  return id.slice(0, id.indexOf(" "));
}

function listenerKey(key: string, name: string): string {
  return `${key} ${name}`;
}

function change(index: Map<string, Set<string>>, key: string, edit: (set: Set<string>) => void): void {
  const set = index.get(key) ?? new Set<string>();
  edit(set);
  if (set.size === 0) index.delete(key);
  else index.set(key, set);
}
