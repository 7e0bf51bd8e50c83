/** From settings to the names, zones and records that they mean. */
import type { Config } from "../config/config.ts";
import { type HostAuthority, hostAuthorityOf } from "../../federation/hosts/authority.ts";
import { areHostsRead } from "../../fleet/sources/source-table.ts";
import { fromHex } from "../../dns/message/hex.ts";
import { type Name, nameOf } from "../../dns/message/name.ts";
import { putU32 } from "../../dns/message/wire.ts";
import { parseAddress } from "../../federation/members/address.ts";
import type { PublishedFederation } from "../../picture/publish/structure.ts";
import { generatedZone, type Nameserver } from "../../dns/zone/generated.ts";
import { keyOfName, type Zone } from "../../dns/zone/zone.ts";

export function publishedFederations(config: Config): PublishedFederation[] {
  return config.federations.map(({ name, domain }, id) => ({ id, name, domain: nameOf(domain) }));
}

/** Below which names members may have hosts: none where nothing is read that could name one. */
export function hostSuffixes({ sources, hosts }: Config): Name[] {
  return areHostsRead(sources) ? hosts.map(({ suffix }) => nameOf(suffix)) : [];
}

/** Which names are free for hosts, with these zones. */
export function hostAuthorityIn(config: Config, zones: readonly Zone[]): HostAuthority {
  return hostAuthorityOf({
    zones,
    domains: publishedFederations(config).map(({ domain }) => domain),
    nameservers: config.nameservers.map(({ name }) => nameOf(name)),
  });
}

/** What the settings say of each domain, one zone each, even when several federations share it. */
export function generatedZones(config: Config): Zone[] {
  const domains = new Map<string, Name>();
  for (const { domain } of publishedFederations(config)) domains.set(keyOfName(domain), domain);
  // With zone files only, the settings need not say who the nameservers are.
  if (domains.size === 0) return [];
  const nameservers = config.nameservers.map(nameserverOf);
  const { mname, rname, ...times } = config.soa;
  const soa = { mname: nameOf(mname), rname: nameOf(rname), serial: 0, ...times };
  return [...domains.values()].map((origin) =>
    generatedZone({ origin, soa, nameservers, ttlSeconds: APEX_TTL_SECONDS }),
  );
}

/** NS, SOA and the nameservers' addresses change rarely; resolvers may keep them for an hour. */
const APEX_TTL_SECONDS = 3600;

function nameserverOf(server: Config["nameservers"][number]): Nameserver {
  const addresses = server.addresses.flatMap((text) => parseAddress(text) ?? []);
  return {
    name: nameOf(server.name),
    ipv4: addresses.flatMap((address) => (address.family === 4 ? [octetsOf(address.value)] : [])),
    ipv6: addresses.flatMap((address) => (address.family === 6 ? [fromHex(address.value)] : [])),
  };
}

function octetsOf(ipv4: number): Uint8Array {
  const octets = new Uint8Array(4);
  putU32(octets, 0, ipv4);
  return octets;
}
