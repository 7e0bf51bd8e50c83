/** The zones that the settings describe: one for each domain of a federation, with its SOA record and nameservers. */
import { fromHex } from "../../dns/message/hex.ts";
import { type Name, nameOf } from "../../dns/message/name.ts";
import { putU32 } from "../../dns/message/wire.ts";
import { generatedZone, type Nameserver } from "../../dns/zone/generated.ts";
import { keyOfName, type Zone } from "../../dns/zone/zone.ts";
import { parseAddress } from "../members/address.ts";

/** NS and SOA records and the nameservers' addresses change rarely: resolvers may keep them for an hour. */
const APEX_TTL_SECONDS = 3600;

/** The settings that zones are generated from; names without a final dot. */
type ZoneSettings = {
  readonly federations: readonly { readonly domain: string }[];
  readonly nameservers: readonly { readonly name: string; readonly addresses: readonly string[] }[];
  readonly soa: {
    readonly mname: string;
    readonly rname: string;
    readonly refreshSeconds: number;
    readonly retrySeconds: number;
    readonly expireSeconds: number;
    readonly negativeTtlSeconds: number;
  };
};

/** Federations that share a domain share its zone. */
export function generatedZones({ federations, nameservers, soa }: ZoneSettings): Zone[] {
  const origins = new Map<string, Name>();
  for (const { domain } of federations) {
    const origin = nameOf(domain);
    origins.set(keyOfName(origin), origin);
  }
  // Without federations the settings need not name any nameserver.
  if (origins.size === 0) return [];
  const { mname, rname, ...times } = soa;
  const records = {
    soa: { mname: nameOf(mname), rname: nameOf(rname), serial: 0, ...times },
    nameservers: nameservers.map(nameserverOf),
    ttlSeconds: APEX_TTL_SECONDS,
  };
  return [...origins.values()].map((origin) => generatedZone({ origin, ...records }));
}

function nameserverOf({ name, addresses }: ZoneSettings["nameservers"][number]): Nameserver {
  const parsed = addresses.flatMap((text) => parseAddress(text) ?? []);
  return {
    name: nameOf(name),
    ipv4: parsed.flatMap((address) => (address.family === 4 ? [octetsOf(address.value)] : [])),
    ipv6: parsed.flatMap((address) => (address.family === 6 ? [fromHex(address.value)] : [])),
  };
}

function octetsOf(ipv4: number): Uint8Array {
  const octets = new Uint8Array(4);
  putU32(octets, 0, ipv4);
  return octets;
}
