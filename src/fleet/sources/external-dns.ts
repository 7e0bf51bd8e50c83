/**
 * The annotations of ExternalDNS, read as it reads them: `external-dns.alpha.kubernetes.io/` and the newer
 * `external-dns.kubernetes.io/`, which comes first. What is about providers (weights, aliases) means nothing here.
 */
import type { Fault } from "../../federation/hosts/declaration.ts";
import { type Host, parseHost } from "../../federation/hosts/host.ts";
import { isAddress } from "../../kernel/literal.ts";
import { HOSTS_MAX, TARGETS_MAX } from "./raw.ts";

export type ExternalDnsSettings = {
  readonly enabled: boolean;
  /** Host names of `internal-hostname`, which mean cluster IPs: of use only where those are routed. */
  readonly internalHostnames: boolean;
};

export type ExternalDns = {
  readonly hosts: readonly Host[];
  readonly internalHosts: readonly Host[];
  /** What stands among the hosts and is no host name. */
  readonly faults: readonly Fault[];
  /** In the place of what the object announces; null = that. */
  readonly target: { readonly addresses: readonly string[]; readonly hostnames: readonly string[] } | null;
  readonly ttlSeconds: number | null;
  /** Of nodes: their public addresses, their private ones, or the public ones if there are any. */
  readonly access: "public" | "private" | "either";
  /** Where hosts of Ingresses and routes come from. */
  readonly hostsFrom: "both" | "annotation" | "spec";
  /** Another controller's object. */
  readonly isForeign: boolean;
};

/** Of an object without any of them, and where the source is off. */
export const NO_ANNOTATIONS: ExternalDns = {
  hosts: [],
  internalHosts: [],
  faults: [],
  target: null,
  ttlSeconds: null,
  access: "either",
  hostsFrom: "both",
  isForeign: false,
};

const PREFIXES = ["external-dns.kubernetes.io/", "external-dns.alpha.kubernetes.io/"];
const TTL_SECONDS_MAX = 2_147_483_647;

/** `kind`: hosts of Ingresses and those of routes are chosen by an annotation each. */
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
  return {
    hosts: hosts.hosts,
    internalHosts: internalHosts.hosts,
    faults: [...hosts.faults, ...internalHosts.faults],
    target: targetOf(value("target")),
    ttlSeconds: ttlOf(value("ttl")),
    access: access === "public" || access === "private" ? access : "either",
    hostsFrom: hostsFromOf(value(`${kind}-hostname-source`)),
    isForeign: controller !== undefined && controller !== "dns-controller",
  };
}

function hostsFromOf(given: string | undefined): ExternalDns["hostsFrom"] {
  const word = given?.toLowerCase();
  if (word === "annotation-only") return "annotation";
  return word === "defined-hosts-only" ? "spec" : "both";
}

/** Separated by commas; blanks do not count. At most `most` and one more. */
function itemsOf(annotation: string | undefined, most: number): readonly string[] {
  const items = (annotation ?? "").replaceAll(/\s/g, "").split(",", 4 * most);
  return items.filter((item) => item !== "").slice(0, most + 1);
}

/** Enough to find what is wrong with an annotation. */
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

/** What is no address is a name (ExternalDNS makes an alias of it, we follow it). */
function targetOf(annotation: string | undefined): ExternalDns["target"] {
  const items = itemsOf(annotation, TARGETS_MAX)
    .slice(0, TARGETS_MAX)
    .map((item) => item.replace(/\.$/, ""));
  if (items.length === 0) return null;
  return {
    addresses: items.filter(isAddress),
    hostnames: items.filter((item) => !isAddress(item)),
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

/** Whole seconds, or a duration as Go writes it ("1h30m", "90s"), cut to seconds. Null = not usable; 0 means the default. */
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
