/**
 * A federation as a few lines of text, for tests and dialogues:
 *
 *   zone example.com [ttl=3600] [negative=30]       a zone of ours; the lines below it describe it
 *   ns ns1.example.com 192.0.2.53 2001:db8::53      a nameserver of the last zone
 *   federation myfed example.com                    default: myfed in the first zone
 *   ttl 30 | answers 8 | unsynced                   settings; unsynced = members were never read,
 *   read us-west                                    except for this one
 *   rule apps.example.com [clusters=us-west] [namespaces=shop,blog]    who may claim which hosts; default: all, all
 *   cluster us-west us-west/a us-west/b             a member and its places "region/zone" or "region", as node labels
 *     demo/hello ready=3 192.0.2.17 2001:db8::17    a service there, its ready endpoints and addresses
 *     demo/hello ready=3 port=http/tcp/80 192.0.2.17    with a named port
 *     demo/hello ready=3 alias=lb.example.net. 192.0.2.17    a name in the place of the address
 *     host shop.example.com ready=1 192.0.2.17      a host there
 */
import { nameOf } from "../../src/dns/message/name.ts";
import { type NamedPort, NO_ANNOTATIONS } from "../../src/federation/members/backend.ts";
import type { HostRule } from "../../src/federation/hosts/rules.ts";
import type { Place } from "../../src/federation/members/cluster.ts";
import { toDnsLabel } from "../../src/federation/members/label.ts";
import type { Backend } from "../../src/federation/members/backend.ts";
import { backendOf } from "../../src/fleet/observe/backend.ts";
import type { Apex } from "../../src/dns/zone/generated.ts";
import { unhex } from "./decode.ts";
import { parseAddress } from "../../src/federation/members/address.ts";
import { ANY_ADDRESS } from "./address-rules.ts";

export type FleetZone = Apex;
export type FleetCluster = {
  readonly name: string;
  places: Place[];
  readonly services: Map<string, Backend>;
  /** Of an unsynced fleet: this one was read all the same. */
  isRead: boolean;
};
export type Fleet = {
  readonly zones: FleetZone[];
  readonly federations: { readonly name: string; readonly domain: string }[];
  readonly clusters: FleetCluster[];
  /** Who may claim which hosts. */
  readonly rules: HostRule[];
  ttlSeconds: number;
  maxAnswers: number;
  isSynced: boolean;
};

export function parseFleet(text: string): Fleet {
  const fleet: Fleet = {
    zones: [],
    federations: [],
    clusters: [],
    rules: [],
    ttlSeconds: 30,
    maxAnswers: 8,
    isSynced: true,
  };
  for (const line of text.split("\n")) {
    const words = line.replace(/#.*/, "").trim().split(/\s+/);
    if (words[0] !== "") parseLine(fleet, words[0] as string, words.slice(1));
  }
  if (fleet.zones.length === 0) {
    fleet.zones.push(parseZone(["example.com"]));
    parseLine(fleet, "ns", ["ns1.example.com", "192.0.2.53", "2001:db8::53"]);
  }
  if (fleet.federations.length === 0) fleet.federations.push({ name: "myfed", domain: "example.com" });
  return fleet;
}

function parseLine(fleet: Fleet, word: string, rest: readonly string[]): void {
  const [first = "", second = ""] = rest;
  if (word === "zone") fleet.zones.push(parseZone(rest));
  else if (word === "ns") addNameserver(fleet.zones.at(-1) as Apex, first, rest.slice(1));
  else if (word === "federation") fleet.federations.push({ name: first, domain: second });
  else if (word === "ttl") fleet.ttlSeconds = Number(first);
  else if (word === "answers") fleet.maxAnswers = Number(first);
  else if (word === "unsynced") fleet.isSynced = false;
  else if (word === "cluster")
    fleet.clusters.push({
      name: first,
      places: rest.slice(1).flatMap(parsePlace),
      services: new Map(),
      isRead: false,
    });
  else if (word === "read") for (const cluster of fleet.clusters) cluster.isRead ||= cluster.name === first;
  else if (word === "rule") fleet.rules.push(parseRule(rest));
  else if (word === "host") fleet.clusters.at(-1)?.services.set(first, parseBackend(rest.slice(1)));
  else if (word.includes("/")) fleet.clusters.at(-1)?.services.set(word, parseBackend(rest));
  else throw new Error(`what is "${word}"?`);
}

function parseRule([suffix = "", ...settings]: readonly string[]): HostRule {
  const listed = (name: string): readonly string[] =>
    settings
      .find((setting) => setting.startsWith(`${name}=`))
      ?.slice(name.length + 1)
      .split(",") ?? [];
  return { suffix, clusters: listed("clusters"), namespaces: listed("namespaces") };
}

function parseZone([domain = "", ...settings]: readonly string[]): Apex {
  const number = (name: string, otherwise: number): number =>
    Number(settings.find((setting) => setting.startsWith(`${name}=`))?.slice(name.length + 1) ?? otherwise);
  return {
    origin: nameOf(domain),
    soa: {
      mname: nameOf(`ns1.${domain}`),
      rname: nameOf(`hostmaster.${domain}`),
      serial: 0,
      refreshSeconds: 14_400,
      retrySeconds: 3600,
      expireSeconds: 1_209_600,
      negativeTtlSeconds: number("negative", 30),
    },
    nameservers: [],
    ttlSeconds: number("ttl", 3600),
  };
}

function addNameserver(zone: Apex, name: string, addresses: readonly string[]): void {
  const parsed = addresses.map((address) => parseAddress(address));
  (zone.nameservers as unknown[]).push({
    name: nameOf(name),
    ipv4: parsed.flatMap((a) => (a?.family === 4 ? [unhex(a.value.toString(16).padStart(8, "0"))] : [])),
    ipv6: parsed.flatMap((a) => (a?.family === 6 ? [unhex(a.value)] : [])),
  });
}

/** As the observer reads places from node labels: a region that gives no DNS label is no place. */
export function parsePlace(text: string): Place[] {
  const [regionText = "", zoneText] = text.split("/");
  const region = toDnsLabel(regionText);
  return region === null ? [] : [{ region, zone: zoneText === undefined ? null : toDnsLabel(zoneText) }];
}

export function parseBackend([ready = "ready=0", ...rest]: readonly string[]): Backend {
  const addresses = rest.filter((word) => !/^(port|alias)=/.test(word));
  const alias = rest.find((word) => word.startsWith("alias="))?.slice("alias=".length);
  const list = rest.flatMap((word): NamedPort[] => {
    const [, name = "", protocol, port] = /^port=(.+)\/(.+)\/(.+)$/.exec(word) ?? [];
    return name === "" ? [] : [{ name, protocol: protocol as NamedPort["protocol"], port: Number(port) }];
  });
  const count = Number(ready.replace("ready=", ""));
  const counts = { readyEndpoints: count, wantedEndpoints: count };
  const { backend } = backendOf(addresses, counts, NO_ANNOTATIONS, ANY_ADDRESS);
  return {
    ...backend,
    ...(alias !== undefined && { alias }),
    ...(list.length > 0 && { ports: { createdSeconds: 0, list } }),
  };
}
