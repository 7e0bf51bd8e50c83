/** DNSEndpoints (`externaldns.k8s.io/v1alpha1`): records as data, of the types that zone files may have. */
import {
  type Claim,
  type Fault,
  type HostDeclaration,
  type HostTarget,
  TTL_OF_SETTINGS,
} from "../../federation/hosts/declaration.ts";
import { type Host, parseHost } from "../../federation/hosts/host.ts";
import { RecordType } from "../../dns/message/code.ts";
import { root } from "../../dns/message/name.ts";
import type { RRset } from "../../dns/message/record.ts";
import type { Projection } from "../watch/store.ts";
import { isAddress } from "../../kernel/literal.ts";
import { sameRdata } from "../../dns/rdata/wire-form.ts";
import { parseRdata } from "../../dns/rdata/parse.ts";
import { isMetaType, typeCode, typeName } from "../../dns/rdata/types.ts";
import { at, list, metaOf, annotationsPart, TARGETS_MAX, text, texts } from "./raw.ts";
import {
  declaringSource,
  type HostSource,
  isChosen,
  type ObjectFilter,
  type SourceChoice,
} from "./host-source.ts";
import { externalDnsOf } from "./external-dns.ts";

type DnsEndpointFilter = ObjectFilter & {
  /** TTL of endpoints without one. */
  readonly ttlSeconds: number;
};

export const dnsEndpointSource: HostSource<SourceChoice> = declaringSource("DNSEndpoint", ({ namespaces }) =>
  projectDnsEndpoint({ namespaces, ttlSeconds: TTL_OF_SETTINGS }),
);

/** Endpoints of one object: people put whole zones in one. At etcd's limit an object holds some 10,000 small ones. */
const ENDPOINTS_MAX = 4096;
/** Records of one type at a name: resolvers refuse more (BIND: 100). */
const RECORDS_MAX = 100;
/** Header, longest question, and OPT with room for options; and a record without its name and RDATA. */
const MESSAGE_ROOM = 65_535 - 12 - 259 - 100;
const RECORD_OCTETS = 12;
/** One record at a name, not several. */
const SINGLE: Readonly<Record<number, string>> = {
  [RecordType.CNAME]: "CNAME: a name has one alias, not several",
  [RecordType.DNAME]: "DNAME: a name leads to one other name, not to several",
};
/** Why records of these types are not taken, which zone files may have. */
const OURS: Readonly<Record<number, string>> = {
  [RecordType.SOA]: "the SOA record of a zone is ours",
  [RecordType.RRSIG]: "answers are not signed",
  [RecordType.NSEC]: "answers are not signed",
  [RecordType.NSEC3]: "answers are not signed",
  [RecordType.NSEC3PARAM]: "answers are not signed",
};
const TTL_SECONDS_MAX = 2_147_483_647;
/** The longest text of one record: 16 character-strings of 255 octets (RFC 1035 §3.3). */
const TEXT_OCTETS_MAX = 4096;

/** The label of objects that fedns writes for ExternalDNS: they say what fedns answers, and declare nothing. */
const MANAGED_BY = "app.kubernetes.io/managed-by";

function isOurs(object: unknown): boolean {
  return text(at(object, "metadata", "labels", MANAGED_BY)) === "fedns";
}

export function projectDnsEndpoint(
  filter: DnsEndpointFilter,
): (object: unknown) => Projection<HostDeclaration> | null {
  return (object) => {
    const meta = metaOf(object);
    if (meta === null || !isChosen(filter, meta.namespace)) return null;
    const { key, namespace, name, createdSeconds, uid, annotations } = meta;
    if (externalDnsOf(annotations).isForeign || isOurs(object)) return null;
    const { claims, faults } = claimsOfEndpoints(at(object, "spec", "endpoints"), filter.ttlSeconds);
    if (claims.length === 0 && faults.length === 0) return null;
    return {
      key,
      value: {
        kind: "DNSEndpoint",
        namespace,
        name,
        createdSeconds,
        uid,
        claims,
        faults,
        ...annotationsPart(object),
      },
    };
  };
}

type Records = { addresses: string[]; ttlSeconds: number | null; rrsets: Map<number, RRset> };

/** One claim for each name. Routing policies (`setIdentifier`, `providerSpecific`) are ignored: all targets count. */
export function claimsOfEndpoints(
  endpoints: unknown,
  ttlSeconds: number,
): { readonly claims: readonly Claim[]; readonly faults: readonly Fault[] } {
  const byHost = new Map<Host, Records>();
  const faults: Fault[] = [];
  const all = list(endpoints);
  for (const endpoint of all.slice(0, ENDPOINTS_MAX)) {
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
    const ttl = at(endpoint, "recordTTL") ?? 0;
    if (ttl !== 0 && ttlOf(endpoint) === null)
      faults.push({
        host,
        sentence: `recordTTL: ${JSON.stringify(ttl).slice(0, 32)} is not from 1 to ${TTL_SECONDS_MAX}; the setting counts`,
      });
    if (records.addresses.length > 0 || records.rrsets.size > 0) byHost.set(host, records);
  }
  if (all.length > ENDPOINTS_MAX)
    faults.push({
      host: text(at(all[ENDPOINTS_MAX], "dnsName")).slice(0, 255),
      sentence: `is one of ${all.length} endpoints; the first ${ENDPOINTS_MAX} are taken`,
    });
  return { claims: [...byHost].map(([host, records]) => claimOf(host, records)), faults };
}

function claimOf(host: Host, { addresses, ttlSeconds, rrsets }: Records): Claim {
  const target: HostTarget = {
    kind: "addresses",
    addresses: [...new Set(addresses)].sort(),
    hostnames: [],
    isOfTenant: true,
  };
  return {
    host,
    target: addresses.length === 0 ? null : target,
    services: null,
    gateways: [],
    ttlSeconds,
    rrsets: [...rrsets.values()].sort((a, b) => a.type - b.type),
  };
}

/** Takes one endpoint; returns what is wrong with it, or null. As in ExternalDNS, one wrong target invalidates the endpoint: part of an RRset is a different RRset. */
function take(endpoint: unknown, records: Records, defaultTtl: number): string | null {
  const type = text(at(endpoint, "recordType")).toUpperCase() || "A";
  const given = list(at(endpoint, "targets"));
  const targets = texts(given.slice(0, TARGETS_MAX), 2 * TEXT_OCTETS_MAX);
  if (given.length > TARGETS_MAX)
    return `${type.slice(0, 16)}: has ${given.length} targets; ${TARGETS_MAX} are taken`;
  if (given.some((target) => typeof target !== "string"))
    return `${type.slice(0, 16)}: has a target that is no text`;
  if (targets.length === 0) return `${type.slice(0, 16)}: has no targets`;
  const ttlSeconds = ttlOf(endpoint);
  const code = typeCode(type);
  if (code === null || isMetaType(code)) return `${type.slice(0, 16)}: is no type of records`;
  if (Object.hasOwn(OURS, code)) return `${typeName(code)}: is not taken: ${OURS[code]}`;
  if (code !== RecordType.A && code !== RecordType.AAAA)
    return takeRecords(code, targets, { records, ttlSeconds: ttlSeconds ?? defaultTtl });
  const isIpv6 = code === RecordType.AAAA;
  const wrong = targets.find((target) => !isAddress(target) || target.includes(":") !== isIpv6);
  if (wrong !== undefined)
    return `${typeName(code)}: ${JSON.stringify(wrong.slice(0, 64))} is no such address`;
  if (records.addresses.length + targets.length > RECORDS_MAX)
    return `${typeName(code)}: with others of its name these are more than ${RECORDS_MAX} addresses`;
  records.addresses.push(...targets);
  if (ttlSeconds !== null) records.ttlSeconds = Math.min(ttlSeconds, records.ttlSeconds ?? ttlSeconds);
  return null;
}

function ttlOf(endpoint: unknown): number | null {
  const given = at(endpoint, "recordTTL");
  const isTtl =
    typeof given === "number" && Number.isInteger(given) && given >= 1 && given <= TTL_SECONDS_MAX;
  return isTtl ? given : null;
}

type Into = { readonly records: Records; readonly ttlSeconds: number };

function takeRecords(type: number, targets: readonly string[], { records, ttlSeconds }: Into): string | null {
  const known = records.rrsets.get(type);
  const rdatas = [...(known?.rdatas ?? [])];
  for (const target of targets) {
    const octets = Buffer.byteLength(target, "utf8");
    if (type === RecordType.TXT && octets > TEXT_OCTETS_MAX)
      return `TXT: a text of ${octets} octets is too long; ${TEXT_OCTETS_MAX} are taken`;
    const isText = type === RecordType.TXT || type === RecordType.SPF;
    const rdata = parseRdata(type, isText ? quoted(target) : target, root);
    if (typeof rdata === "string") return rdata;
    if (!rdatas.some((one) => sameRdata(type, one, rdata))) rdatas.push(rdata);
  }
  if (rdatas.length > RECORDS_MAX) return `${typeName(type)}: more than ${RECORDS_MAX} records of one name`;
  if (rdatas.length > 1 && Object.hasOwn(SINGLE, type)) return SINGLE[type] as string;
  const octets = rdatas.reduce((sum, rdata) => sum + RECORD_OCTETS + rdata.length, 0);
  if (octets > MESSAGE_ROOM) return `${typeName(type)}: ${octets} octets do not fit into one answer`;
  records.rrsets.set(type, {
    type,
    ttlSeconds: Math.min(ttlSeconds, known?.ttlSeconds ?? ttlSeconds),
    rdatas,
  });
  return null;
}

/** A TXT target is one text, with or without quotes. A long one becomes several strings of one record, which readers join (RFC 7208 §3.3). */
function quoted(target: string): string {
  const whole = /^"([^"\\]*)"$/.exec(target)?.[1];
  if (whole === undefined && target.startsWith('"')) return target;
  const octets = Buffer.from(whole ?? target, "utf8");
  const strings: string[] = [];
  for (let start = 0; start === 0 || start < octets.length; start += 255) {
    const escaped = [...octets.subarray(start, start + 255)].map(escapedOctet);
    strings.push(`"${escaped.join("")}"`);
  }
  return strings.join(" ");
}

function escapedOctet(octet: number): string {
  if (octet === 0x22 || octet === 0x5c) return `\\${String.fromCharCode(octet)}`;
  return octet >= 0x20 && octet < 0x7f ? String.fromCharCode(octet) : `\\${String(octet).padStart(3, "0")}`;
}
