/**
 * Routes of the Gateway API as facts: hosts, what their controllers say, and their Services.
 *
 * The Services behind a route, and which of them may be used when its controller says that references do not resolve
 * (ResolvedRefs False). It says that of the route as a whole, not of the rule:
 *
 *   reason             the route has                    counts
 *   RefNotPermitted    backends in other namespaces     those of its own namespace; without any, nothing is ready
 *   any other          one backend in all               nothing is ready
 *   any other          several                          its Services, by their endpoints; what is no Service does not count
 */
import type { Parent, RouteFacts, RouteKind } from "../../federation/gateways/attach.ts";
import { type Fault, sameFaults, sameTexts, UNUSABLE } from "../../federation/hosts/declaration.ts";
import { type Host, parseHost } from "../../federation/hosts/host.ts";
import { sameAnnotations } from "../../federation/members/backend.ts";
import type { Projection } from "../watch/store.ts";
import { at, HOSTS_MAX, isLabel, list, metaOf, annotationsPart, text, texts } from "./raw.ts";
import { isChosen, type ObjectFilter } from "./host-source.ts";
import { externalDnsOf, NO_ANNOTATIONS } from "./external-dns.ts";
import { type ParentVerdicts, parentVerdicts, sameReference } from "./route-parents.ts";

type RouteFilter = ObjectFilter & { readonly readsExternalDns: boolean };

export function projectRoute(
  kind: RouteKind,
  filter: RouteFilter,
): (object: unknown) => Projection<RouteFacts> | null {
  return (object) => {
    const meta = metaOf(object);
    if (meta === null || !isChosen(filter, meta.namespace)) return null;
    const { key, namespace, name, createdSeconds, annotations, uid } = meta;
    const extra = filter.readsExternalDns ? externalDnsOf(annotations, "gateway") : NO_ANNOTATIONS;
    if (extra.isForeign) return null;
    const declared = texts(at(object, "spec", "hostnames"));
    const ofSpec = extra.hostsFrom === "annotation" ? [] : declared.map(parseHost);
    const ofAnnotation = extra.hostsFrom === "spec" ? [] : extra.hosts;
    const hosts = [...ofSpec, ...ofAnnotation].filter((host): host is Host => host !== null);
    const hostnames = [...new Set(hosts)].slice(0, HOSTS_MAX);
    const backends = backendsOf(object, namespace);
    const verdicts = parentVerdicts(object, namespace, (reason) => usableServices(backends, reason));
    const isOpen = declared.length === 0 && extra.hostsFrom === "both" && !extra.namesHosts;
    const faults = [...extra.faults, ...faultsOf(verdicts, hostnames, isOpen)];
    const value: RouteFacts = {
      kind,
      namespace,
      name,
      uid,
      createdSeconds,
      hostnames,
      isOpen,
      parents: verdicts.parents,
      services: servicesOf(backends),
      ttlSeconds: extra.ttlSeconds,
      ...annotationsPart(object),
      ...(faults.length > 0 && { faults }),
    };
    return { key, value };
  };
}

/** Each host has its own line as long as nothing of the route is served: a route of the API has at most 16. */
const FAULTS_MAX = 16;

function faultsOf(
  { parents, refusal, unresolved, unread }: ParentVerdicts,
  hostnames: readonly Host[],
  isOpen: boolean,
): readonly Fault[] {
  if (hostnames.length === 0 && !isOpen) return [];
  const all = hostnames.length === 0 ? [""] : hostnames.slice(0, FAULTS_MAX);
  const isServed = parents.some(({ isAccepted }) => isAccepted);
  const about = (sentence: string, isPassing: boolean): Fault[] =>
    (isServed ? [""] : all).map((host) => ({ host, sentence, ...(isPassing && { isPassing }) }));
  const faults: Fault[] = [];
  if (refusal !== "") faults.push(...about(refusalSentence(refusal, parents), true));
  // A route that is part of a mesh too is no mistake.
  if (unread.length > 0 && hostnames.length > 0)
    faults.push(
      ...about(
        `its parent ${unread.slice(0, 3).join(", ")} is not read: only Gateways and ListenerSets have addresses for clients`,
        isServed,
      ),
    );
  if (unresolved !== "") faults.push({ host: "", sentence: unresolvedSentence(unresolved) });
  return faults;
}

function refusalSentence(refusal: string, parents: readonly Parent[]): string {
  const rest = parents.length === 0 ? "it is not answered" : "what its controller said before stands";
  return `${refusal}: ${rest}; see status.parents of the route`;
}

function unresolvedSentence(said: string): string {
  const cure = said.includes("RefNotPermitted")
    ? "a ReferenceGrant in the namespace of the backend permits it"
    : "correct backendRefs, or create what they name";
  return `ResolvedRefs is False${said}: backends that may not be used have nothing ready in this cluster; ${cure}`;
}

type Backend = {
  /** "namespace/name" of a Service; null = its readiness cannot be known. */
  readonly service: string | null;
  readonly isForeign: boolean;
  /** False: it gets no traffic, or only a copy of it. */
  readonly isServing: boolean;
};

type RouteBackends = readonly Backend[];

function backendsOf(object: unknown, namespace: string): RouteBackends {
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
function servicesOf(backends: RouteBackends): readonly string[] | null {
  const serving = backends.filter(({ isServing, service }) => isServing || service === null);
  return serviceNames(serving);
}

/** The same while references do not resolve. */
function usableServices(backends: RouteBackends, reason: string): readonly string[] | null {
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

export function sameRoute(a: RouteFacts, b: RouteFacts): boolean {
  return (
    a.kind === b.kind &&
    a.uid === b.uid &&
    a.createdSeconds === b.createdSeconds &&
    a.isOpen === b.isOpen &&
    a.ttlSeconds === b.ttlSeconds &&
    sameAnnotations(a.annotations ?? null, b.annotations ?? null) &&
    sameTexts(a.hostnames, b.hostnames) &&
    sameTexts(a.services, b.services) &&
    sameFaults(a.faults ?? [], b.faults ?? []) &&
    a.parents.length === b.parents.length &&
    a.parents.every((parent, i) => sameParent(parent, b.parents[i] as Parent))
  );
}

function sameParent(a: Parent, b: Parent): boolean {
  if (!sameReference(a, b) || a.isAccepted !== b.isAccepted) return false;
  return a.services === undefined || b.services === undefined
    ? a.services === b.services
    : sameTexts(a.services, b.services);
}
