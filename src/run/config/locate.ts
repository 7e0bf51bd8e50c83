/** The settings about where clients are: networks with a known location, and a database for the others. */
import type { z } from "zod";
import { parseNetwork } from "../../federation/members/address.ts";
import { closestWord } from "../../kernel/suggestion.ts";
import type { LocateConfig } from "./types.ts";
import { cidr, degrees, dnsLabel, group, list, describe, objectName, text } from "./values.ts";

/** The database that comes with fedns, and the word for none. */
const BUILT_IN = "geoip-lite";
const NONE = "none";
/** Each can have a client class of its own, and the nearness of every cluster is computed per class. */
const NETWORKS_MAX = 4096;
/** Client locations distinguish this many bits of an IPv6 address. */
const PREFIX_V6_MAX_BITS = 64;

const network = group({
  cidr: describe(cidr(), {
    description: "The network of these clients; IPv6 up to /64. A network inside another one overrides it.",
  }),
  cluster: describe(objectName().optional(), {
    description: "They are in or near this member. Exactly one of cluster, region and location.",
    computed: "none",
  }),
  region: describe(dnsLabel().optional(), {
    description: "Their region, as clusters or public clouds call it.",
    computed: "none",
  }),
  location: describe(
    group({
      latitude: describe(degrees(90), { description: "North is positive.", unit: "degrees" }),
      longitude: describe(degrees(180), { description: "East is positive.", unit: "degrees" }),
    }).optional(),
    { description: "Their coordinates.", computed: "none" },
  ),
});

type Given = {
  readonly networks: readonly {
    readonly cidr: string;
    readonly cluster?: string | undefined;
    readonly region?: string | undefined;
    readonly location?: { readonly latitude: number; readonly longitude: number } | undefined;
  }[];
  readonly database: string;
};

export const locate: z.ZodPrefault<z.ZodType<Given>> = describe(
  group({
    networks: describe(
      list(network)
        .max(NETWORKS_MAX, { error: `must be a list of at most ${NETWORKS_MAX} networks` })
        .default([]),
      {
        description:
          "Networks with a known location, private ones too. They take precedence over the database.",
      },
    ),
    database: describe(text("a path, geoip-lite or none").default(BUILT_IN), {
      description:
        "Where all other clients are: geoip-lite, which is part of fedns; the path of a City database in MaxMind DB (.mmdb) format, relative to this file and read again when it changes; or none.",
    }),
  }).prefault({}),
  {
    description:
      "Where clients are, by EDNS Client Subnet or else by source address. The policies geo and nearest depend on it.",
  },
);

/** `resolvePath` makes a path absolute. */
export function resolveLocate(given: Given, resolvePath: (path: string) => string): LocateConfig {
  const { networks, database } = given;
  return {
    networks: networks.map(({ cidr: addresses, cluster = null, region = null, location = null }) => ({
      cidr: addresses,
      cluster,
      region,
      location,
    })),
    database: database === NONE ? null : database === BUILT_IN ? BUILT_IN : resolvePath(database),
  };
}

type LocateConflict = { readonly path: readonly (string | number)[]; readonly message: string };

/** Networks without a usable location. `raw` is the whole file as it was written. */
export function locateConflicts(raw: unknown): LocateConflict[] {
  const networks = itemsOf(fieldOf(fieldOf(raw, "locate"), "networks"));
  const named = itemsOf(fieldOf(raw, "clusters")).flatMap((item) => textOf(fieldOf(item, "name")));
  // Null: the host may know any cluster.
  const clusters = fieldOf(raw, "host") === undefined ? named : null;
  const first = new Map<string, number>();
  return networks.flatMap((item, index) => {
    const path = ["locate", "networks", index];
    return [...placeConflicts(item, path, clusters), ...networkConflicts(item, path, first)];
  });
}

function placeConflicts(
  item: unknown,
  path: readonly (string | number)[],
  clusters: readonly string[] | null,
): LocateConflict[] {
  const conflicts: LocateConflict[] = [];
  const given = ["cluster", "region", "location"].filter((key) => fieldOf(item, key) !== undefined);
  if (typeof item === "object" && item !== null && given.length !== 1) {
    const what = given.length === 0 ? "has no location" : `has ${given.join(" and ")}`;
    conflicts.push({ path, message: `${what}; give exactly one of cluster, region and location` });
  }
  for (const name of textOf(fieldOf(item, "cluster"))) {
    if (clusters === null || clusters.includes(name)) continue;
    const guess = closestWord(name, clusters);
    const cure = guess === null ? "add the cluster, or give a region or location" : `did you mean ${guess}?`;
    conflicts.push({ path: [...path, "cluster"], message: `names no cluster of this file; ${cure}` });
  }
  return conflicts;
}

/** `first` maps each network to the index where it occurred first. */
function networkConflicts(
  item: unknown,
  path: readonly (string | number)[],
  first: Map<string, number>,
): LocateConflict[] {
  return textOf(fieldOf(item, "cidr")).flatMap((written) => {
    const parsed = parseNetwork(written);
    const at = [...path, "cidr"];
    if (parsed === null) {
      // Other errors are reported by the schema.
      const isMapped = /^::ffff:/i.test(written);
      return isMapped ? [{ path: at, message: "is IPv4 written as IPv6; write 192.0.2.0/24" }] : [];
    }
    if (parsed.family === 6 && parsed.bits.length > PREFIX_V6_MAX_BITS) {
      const message = `is longer than /${PREFIX_V6_MAX_BITS}; write its first ${PREFIX_V6_MAX_BITS} bits`;
      return [{ path: at, message }];
    }
    const key = `${parsed.family} ${parsed.bits}`;
    const earlier = first.get(key);
    if (earlier === undefined) {
      first.set(key, path.at(-1) as number);
      return [];
    }
    const message = `repeats locate.networks[${earlier}] (${written}); remove one of the two`;
    return [{ path: at, message }];
  });
}

function fieldOf(item: unknown, key: string): unknown {
  if (typeof item !== "object" || item === null || !Object.hasOwn(item, key)) return undefined;
  return (item as Readonly<Record<string, unknown>>)[key];
}

function itemsOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** The text, if it is one. */
function textOf(value: unknown): readonly string[] {
  return typeof value === "string" ? [value] : [];
}
