/**
 * What is answered for a host: the claims of all its owners joined, by cluster. An alias (CNAME) stands alone: beside
 * addresses or other records, or as one of two, it is left out and reported.
 */
import { annotationOf } from "../annotations/annotation-table.ts";
import { RecordType } from "../../dns/message/code.ts";
import { type RRset, sameOctets } from "../../dns/message/record.ts";
import { type Annotations, NO_ANNOTATIONS } from "../members/backend.ts";
import { type ClusterClaim, type ReportProblem, titleOf } from "./cluster-claim.ts";
import { type HostTarget, sameTarget } from "./declaration.ts";
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

/** The claims of one cluster, joined so far. */
type ClusterPart = {
  readonly targets: HostTarget[];
  readonly services: Set<string>;
  /** False: the readiness of a claim's backend is unknown. */
  isKnown: boolean;
  annotations: Annotations;
};

/** `owners`: at least one, in order of precedence. */
export function joinClaims(
  host: Host,
  owners: readonly ClusterClaim[],
  report: ReportProblem,
): Omit<HostAnswer, "isApex"> {
  const parts = new Map<string, ClusterPart>();
  let ttlSeconds: number | null = null;
  for (const { cluster, claim, declaration } of owners) {
    if (claim.ttlSeconds !== null) ttlSeconds = Math.min(claim.ttlSeconds, ttlSeconds ?? claim.ttlSeconds);
    if (claim.target === null) continue;
    const part = parts.get(cluster) ?? emptyPart();
    parts.set(cluster, part);
    part.annotations = joinAnnotations(part.annotations, declaration.annotations ?? NO_ANNOTATIONS);
    addClaim(part, claim.target, claim.services);
  }
  if (ttlSeconds !== null) annotateTtl(ttlSeconds, parts);
  const perCluster = new Map(
    [...parts].map(([cluster, { targets, services, isKnown, annotations }]) => [
      cluster,
      { targets, services: isKnown && services.size > 0 ? [...services] : null, annotations },
    ]),
  );
  const rrsets = joinRecords(owners, perCluster.size > 0, report);
  const { namespace, name } = (owners[0] as ClusterClaim).declaration;
  const owner = `${namespace}/${name}`;
  const recordsOf = owners.find(({ claim }) => claim.rrsets.length > 0)?.cluster ?? null;
  return { host, isWildcard: isWildcard(host), owner, perCluster, rrsets, recordsOf, ttlSeconds };
}

function emptyPart(): ClusterPart {
  return { targets: [], services: new Set(), isKnown: true, annotations: NO_ANNOTATIONS };
}

/** Thousands of routes may share the target of their Gateway: it is kept once. */
function addClaim(part: ClusterPart, target: HostTarget, services: readonly string[] | null): void {
  if (!part.targets.some((one) => sameTarget(one, target))) part.targets.push(target);
  if (services === null) part.isKnown = false;
  for (const service of services ?? []) part.services.add(service);
}

/** A TTL in ExternalDNS's annotation counts as our own annotation in every cluster, unless one of them carries ours. */
function annotateTtl(ttlSeconds: number, parts: Map<string, ClusterPart>): void {
  if ([...parts.values()].some(({ annotations }) => Object.hasOwn(annotations.values, TTL_ANNOTATION)))
    return;
  for (const part of parts.values()) {
    const values = { ...part.annotations.values, [TTL_ANNOTATION]: String(ttlSeconds) };
    part.annotations = { createdAt: part.annotations.createdAt, values };
  }
}

function joinAnnotations(first: Annotations, second: Annotations): Annotations {
  if (second === NO_ANNOTATIONS || first === second) return first;
  if (first === NO_ANNOTATIONS) return second;
  return { createdAt: first.createdAt, values: { ...second.values, ...first.values } };
}

/** Types of which a name has one record. */
const SINGLE: ReadonlySet<number> = new Set([RecordType.CNAME, RecordType.DNAME]);

/** Records of one type from several objects are one RRset. */
function joinRecords(
  owners: readonly ClusterClaim[],
  hasAddresses: boolean,
  report: ReportProblem,
): readonly RRset[] {
  const byType = new Map<number, { rrset: RRset; owner: ClusterClaim }>();
  for (const owner of owners) {
    for (const rrset of owner.claim.rrsets) {
      const known = byType.get(rrset.type);
      if (known === undefined) byType.set(rrset.type, { rrset, owner });
      else if (!SINGLE.has(rrset.type)) known.rrset = union(known.rrset, rrset);
      else if (union(known.rrset, rrset).rdatas.length > 1)
        report(owner, "alias", `${titleOf(known.owner)} makes this name an alias of another name`);
    }
  }
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
  return [...byType.values()].map(({ rrset }) => rrset);
}

/** RFC 2181 §5: no record twice, one TTL for all. */
function union(a: RRset, b: RRset): RRset {
  const fresh = b.rdatas.filter((rdata) => !a.rdatas.some((known) => sameOctets(known, rdata)));
  const ttlSeconds = Math.min(a.ttlSeconds, b.ttlSeconds);
  return fresh.length === 0 && ttlSeconds === a.ttlSeconds
    ? a
    : { type: a.type, ttlSeconds, rdatas: [...a.rdatas, ...fresh] };
}
