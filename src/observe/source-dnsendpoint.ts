/** DNSEndpoints (`externaldns.k8s.io/v1alpha1`): records as data, in all the types ExternalDNS has. */
import type { Claim, Declaration, Fault, Target } from "../claim/declaration.ts";
import { type Host, parseHost } from "../claim/host.ts";
import { RecordType } from "../dns/code.ts";
import { root } from "../dns/name.ts";
import type { RRset } from "../dns/record.ts";
import type { Projected } from "../kube/store.ts";
import { isAddress } from "../literal.ts";
import { parseRdata } from "../rdata/parse.ts";
import { typeCode } from "../rdata/types.ts";
import { at, HOSTS_MAX, list, metaOf, saidPart, TARGETS_MAX, text, texts } from "./raw.ts";
import { isChosen, type Need, type ObjectFilter } from "./source.ts";
import { externalDnsOf } from "./source-external-dns.ts";

export const dnsEndpointNeeds: readonly Need[] = [
  { group: "externaldns.k8s.io", plural: "dnsendpoints", versions: ["v1alpha1"] },
];

export type DnsEndpointFilter = ObjectFilter & {
  /** Of endpoints that do not say. */
  readonly ttlSeconds: number;
};

const RECORDS: ReadonlySet<string> = new Set(["CNAME", "TXT", "SRV", "NS", "PTR", "MX", "NAPTR"]);
const TTL_SECONDS_MAX = 2_147_483_647;
/** Strings of more octets than this need a record of their own (RFC 1035 §3.3: 255, here 16 of them in one record). */
const TEXT_OCTETS_MAX = 4096;

export function projectDnsEndpoint(
  filter: DnsEndpointFilter,
): (object: unknown) => Projected<Declaration> | null {
  return (object) => {
    const meta = metaOf(object);
    if (meta === null || !isChosen(filter.namespaces, meta.namespace)) return null;
    const { key, namespace, name, createdSeconds, annotations } = meta;
    if (externalDnsOf(annotations).isForeign) return null;
    const { claims, faults } = claimsOfEndpoints(at(object, "spec", "endpoints"), filter.ttlSeconds);
    if (claims.length === 0 && faults.length === 0) return null;
    return {
      key,
      value: { kind: "DNSEndpoint", namespace, name, createdSeconds, claims, faults, ...saidPart(object) },
    };
  };
}

type Records = { addresses: string[]; ttlSeconds: number | null; rrsets: Map<number, RRset> };

/** One claim for each name. Routing policies (`setIdentifier`, `providerSpecific`) mean nothing here: all targets count. */
export function claimsOfEndpoints(
  endpoints: unknown,
  ttlSeconds: number,
): { readonly claims: readonly Claim[]; readonly faults: readonly Fault[] } {
  const byHost = new Map<Host, Records>();
  const faults: Fault[] = [];
  for (const endpoint of list(endpoints).slice(0, HOSTS_MAX)) {
    const host = parseHost(at(endpoint, "dnsName"));
    if (host === null) {
      faults.push({
        host: text(at(endpoint, "dnsName")).slice(0, 255),
        sentence: "is not the name of a record",
      });
      continue;
    }
    const records = byHost.get(host) ?? { addresses: [], ttlSeconds: null, rrsets: new Map<number, RRset>() };
    const sentence = take(endpoint, records, ttlSeconds);
    if (sentence !== null) faults.push({ host, sentence });
    if (records.addresses.length > 0 || records.rrsets.size > 0) byHost.set(host, records);
  }
  return { claims: [...byHost].map(([host, records]) => claimOf(host, records)), faults };
}

function claimOf(host: Host, { addresses, ttlSeconds, rrsets }: Records): Claim {
  const target: Target = { kind: "addresses", addresses: [...new Set(addresses)].sort(), hostnames: [] };
  return {
    host,
    target: addresses.length === 0 ? null : target,
    services: null,
    gateways: [],
    ttlSeconds,
    rrsets: [...rrsets.values()].sort((a, b) => a.type - b.type),
  };
}

/** A wrong target takes its whole endpoint with it, as in ExternalDNS: half a set of records is another set. */
function take(endpoint: unknown, records: Records, defaultTtl: number): string | null {
  const type = text(at(endpoint, "recordType")).toUpperCase() || "A";
  const targets = texts(at(endpoint, "targets")).slice(0, TARGETS_MAX);
  const given = at(endpoint, "recordTTL");
  const isTtl =
    typeof given === "number" && Number.isInteger(given) && given >= 1 && given <= TTL_SECONDS_MAX;
  if (targets.length === 0) return `${type}: has no targets`;
  if (type === "A" || type === "AAAA") {
    const wrong = targets.find((target) => !isAddress(target) || target.includes(":") !== (type === "AAAA"));
    if (wrong !== undefined) return `${type}: ${JSON.stringify(wrong.slice(0, 64))} is no such address`;
    records.addresses.push(...targets);
    if (isTtl) records.ttlSeconds = Math.min(given, records.ttlSeconds ?? given);
    return null;
  }
  if (!RECORDS.has(type)) return `${type.slice(0, 16)}: records of this type are not taken`;
  const code = typeCode(type) as number;
  const rdatas: Uint8Array[] = [];
  for (const target of targets) {
    const rdata = parseRdata(code, code === RecordType.TXT ? quoted(target) : target, root);
    if (typeof rdata === "string") return rdata;
    rdatas.push(rdata);
  }
  const known = records.rrsets.get(code);
  const ttl = isTtl ? given : defaultTtl;
  const ttlSeconds = Math.min(ttl, known?.ttlSeconds ?? ttl);
  records.rrsets.set(code, { type: code, ttlSeconds, rdatas: [...(known?.rdatas ?? []), ...rdatas] });
  return null;
}

/** A TXT target is one text, quoted or not; longer ones become several strings of one record (RFC 7208 §3.3 reads them as one). */
function quoted(target: string): string {
  if (target.startsWith('"')) return target;
  const octets = Buffer.from(target, "utf8").subarray(0, TEXT_OCTETS_MAX);
  const strings: string[] = [];
  for (let start = 0; start < octets.length; start += 255) {
    const escaped = [...octets.subarray(start, start + 255)].map(escapedOctet);
    strings.push(`"${escaped.join("")}"`);
  }
  return strings.join(" ");
}

function escapedOctet(octet: number): string {
  if (octet === 0x22 || octet === 0x5c) return `\\${String.fromCharCode(octet)}`;
  return octet >= 0x20 && octet < 0x7f ? String.fromCharCode(octet) : `\\${String(octet).padStart(3, "0")}`;
}
