/**
 * The rules between settings: nothing is repeated or contradictory, and every name fits into a DNS name.
 *
 * The rules look at the file as it was written and skip values that are missing or of the wrong type, which config.ts
 * reports. So one wrong value does not hide other problems.
 */
import { homedir } from "node:os";
import { canonicalAddress, isDnsName } from "../../kernel/literal.ts";
import { hostConflicts } from "./host.ts";
import { locateConflicts } from "./locate.ts";
import { closestWord } from "../../kernel/suggestion.ts";
import { sourceConflicts } from "./sources.ts";

type Conflict = { readonly path: readonly (string | number)[]; readonly message: string };

/** 255 octets (RFC 1035 §2.3.4) minus the root, the labels of service and namespace (63 + 1 each) and "svc" (3 + 1). */
const SUFFIX_MAX_OCTETS = 255 - 1 - 2 * 64 - 4;

export function findConflicts(raw: unknown): readonly Conflict[] {
  return [
    ...purposeConflicts(isGroup(raw) ? raw : {}),
    ...hostConflicts(isGroup(raw) ? raw : {}),
    ...repeated(raw, "federations", (item) => federationKey(item)),
    ...repeated(raw, "nameservers", (item) => nameIn(item, "name")),
    ...repeated(raw, "clusters", (item) => textIn(item, "name")),
    ...repeated(raw, "listen", (item) => listenKey(item)),
    ...adminOnListen(raw),
    ...secretsTwice(fieldIn(raw, "cookies")),
    ...nameservers(raw),
    ...soaTimers(raw),
    ...zonesOfClusters(raw),
    ...lengths(raw),
    ...locateConflicts(raw),
    ...sourceConflicts(raw),
    ...clustersOfTraffic(raw),
    ...homePaths(raw),
  ];
}

/** `raw` is the whole file. Without federations there must be zone files and no clusters, which would have no names. */
function purposeConflicts(raw: Readonly<Record<string, unknown>>): readonly Conflict[] {
  const [federations, zones] = [raw["federations"], raw["zones"]];
  if (!isEmpty(federations)) return withoutNameservers(raw["nameservers"]);
  if (zones !== undefined) {
    if (isEmpty(raw["clusters"])) return [];
    const message = "is a list of clusters without a federation; add federations, or remove the clusters";
    return [{ path: ["clusters"], message }];
  }
  const fault = federations === undefined ? "is missing" : "is an empty list";
  const message = `${fault}; add a federation, or serve zone files alone (zones: ./zones)`;
  return [{ path: ["federations"], message }, ...withoutNameservers(raw["nameservers"])];
}

function secretsTwice(cookies: unknown): readonly Conflict[] {
  if (isEmpty(fieldIn(cookies, "secrets")) || typeof fieldIn(cookies, "secretsFile") !== "string") return [];
  return [{ path: ["cookies"], message: "has secrets and secretsFile; remove one of the two" }];
}

/** A shell expands ~, and no shell reads this file. */
function homePaths(raw: unknown): Conflict[] {
  const paths: readonly (readonly (string | number)[])[] = [
    ["stateDirectory"],
    ["zones"],
    ["host", "kubeconfig"],
    ["locate", "database"],
    ["cookies", "secretsFile"],
    ...itemsIn(raw, "clusters").map((_, index) => ["clusters", index, "kubeconfig"]),
  ];
  return paths.flatMap((path) => {
    const value = path.reduce<unknown>(
      (item, key) =>
        typeof key === "number" && Array.isArray(item) ? item[key] : fieldIn(item, String(key)),
      raw,
    );
    if (typeof value !== "string" || !value.startsWith("~")) return [];
    const cure = value.startsWith("~/")
      ? `write the whole path, like ${homedir()}${value.slice(1)}`
      : "write the whole path";
    return [{ path, message: `begins with ~, which only a shell knows; ${cure}` }];
  });
}

function withoutNameservers(nameservers: unknown): readonly Conflict[] {
  if (!isEmpty(nameservers)) return [];
  const sentence = "must be a list with at least one nameserver";
  const message = nameservers === undefined ? `is missing; it ${sentence}` : `${sentence}, not an empty list`;
  return [{ path: ["nameservers"], message }];
}

/** Missing, or an empty list. Other values are checked by the schema in config.ts. */
function isEmpty(value: unknown): boolean {
  return value === undefined || (Array.isArray(value) && value.length === 0);
}

function repeated(raw: unknown, key: string, identity: (item: unknown) => string | null): Conflict[] {
  const first = new Map<string, number>();
  return itemsIn(raw, key).flatMap((item, index) => {
    const id = identity(item);
    if (id === null) return [];
    const earlier = first.get(id);
    if (earlier === undefined) {
      first.set(id, index);
      return [];
    }
    return [{ path: [key, index], message: `repeats ${key}[${earlier}] (${id}); remove one of the two` }];
  });
}

/** HTTP and DNS over TCP cannot share a port of one address. */
function adminOnListen(raw: unknown): Conflict[] {
  const settings = fieldIn(raw, "admin");
  const admin = listenKey({ address: "127.0.0.1", port: 9353, ...(isGroup(settings) ? settings : {}) });
  const taken = itemsIn(raw, "listen").findIndex((item) => admin !== null && listenKey(item) === admin);
  if (taken < 0) return [];
  return [{ path: ["admin"], message: `has the address and port of listen[${taken}]; choose another port` }];
}

function nameservers(raw: unknown): Conflict[] {
  const domains = itemsIn(raw, "federations").flatMap((item) => nameIn(item, "domain") ?? []);
  return itemsIn(raw, "nameservers").flatMap((item, index) => {
    const name = nameIn(item, "name");
    if (name === null) return [];
    const federationDomain = domains.find((domain) => isWithin(name, `svc.${domain}`));
    const conflicts: Conflict[] = [];
    if (federationDomain !== undefined) {
      const message = `is under svc.${federationDomain}, which is reserved for services; choose a name like ns1.${federationDomain}`;
      conflicts.push({ path: ["nameservers", index, "name"], message });
    }
    const home = domains.find((domain) => isWithin(name, domain));
    const given = fieldIn(item, "addresses");
    if (home !== undefined && (given === undefined || (Array.isArray(given) && given.length === 0))) {
      const message = `needs addresses: ${name} is inside ${home}, so its addresses must be given here; add addresses: [ ... ]`;
      conflicts.push({ path: ["nameservers", index], message });
    }
    return conflicts;
  });
}

/** RFC 1912 §2.2: a secondary retries more often than it refreshes, and expires later. */
function soaTimers(raw: unknown): Conflict[] {
  const soa = fieldIn(raw, "soa");
  const refresh = numberIn(soa, "refreshSeconds", 14_400);
  const retry = numberIn(soa, "retrySeconds", 3600);
  const expire = numberIn(soa, "expireSeconds", 1_209_600);
  if (refresh === null || retry === null || expire === null) return [];
  const conflicts: Conflict[] = [];
  if (retry >= refresh) {
    const message = `retrySeconds (${retry}) must be less than refreshSeconds (${refresh})`;
    conflicts.push({ path: ["soa"], message });
  }
  if (expire <= refresh) {
    const message = `expireSeconds (${expire}) must be more than refreshSeconds (${refresh})`;
    conflicts.push({ path: ["soa"], message });
  }
  return conflicts;
}

function zonesOfClusters(raw: unknown): Conflict[] {
  return itemsIn(raw, "clusters").flatMap((item, index) => {
    const zones = itemsIn(item, "zones");
    const path = ["clusters", index, "zones"];
    const conflicts: Conflict[] = [];
    if (zones.length > 0 && fieldIn(item, "region") === undefined) {
      conflicts.push({ path, message: "needs a region: the names are ZONE.REGION; add region" });
    }
    const again = zones.findIndex((zone, at) => zones.indexOf(zone) < at);
    if (again >= 0) conflicts.push({ path: [...path, again], message: "is a duplicate; remove it" });
    return conflicts;
  });
}

/** A weight or position for an unknown cluster is a typo; it would have no effect. The host may know more clusters. */
function clustersOfTraffic(raw: unknown): Conflict[] {
  const names = itemsIn(raw, "clusters").flatMap((item) => textIn(item, "name") ?? []);
  const settings = fieldIn(raw, "traffic");
  const weights = fieldIn(settings, "weights");
  const order = itemsIn(settings, "failoverOrder");
  const mentions = [
    ...(isGroup(weights) ? Object.keys(weights) : []).map((name) => ({ name, at: ["weights", name] })),
    ...order.map((name, index) => ({ name, at: ["failoverOrder", index] })),
  ];
  const unknown = mentions.flatMap(({ name, at }) => {
    if (typeof name !== "string" || names.includes(name) || fieldIn(raw, "host") !== undefined) return [];
    const guess = closestWord(name, names);
    const cure = guess === null ? "remove it, or add the cluster" : `did you mean ${guess}?`;
    return [{ path: ["traffic", ...at], message: `names no cluster of this file; ${cure}` }];
  });
  const again = order.findIndex((name, at) => order.indexOf(name) < at);
  if (again < 0) return unknown;
  const path = ["traffic", "failoverOrder", again];
  return [...unknown, { path, message: "is a duplicate; remove it" }];
}

/** Every federated name must fit with a service and a namespace of full length, in every region and zone given here. */
function lengths(raw: unknown): Conflict[] {
  const federations = itemsIn(raw, "federations").flatMap((item, index) => {
    const name = textIn(item, "name");
    const domain = nameIn(item, "domain");
    const isSound = name !== null && name.length <= 63 && domain !== null && isDnsName(domain);
    return isSound ? [{ index, octets: name.length + 1 + domain.length + 1 }] : [];
  });
  const conflicts: Conflict[] = federations.flatMap(({ index, octets }) => {
    if (octets <= SUFFIX_MAX_OCTETS) return [];
    const message = `is ${octets - SUFFIX_MAX_OCTETS} octets too long: SERVICE.NAMESPACE.name.svc.domain must fit into a DNS name; shorten name or domain`;
    return [{ path: ["federations", index], message }];
  });
  const longest = Math.max(
    0,
    ...federations.map(({ octets }) => octets).filter((octets) => octets <= SUFFIX_MAX_OCTETS),
  );
  for (const [index, item] of itemsIn(raw, "clusters").entries()) {
    const zone = Math.max(
      0,
      ...itemsIn(item, "zones").map((value) => (typeof value === "string" ? value.length + 1 : 0)),
    );
    const level = zone + (textIn(item, "region")?.length ?? -1) + 1;
    const excess = longest + level - SUFFIX_MAX_OCTETS;
    if (level === 0 || level > 128 || longest === 0 || excess <= 0) continue;
    const message = `has names ${excess} octets too long: SERVICE.NAMESPACE.federation.svc.ZONE.REGION.domain must fit into a DNS name; shorten region or zones`;
    conflicts.push({ path: ["clusters", index], message });
  }
  return conflicts;
}

function federationKey(item: unknown): string | null {
  const name = textIn(item, "name");
  const domain = nameIn(item, "domain");
  return name === null || domain === null ? null : `${name} in ${domain}`;
}

/** Null for port 0, which may be repeated. */
function listenKey(item: unknown): string | null {
  const address = textIn(item, "address");
  const port = numberIn(item, "port", 53);
  if (address === null || port === null || port === 0) return null;
  return `${canonicalAddress(address)} port ${port}`;
}

function isWithin(name: string, domain: string): boolean {
  return name === domain || name.endsWith(`.${domain}`);
}

function isGroup(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function fieldIn(item: unknown, key: string): unknown {
  return isGroup(item) ? item[key] : undefined;
}

function itemsIn(item: unknown, key: string): readonly unknown[] {
  const value = fieldIn(item, key);
  return Array.isArray(value) ? value : [];
}

function textIn(item: unknown, key: string): string | null {
  const value = fieldIn(item, key);
  return typeof value === "string" ? value : null;
}

function nameIn(item: unknown, key: string): string | null {
  return (
    textIn(item, key)
      ?.toLowerCase()
      .replace(/(?<=[^.])\.$/, "") ?? null
  );
}

function numberIn(item: unknown, key: string, standard: number): number | null {
  const value = fieldIn(item, key) ?? standard;
  return typeof value === "number" && Number.isFinite(value) ? value : null;
}
