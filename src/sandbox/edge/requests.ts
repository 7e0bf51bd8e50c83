/** Routes an HTTP request at an address of the cluster to a Service, as an ingress controller or a gateway does. */
import { listAt, numberAt, objectAt, textAt, valueAt } from "../object/json.ts";
import type { Json } from "../object/json.ts";
import type { KubeObject } from "../object/object.ts";
import type { ObjectClient } from "../store/objects.ts";
import { attachmentOf, mayAddListeners, refersTo } from "./attach.ts";
import { unresolvedBackend } from "./backends.ts";
import { fitsHost, hostRank } from "./hosts.ts";
import { addressesOf, gatewayVersion, ingressService, isOurIngress, routesIn, setsOf } from "./names.ts";

export type HttpRequest = {
  readonly address: string;
  readonly port: number;
  /** Lower case, without a port. */
  readonly host: string;
  readonly path: string;
  readonly method: string;
};

/** Where a request goes: the rule that matched, and the Service port it names. */
export type Destination = {
  /** `ingress shop/front`, `route shop/front of gateway shop/public`, or the Service itself. */
  readonly by: string;
  readonly namespace: string;
  readonly service: string;
  readonly port: number | string;
};

type RoutingResult =
  | { readonly kind: "to"; readonly destination: Destination }
  /** No Service of this cluster has the address and port. */
  | { readonly kind: "closed" }
  /** A Service has the address, but no rule matches. */
  | { readonly kind: "no-rule"; readonly at: string }
  /** A rule matches, but its backend cannot be used. */
  | { readonly kind: "broken"; readonly at: string; readonly why: string };

/** `random` in [0, 1) chooses among weighted backends. */
export function destinationOf(
  objects: ObjectClient,
  request: HttpRequest,
  random: () => number,
): RoutingResult {
  const service = serviceAt(objects, request);
  if (!service) return { kind: "closed" };
  const { name, namespace = "", ownerReferences = [] } = service.metadata;
  if (name === ingressService.name && namespace === ingressService.namespace)
    return throughIngress(objects, request);
  const owner = ownerReferences.find(({ kind }) => kind === "Gateway");
  if (!owner) {
    const destination = { by: `service ${namespace}/${name}`, namespace, service: name, port: request.port };
    return { kind: "to", destination };
  }
  const gateway = objects.get({ apiVersion: gatewayVersion, kind: "Gateway", namespace, name: owner.name });
  return gateway ? throughGateway(objects, gateway, request, random) : { kind: "closed" };
}

/** The Service that has the address and listens on the port. */
function serviceAt(objects: ObjectClient, { address, port }: HttpRequest): KubeObject | undefined {
  return objects
    .list("v1", "Service")
    .find(
      (one) =>
        addressesOf(one).includes(address) &&
        listAt(one, "spec.ports").some((entry) => numberAt(entry, "port") === port),
    );
}

/** The most specific host wins, then the most specific path, over all Ingresses together; else a default backend. */
function throughIngress(objects: ObjectClient, { host, path }: HttpRequest): RoutingResult {
  const ours = objects.list("networking.k8s.io/v1", "Ingress").filter((one) => isOurIngress(objects, one));
  const rules = ours.flatMap((ingress) =>
    listAt(ingress, "spec.rules").flatMap((rule) =>
      listAt(rule, "http.paths").map((entry) => ({ ingress, entry, host: textAt(rule, "host") })),
    ),
  );
  const fitting = rules
    .filter((rule) => fitsHost(rule.host, host, "one") && pathRank(rule.entry, path) >= 0)
    .toSorted(
      (a, b) => hostRank(b.host) - hostRank(a.host) || pathRank(b.entry, path) - pathRank(a.entry, path),
    );
  const [found] = fitting;
  const fallback = ours.find((ingress) => valueAt(ingress, "spec.defaultBackend") !== undefined);
  const ingress = found?.ingress ?? fallback;
  if (!ingress) return { kind: "no-rule", at: "the ingress controller" };
  const backend = found
    ? objectAt(found.entry, "backend.service")
    : objectAt(ingress, "spec.defaultBackend.service");
  const { name, namespace = "" } = ingress.metadata;
  const port = numberAt(backend, "port.number") ?? textAt(backend, "port.name");
  const destination = {
    by: `ingress ${namespace}/${name}`,
    namespace,
    service: textAt(backend, "name"),
    port,
  };
  return { kind: "to", destination };
}

/** The longer the path, the higher the rank; an exact match ranks highest; -1 where it does not match. */
function pathRank(entry: Json, path: string): number {
  const wanted = textAt(entry, "path") || "/";
  if (textAt(entry, "pathType") === "Exact") return path === wanted ? 10_000 : -1;
  return isBelow(path, wanted) ? wanted.length : -1;
}

/** Compares whole segments: /a is a prefix of /a/b, not of /ab. */
function isBelow(path: string, prefix: string): boolean {
  const bare = prefix.replace(/\/+$/, "");
  return path === bare || path.startsWith(`${bare}/`) || bare === "";
}

type RouteMatch = {
  readonly route: KubeObject;
  readonly rule: Json;
  readonly host: string;
  readonly rank: number;
};

function throughGateway(
  objects: ObjectClient,
  gateway: KubeObject,
  request: HttpRequest,
  random: () => number,
): RoutingResult {
  const at = `gateway ${gateway.metadata.namespace ?? ""}/${gateway.metadata.name}`;
  const choices = routesIn(objects)
    .filter(({ kind }) => kind === "HTTPRoute")
    .flatMap((route) => matchesOfRoute(objects, route, gateway, request));
  const [best] = choices.toSorted((a, b) => hostRank(b.host) - hostRank(a.host) || b.rank - a.rank);
  if (!best) return { kind: "no-rule", at };
  const backend = pickBackend(listAt(best.rule, "backendRefs"), random);
  const { name, namespace = "" } = best.route.metadata;
  const fault =
    backend === undefined ? "it has no backend" : unresolvedBackend(objects, best.route, backend)?.message;
  if (fault !== undefined) return { kind: "broken", at: `route ${namespace}/${name} of ${at}`, why: fault };
  const destination = {
    by: `route ${namespace}/${name} of ${at}`,
    namespace: textAt(backend, "namespace") || namespace,
    service: textAt(backend, "name"),
    port: numberAt(backend, "port") ?? 80,
  };
  return { kind: "to", destination };
}

function matchesOfRoute(
  objects: ObjectClient,
  route: KubeObject,
  gateway: KubeObject,
  request: HttpRequest,
): readonly RouteMatch[] {
  const sets = setsOf(objects, gateway).filter((set) => mayAddListeners(objects, set, gateway));
  const attachments = [gateway, ...sets].flatMap((holder) =>
    refersTo(route, holder).map((parent) => attachmentOf(objects, route, holder, parent)),
  );
  const listeners = attachments.flatMap((one) => (one.kind === "attached" ? one.listeners : []));
  const open = listeners.filter(
    ({ listener }) => textAt(listener, "protocol") === "HTTP" && numberAt(listener, "port") === request.port,
  );
  const hosts = open.flatMap((one) => one.hosts).filter((host) => fitsHost(host, request.host, "any"));
  return hosts.flatMap((host) =>
    listAt(route, "spec.rules").flatMap((rule) =>
      matchesOf(rule).flatMap((match) => {
        const rank = matchRank(match, request);
        return rank < 0 ? [] : [{ route, rule, host, rank }];
      }),
    ),
  );
}

/** A rule without matches takes every request. */
function matchesOf(rule: Json): readonly Json[] {
  const matches = listAt(rule, "matches");
  return matches.length === 0 ? [{}] : matches;
}

function matchRank(match: Json, { path, method }: HttpRequest): number {
  const asked = textAt(match, "method");
  const type = textAt(match, "path.type") || "PathPrefix";
  const value = textAt(match, "path.value") || "/";
  // The sandbox's gateway does not support headers, query parameters and regular expressions.
  if (
    type === "RegularExpression" ||
    listAt(match, "headers").length > 0 ||
    listAt(match, "queryParams").length > 0
  )
    return -1;
  if (asked !== "" && asked !== method) return -1;
  const bonus = asked === "" ? 0 : 0.5;
  if (type === "Exact") return path === value ? 10_000 + bonus : -1;
  return isBelow(path, value) ? value.length + bonus : -1;
}

function pickBackend(backends: readonly Json[], random: () => number): Json | undefined {
  const weights = backends.map((one) => numberAt(one, "weight") ?? 1);
  let rest = random() * weights.reduce((sum, weight) => sum + weight, 0);
  return backends.find((_, index) => {
    rest -= weights[index] ?? 0;
    return rest < 0;
  });
}
