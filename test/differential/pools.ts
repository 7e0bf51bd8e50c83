/**
 * The part of a world that clusters declare: hosts instead of address records, and services with their ports. The other
 * servers have all of it as records in zone files; fedns has a pool of one cluster behind each name, with the policy
 * `all`.
 */
import { type NamedPort, portKey } from "../../src/federation/members/backend.ts";
import type { Random } from "../fuzz/random.ts";
import { addressRdata, type Rdata, someAddress6, srvRdata, type TypeName } from "./rdata.ts";
import type { Entry, WorldZone } from "./world.ts";

export type Pooled = "host" | "service";

export const FEDERATION = "fed";
export const POOL_TTL_SECONDS = 60;
/** As many as a pool under policy `all` gives at most (src/answer/write.ts). */
const ADDRESSES_MAX = 50;

type Service = {
  readonly key: string;
  readonly v4: readonly number[];
  readonly v6: readonly number[];
  readonly ports: readonly NamedPort[];
};

/** In every federation: a service is the same in all of them. */
export const SERVICES: readonly Service[] = [
  {
    key: "demo/hello",
    v4: [17, 18],
    v6: [17],
    ports: [
      { name: "http", protocol: "tcp", port: 80 },
      { name: "dns", protocol: "udp", port: 53 },
    ],
  },
  { key: "demo/a", v4: [19], v6: [], ports: [] },
  {
    key: "ent/a",
    v4: [],
    v6: [101, 102, 103],
    ports: [{ name: "http", protocol: "tcp", port: 8080 }],
  },
];

/** The names of all services below `origin`, as records. */
export function serviceEntries(origin: string): Entry[] {
  const entryOf = (owner: string, type: TypeName, rdata: Rdata): Entry => ({
    owner,
    ttl: POOL_TTL_SECONDS,
    type,
    rdata,
    pooled: "service",
  });
  return SERVICES.flatMap(({ key, v4, v6, ports }) => {
    const name = `${key.split("/").toReversed().join(".")}.${FEDERATION}.svc.${origin}`;
    return [
      ...v4.map((last) => entryOf(name, "A", addressRdata(last))),
      ...v6.map((last) => entryOf(name, "AAAA", someAddress6(last))),
      ...ports.map((port) => entryOf(`${portKey(port)}.${name}`, "SRV", srvRdata(0, port.port, name))),
    ];
  });
}

/**
 * Some of the names that have only addresses become hosts, nameservers included. `zones`: those of one world, the inner
 * one last.
 */
export function withHosts(zones: readonly WorldZone[], random: Random): readonly WorldZone[] {
  return zones.map((zone, i) => {
    const inner = zones[i + 1]?.origin;
    const owners = new Map<string, Entry[]>();
    for (const entry of zone.entries) owners.set(entry.owner, [...(owners.get(entry.owner) ?? []), entry]);
    const isHost = ([owner, entries]: readonly [string, readonly Entry[]]): boolean =>
      !isIn(owner, inner) && isHostName(owner) && isPlain(entries) && random.percent(75);
    const hosts = new Set([...owners].filter(isHost).map(([owner]) => owner));
    const entries = zone.entries.map((entry): Entry =>
      hosts.has(entry.owner) ? { ...entry, pooled: "host" } : entry,
    );
    return { ...zone, entries };
  });
}

/** What lies in a zone inside is that zone's. */
function isIn(owner: string, zone: string | undefined): boolean {
  return zone !== undefined && (owner === zone || owner.endsWith(`.${zone}`));
}

/** As objects may claim it: no odd octets, a star only in front. */
function isHostName(owner: string): boolean {
  return /^(\*\.)?[^*\\]+$/.test(owner);
}

/** Only addresses, all with one TTL. */
function isPlain(entries: readonly Entry[]): boolean {
  return (
    entries.length <= ADDRESSES_MAX &&
    entries.every(
      ({ type, ttl, pooled }) =>
        (type === "A" || type === "AAAA") && pooled === undefined && ttl > 0 && ttl === entries[0]?.ttl,
    )
  );
}
