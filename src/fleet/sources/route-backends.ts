/**
 * The Services behind a route, and which of them may be used when its controller says that references do not resolve
 * (ResolvedRefs False). It says that of the route as a whole, not of the rule:
 *
 *   reason             the route has                    counts
 *   RefNotPermitted    backends in other namespaces     those of its own namespace; without any, nothing is ready
 *   any other          one backend in all               nothing is ready
 *   any other          several                          its Services, by their endpoints; what is no Service does not count
 */
import { UNUSABLE } from "../../federation/hosts/declaration.ts";
import { at, HOSTS_MAX, isLabel, list, text } from "./raw.ts";

type Backend = {
  /** "namespace/name" of a Service; null = its readiness cannot be known. */
  readonly service: string | null;
  readonly isForeign: boolean;
  /** False: it gets no traffic, or only a copy of it. */
  readonly isServing: boolean;
};

export type RouteBackends = readonly Backend[];

export function backendsOf(object: unknown, namespace: string): RouteBackends {
  return list(at(object, "spec", "rules"))
    .slice(0, HOSTS_MAX)
    .flatMap((rule) => {
      const references = list(at(rule, "backendRefs")).slice(0, HOSTS_MAX);
      const mirrors = [rule, ...references].flatMap((holder) => mirrorsOf(holder));
      return [
        ...references.map((one) => backendOf(one, namespace, at(one, "weight") !== 0)),
        ...mirrors.map((one) => backendOf(one, namespace, false)),
      ];
    });
}

function mirrorsOf(holder: unknown): unknown[] {
  return list(at(holder, "filters"))
    .slice(0, HOSTS_MAX)
    .flatMap((filter) => at(filter, "requestMirror", "backendRef") ?? []);
}

function backendOf(reference: unknown, namespace: string, isServing: boolean): Backend {
  const name = text(at(reference, "name"));
  const home = text(at(reference, "namespace")) || namespace;
  const isService = text(at(reference, "group")) === "" && (at(reference, "kind") ?? "Service") === "Service";
  const isKnown = isService && isLabel(name) && isLabel(home);
  return { service: isKnown ? `${home}/${name}` : null, isForeign: home !== namespace, isServing };
}

/** As Claim.services. A rule without backends, such as a redirect, does not count. */
export function servicesOf(backends: RouteBackends): readonly string[] | null {
  const serving = backends.filter(({ isServing, service }) => isServing || service === null);
  return serviceNames(serving);
}

/** The same while references do not resolve. */
export function usableServices(backends: RouteBackends, reason: string): readonly string[] | null {
  const serving = backends.filter(({ isServing }) => isServing);
  if (serving.length === 0) return [];
  if (reason === "RefNotPermitted" && backends.some(({ isForeign }) => isForeign)) {
    const own = serving.filter(({ isForeign }) => !isForeign);
    return own.length === 0 ? [UNUSABLE] : serviceNames(own);
  }
  const services = serving.filter(({ service }) => service !== null);
  return backends.length === 1 || services.length === 0 ? [UNUSABLE] : serviceNames(services);
}

function serviceNames(backends: RouteBackends): readonly string[] | null {
  const names = backends.map(({ service }) => service);
  return names.includes(null) ? null : [...new Set(names as readonly string[])];
}
