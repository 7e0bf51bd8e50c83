/**
 * The annotations of ExternalDNS, with its semantics: `external-dns.alpha.kubernetes.io/` and the newer
 * `external-dns.kubernetes.io/`, which wins. Annotations for providers (weights, aliases) are ignored.
 */
import type { Fault } from "../../federation/hosts/declaration.ts";
import { type Host, parseHost } from "../../federation/hosts/host.ts";
import { isAddress, isDnsName } from "../../kernel/literal.ts";
import { HOSTS_MAX, TARGETS_MAX } from "./raw.ts";

export type ExternalDnsSettings = {
  readonly enabled: boolean;
  /** Host names of `internal-hostname`, which mean cluster IPs: of use only where those are routed. */
  readonly internalHostnames: boolean;
};

export type ExternalDns = {
  readonly hosts: readonly Host[];
  /** An annotation is there that names hosts, valid or not. */
  readonly namesHosts: boolean;
  readonly internalHosts: readonly Host[];
  /** What is not understood: entries among the hosts that are not host names, and values that annotations do not have. */
  readonly faults: readonly Fault[];
  /** Replaces the addresses that the object announces; null = they count. */
  readonly target: {
    readonly addresses: readonly string[];
    readonly hostnames: readonly string[];
    readonly isOfTenant: true;
  } | null;
  readonly ttlSeconds: number | null;
  /** Which addresses of nodes count; "either": the public ones if there are any, else the private ones. */
  readonly access: "public" | "private" | "either";
  /** Of a headless Service: the addresses of its pods, external ones of their nodes, or the host address of each pod. */
  readonly endpointsAt: EndpointsAt;
  /** Where the hosts of an Ingress or route come from. */
  readonly hostsFrom: "both" | "annotation" | "spec" | "neither";
  /** The object belongs to another controller. */
  readonly isForeign: boolean;
};

type EndpointsAt = "pod" | "node" | "host";

/** For an object without such annotations, and when the source is off. */
export const NO_ANNOTATIONS: ExternalDns = {
  hosts: [],
  namesHosts: false,
  internalHosts: [],
  faults: [],
  target: null,
  ttlSeconds: null,
  access: "either",
  endpointsAt: "pod",
  hostsFrom: "both",
  isForeign: false,
};

const PREFIXES = ["external-dns.kubernetes.io/", "external-dns.alpha.kubernetes.io/"];
const TTL_SECONDS_MAX = 2_147_483_647;

/** `kind`: Ingresses and routes have different annotations for `hostsFrom`. */
export function externalDnsOf(
  annotations: Readonly<Record<string, string>>,
  kind: "ingress" | "gateway" = "ingress",
): ExternalDns {
  const has = Object.keys(annotations).some((key) => PREFIXES.some((prefix) => key.startsWith(prefix)));
  if (!has) return NO_ANNOTATIONS;
  const value = (name: string): string | undefined =>
    PREFIXES.map((prefix) => annotations[`${prefix}${name}`]).find((found) => found !== undefined);
  const access = value("access");
  const controller = value("controller");
  const [hosts, internalHosts] = [hostsOf(value("hostname")), hostsOf(value("internal-hostname"))];
  const target = targetOf(value("target"));
  const ttl = ttlOf(value("ttl"));
  const endpointsType = value("endpoints-type");
  const source = `${kind}-hostname-source`;
  const faults = [
    ...hosts.faults,
    ...internalHosts.faults,
    ...valueFault("ttl", value("ttl"), ttl !== null || value("ttl") === undefined, TTL_VALUES),
    ...valueFault("access", value("access"), isKnownWord(value("access"), ACCESS), "public or private"),
    ...valueFault(
      source,
      value(source),
      isKnownWord(value(source)?.toLowerCase(), SOURCE_WORDS),
      SOURCE_WORDS.join(" or "),
    ),
    ...valueFault(
      "target",
      value("target"),
      !(target?.hostnames ?? []).some((name) => !isDnsName(name)),
      "addresses and host names",
    ),
    ...valueFault(
      "endpoints-type",
      endpointsType,
      isKnownWord(endpointsType, Object.keys(ENDPOINTS_AT)),
      Object.keys(ENDPOINTS_AT).join(" or "),
    ),
  ];
  return {
    hosts: hosts.hosts,
    namesHosts: hosts.hosts.length + hosts.faults.length > 0,
    internalHosts: internalHosts.hosts,
    faults,
    target: target === null ? null : { ...target, hostnames: target.hostnames.filter(isDnsName) },
    ttlSeconds: ttl,
    access: access === "public" || access === "private" ? access : "either",
    endpointsAt: ENDPOINTS_AT[endpointsType ?? ""] ?? "pod",
    hostsFrom: hostsFromOf(value(source), kind),
    isForeign: controller !== undefined && controller !== "dns-controller",
  };
}

/** Values of `endpoints-type`, spelled as there. An unknown value means the addresses of the pods. */
const ENDPOINTS_AT: Readonly<Record<string, EndpointsAt>> = Object.assign(Object.create(null), {
  NodeExternalIP: "node",
  HostIP: "host",
});

const ACCESS: readonly string[] = ["public", "private"];
const SOURCE_WORDS: readonly string[] = ["annotation-only", "defined-hosts-only"];
const TTL_VALUES = "whole seconds from 1 to 2147483647, or a duration such as 1m30s";

function isKnownWord(value: string | undefined, known: readonly string[]): boolean {
  return value === undefined || known.includes(value);
}

/** As a list of one or none. `values`: those that the annotation may have, as words. */
function valueFault(
  name: string,
  given: string | undefined,
  isKnown: boolean,
  values: string,
): readonly Fault[] {
  if (isKnown || given === undefined) return [];
  const value = JSON.stringify(given.slice(0, 64));
  return [{ host: "", sentence: `the annotation ${name} of ExternalDNS is ${value}: it may be ${values}` }];
}

/** With any other word an Ingress has no hosts, as in ExternalDNS; a route those that it has without the annotation. */
function hostsFromOf(given: string | undefined, kind: "ingress" | "gateway"): ExternalDns["hostsFrom"] {
  switch (given?.toLowerCase()) {
    case undefined:
      return "both";
    case "annotation-only":
      return "annotation";
    case "defined-hosts-only":
      return "spec";
    default:
      return kind === "ingress" ? "neither" : "both";
  }
}

/** Entries separated by commas, without blanks: at most `most` and one more. */
function itemsOf(annotation: string | undefined, most: number): readonly string[] {
  const items = (annotation ?? "").replaceAll(/\s/g, "").split(",", 4 * most);
  return items.filter((item) => item !== "").slice(0, most + 1);
}

/** Faults reported per annotation: enough to find the mistake. */
const FAULTS_MAX = 4;

function hostsOf(annotation: string | undefined): {
  readonly hosts: readonly Host[];
  readonly faults: readonly Fault[];
} {
  if (annotation === undefined) return NO_HOSTS;
  const hosts = new Set<Host>();
  const faults: Fault[] = [];
  const items = itemsOf(annotation, HOSTS_MAX);
  const tooMuch = items[HOSTS_MAX];
  for (const item of items.slice(0, HOSTS_MAX)) {
    const host = parseHost(item);
    if (host !== null) hosts.add(host);
    else if (faults.length < FAULTS_MAX)
      faults.push({
        host: item.slice(0, 255),
        sentence: "an annotation of ExternalDNS names it, but it is no host name",
      });
  }
  if (tooMuch !== undefined)
    faults.push({
      host: tooMuch.slice(0, 255),
      sentence: `an annotation of ExternalDNS names more than ${HOSTS_MAX} hosts: the others are left out`,
    });
  return { hosts: [...hosts], faults };
}

const NO_HOSTS = { hosts: [], faults: [] };

/** An entry that is not an address is a host name. ExternalDNS publishes an alias for it; we look up its addresses. */
function targetOf(annotation: string | undefined): ExternalDns["target"] {
  const items = itemsOf(annotation, TARGETS_MAX)
    .slice(0, TARGETS_MAX)
    .map((item) => item.replace(/\.$/, ""));
  if (items.length === 0) return null;
  return {
    addresses: items.filter(isAddress),
    hostnames: items.filter((item) => !isAddress(item)),
    isOfTenant: true,
  };
}

const UNIT_SECONDS: Readonly<Record<string, number>> = {
  h: 3600,
  m: 60,
  s: 1,
  ms: 1e-3,
  us: 1e-6,
  µs: 1e-6,
  ns: 1e-9,
};

/** Whole seconds, or a duration in Go's syntax ("1h30m", "90s"), rounded down. Null = the default, also for 0 and invalid values. */
function ttlOf(annotation: string | undefined): number | null {
  if (annotation === undefined || annotation.length > 64) return null;
  const parts = [...annotation.matchAll(/(\d+(?:\.\d*)?|\.\d+)(h|ms|us|µs|ns|m|s)/g)];
  const isDuration = parts.length > 0 && parts.map(([part]) => part).join("") === annotation;
  const seconds = isDuration
    ? Math.floor(
        parts.reduce((sum, [, number, unit = ""]) => sum + Number(number) * (UNIT_SECONDS[unit] ?? 0), 0),
      )
    : /^\d{1,10}$/.test(annotation)
      ? Number(annotation)
      : 0;
  return seconds >= 1 && seconds <= TTL_SECONDS_MAX ? seconds : null;
}
