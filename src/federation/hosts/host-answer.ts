/**
 * What is answered for a host: the claims of all its owners joined, by cluster, as far as HOST_MAX allows. An alias (CNAME)
 * stands alone: beside addresses or other records, or as one of two, it is left out and reported.
 */
import { annotationOf } from "../annotations/annotation-table.ts";
import { RecordType } from "../../dns/message/code.ts";
import type { RRset } from "../../dns/message/record.ts";
import { type Annotations, NO_ANNOTATIONS } from "../members/backend.ts";
import { type ClusterClaim, type ReportProblem, titleOf } from "./cluster-claim.ts";
import type { HostTarget } from "./declaration.ts";
import { type Host, isWildcard } from "./host.ts";

/** What a host has in one cluster. */
export type HostBackend = {
  /** Without duplicates, in order of precedence. */
  readonly targets: readonly HostTarget[];
  /** Never empty. Null = their readiness is unknown: the host is taken as ready. */
  readonly services: readonly string[] | null;
  /** About traffic: for each annotation, the first object that carries it wins. */
  readonly annotations: Annotations;
};

export type HostAnswer = {
  /** With the "*." of a wildcard. */
  readonly host: Host;
  readonly isWildcard: boolean;
  /** It is the apex of a zone, which has SOA and NS records beside and can be no alias. */
  readonly isApex: boolean;
  /** "namespace/name" of the object that takes precedence. */
  readonly owner: string;
  readonly perCluster: ReadonlyMap<string, HostBackend>;
  /** Records other than addresses. */
  readonly rrsets: readonly RRset[];
  /** The cluster that these count for: that of the first owner with any; null = there are none. */
  readonly recordsOf: string | null;
  /** The shortest that an owner asks for; null = the setting. */
  readonly ttlSeconds: number | null;
};

const TTL_ANNOTATION: string = annotationOf("ttl");

/**
 * Of one host in one cluster; what comes first by precedence counts. A response has 64 addresses at most, and a set of records
 * beyond these numbers fits in no message.
 */
export const HOST_MAX = { addresses: 1000, services: 1000, records: 250, recordOctets: 60_000 } as const;
/** Hundreds of objects may be over it: a few reports are enough. */
const CUT_REPORTED_MAX = 16;

/** The claims of one cluster, joined so far. */
type ClusterPart = {
  /** By their content. */
  readonly targets: Map<string, HostTarget>;
  /** Addresses and names in the targets. */
  readonly places: Set<string>;
  readonly services: Set<string>;
  /** False: the readiness of a claim's backend is unknown. */
  isKnown: boolean;
  /** When the first object with any was created. */
  createdAt: string | null;
  readonly values: Record<string, string>;
  /** Claims that are over HOST_MAX, in part or as a whole. */
  readonly cut: Set<ClusterClaim>;
};

/** `owners`: at least one, in order of precedence. */
export function joinClaims(
  host: Host,
  owners: readonly ClusterClaim[],
  report: ReportProblem,
): Omit<HostAnswer, "isApex"> {
  const parts = new Map<string, ClusterPart>();
  let ttlSeconds: number | null = null;
  for (const owner of owners) {
    const { cluster, claim, declaration } = owner;
    if (claim.ttlSeconds !== null) ttlSeconds = Math.min(claim.ttlSeconds, ttlSeconds ?? claim.ttlSeconds);
    if (claim.target === null) continue;
    const part = parts.get(cluster) ?? emptyPart();
    parts.set(cluster, part);
    addAnnotations(part, declaration.annotations ?? NO_ANNOTATIONS);
    if (!addClaim(part, claim.target, claim.services)) part.cut.add(owner);
  }
  if (ttlSeconds !== null) annotateTtl(ttlSeconds, parts);
  for (const { cut } of parts.values())
    for (const claim of [...cut].slice(0, CUT_REPORTED_MAX)) report(claim, "too many", TOO_MANY);
  const perCluster = new Map([...parts].map(([cluster, part]) => [cluster, backendOf(part)]));
  const rrsets = joinRecords(owners, perCluster.size > 0, report);
  const { namespace, name } = (owners[0] as ClusterClaim).declaration;
  const owner = `${namespace}/${name}`;
  const recordsOf = owners.find(({ claim }) => claim.rrsets.length > 0)?.cluster ?? null;
  return { host, isWildcard: isWildcard(host), owner, perCluster, rrsets, recordsOf, ttlSeconds };
}

const TOO_MANY = `a name has at most ${HOST_MAX.addresses} addresses and ${HOST_MAX.services} Services in one cluster, and not all of this object count; have fewer objects claim it, or give it a balancer of its own`;
const TOO_MANY_RECORDS = `a name has at most ${HOST_MAX.records} records and ${HOST_MAX.recordOctets} octets of them in one cluster, and not all of this object count; have fewer records`;

function emptyPart(): ClusterPart {
  return {
    targets: new Map(),
    places: new Set(),
    services: new Set(),
    isKnown: true,
    createdAt: null,
    values: {},
    cut: new Set(),
  };
}

function backendOf({ targets, services, isKnown, createdAt, values }: ClusterPart): HostBackend {
  return {
    targets: [...targets.values()],
    services: isKnown && services.size > 0 ? [...services] : null,
    annotations: createdAt === null ? NO_ANNOTATIONS : { createdAt, values },
  };
}

/** Thousands of routes may share the target of their Gateway: it is kept once. Returns false when it is over HOST_MAX. */
function addClaim(part: ClusterPart, target: HostTarget, services: readonly string[] | null): boolean {
  const areTaken = addTarget(part, target);
  if (services === null) part.isKnown = false;
  let isWhole = areTaken;
  for (const service of services ?? []) isWhole = add(part.services, service, HOST_MAX.services) && isWhole;
  return isWhole;
}

function addTarget({ targets, places }: ClusterPart, target: HostTarget): boolean {
  if (target.kind === "service") {
    // No address has a slash in it.
    const isTaken = target.service === "" || add(places, target.service, HOST_MAX.addresses);
    if (isTaken) targets.set(`service ${target.service}`, target);
    return isTaken;
  }
  const taken = (place: string): boolean => add(places, place, HOST_MAX.addresses);
  const [addresses, hostnames] = [target.addresses.filter(taken), target.hostnames.filter(taken)];
  const isWhole = addresses.length + hostnames.length === target.addresses.length + target.hostnames.length;
  const kept = isWhole ? target : { ...target, addresses, hostnames };
  targets.set(`${kept.addresses.join()} ${kept.hostnames.join()}`, kept);
  return isWhole;
}

/** Returns false when there is no room for one more. */
function add(set: Set<string>, one: string, max: number): boolean {
  if (set.size >= max && !set.has(one)) return false;
  set.add(one);
  return true;
}

/** A TTL in ExternalDNS's annotation counts as our own annotation in every cluster, unless one of them carries ours. */
function annotateTtl(ttlSeconds: number, parts: Map<string, ClusterPart>): void {
  if ([...parts.values()].some(({ values }) => Object.hasOwn(values, TTL_ANNOTATION))) return;
  for (const part of parts.values()) {
    part.values[TTL_ANNOTATION] = String(ttlSeconds);
    part.createdAt ??= NO_ANNOTATIONS.createdAt;
  }
}

/** The first object that carries an annotation wins. */
function addAnnotations(part: ClusterPart, annotations: Annotations): void {
  if (annotations === NO_ANNOTATIONS) return;
  part.createdAt ??= annotations.createdAt;
  for (const [key, value] of Object.entries(annotations.values)) part.values[key] ??= value;
}

/** Types of which a name has one record. */
const SINGLE: ReadonlySet<number> = new Set([RecordType.CNAME, RecordType.DNAME]);

/** Records of one type from several objects are one RRset. */
function joinRecords(
  owners: readonly ClusterClaim[],
  hasAddresses: boolean,
  report: ReportProblem,
): readonly RRset[] {
  const byType = new Map<number, Joined>();
  const used = new Map<string, Used>();
  const cut = new Set<ClusterClaim>();
  for (const owner of owners) {
    const ofCluster = used.get(owner.cluster) ?? { records: 0, octets: 0 };
    used.set(owner.cluster, ofCluster);
    for (const { type, ttlSeconds, rdatas } of owner.claim.rrsets) {
      const known = byType.get(type);
      const joined: Joined = known ?? { owner, ttlSeconds, rdatas: new Map() };
      const fresh = rdatas.filter((rdata) => !joined.rdatas.has(textOf(rdata)));
      if (known !== undefined && SINGLE.has(type)) {
        if (fresh.length > 0)
          report(owner, "alias", `${titleOf(known.owner)} makes this name an alias of another name`);
        continue;
      }
      joined.ttlSeconds = Math.min(joined.ttlSeconds, ttlSeconds);
      for (const rdata of fresh)
        if (hasRoom(ofCluster, rdata)) joined.rdatas.set(textOf(rdata), rdata);
        else cut.add(owner);
      if (joined.rdatas.size > 0) byType.set(type, joined);
    }
  }
  for (const claim of [...cut].slice(0, CUT_REPORTED_MAX)) report(claim, "too many", TOO_MANY_RECORDS);
  const alias = byType.get(RecordType.CNAME);
  if (alias !== undefined && (hasAddresses || byType.size > 1)) {
    byType.delete(RecordType.CNAME);
    report(alias.owner, "alias", "an alias (CNAME) cannot stand beside other records of its name");
  }
  const redirect = byType.get(RecordType.DNAME);
  if (redirect !== undefined && byType.has(RecordType.NS)) {
    byType.delete(RecordType.DNAME);
    report(redirect.owner, "alias", "names below it cannot be both delegated (NS) and redirected (DNAME)");
  }
  return [...byType].map(([type, { ttlSeconds, rdatas }]) => ({
    type,
    ttlSeconds,
    rdatas: [...rdatas.values()],
  }));
}

/** RFC 2181 §5: no record twice, one TTL for all. `rdatas`: by their octets. */
type Joined = { readonly owner: ClusterClaim; ttlSeconds: number; readonly rdatas: Map<string, Uint8Array> };
type Used = { records: number; octets: number };

/** Counts the record if there is room for it. */
function hasRoom(used: Used, rdata: Uint8Array): boolean {
  if (used.records >= HOST_MAX.records || used.octets + rdata.length > HOST_MAX.recordOctets) return false;
  used.records++;
  used.octets += rdata.length;
  return true;
}

function textOf(rdata: Uint8Array): string {
  return String.fromCharCode(...rdata);
}
