/** From all who claim one host to what is answered there. Pure; the rules, in this order:
 *
 * 1. Ground: outside our zones and reserved names are nobody's; `hosts` in the settings says who may claim the rest.
 * 2. Precedence among those who may: the oldest object; of the same age the first by namespace, name, kind, cluster.
 * 3. Whoever agrees with that one stands behind the host with it, in every cluster: an object of the same namespace and
 *    name, of whatever kind; an Ingress or route of the same namespace as another (they share hosts by path); a route
 *    through the same Gateway. All others are told, and so is the one they disagree with.
 * 4. An alias (CNAME) stands alone: beside addresses or other records, or as one of two, it is left out and reported.
 */
import { RecordType } from "../../dns/message/code.ts";
import { type RRset, sameOctets } from "../../dns/message/record.ts";
import { NO_ANNOTATIONS, type Annotations } from "../members/pool.ts";
import { type Claim, type HostDeclaration, objectKey, sameTarget, type HostTarget } from "./declaration.ts";
import { type Host, isWildcard } from "./host.ts";
import type { HostRules, HostDecision } from "./rules.ts";

/** One claim, and who makes it where. */
export type Stake = {
  readonly cluster: string;
  readonly declaration: HostDeclaration;
  readonly claim: Claim;
};

export type ClaimProblem = {
  readonly host: Host;
  readonly cluster: string;
  /** "Ingress shop/web". */
  readonly object: string;
  readonly reason: "outside" | "reserved" | "not allowed" | "other owner" | "alias" | "not understood";
  readonly sentence: string;
};

/** What stands behind a host in one cluster. */
export type HostBackend = {
  /** Without duplicates, in order of precedence. */
  readonly targets: readonly HostTarget[];
  /** Never empty. Null = nothing is known; taken as ready. */
  readonly services: readonly string[] | null;
  /** About traffic: of each annotation what the first object says that has it. */
  readonly annotations: Annotations;
};

export type HostAnswer = {
  /** With the "*." of a wildcard. */
  readonly host: Host;
  readonly isWildcard: boolean;
  /** "namespace/name" of the object that comes first. */
  readonly owner: string;
  readonly perCluster: ReadonlyMap<string, HostBackend>;
  /** Records other than addresses. */
  readonly rrsets: readonly RRset[];
  /** The shortest that somebody asks for; null = the setting. */
  readonly ttlSeconds: number | null;
};

/** Of a name that hundreds want, a few say enough: what is reported is read by people. */
const RIVALS_REPORTED_MAX = 16;

export type Resolution = {
  /** Null = nobody may have this name: it is not answered. */
  readonly answer: HostAnswer | null;
  readonly problems: readonly ClaimProblem[];
};

type Law = {
  readonly verdict: HostDecision;
  readonly rules: HostRules;
  /** Kinds whose objects share a host by path. */
  readonly routingKinds: ReadonlySet<string>;
};

export function resolveHost(host: Host, stakes: readonly Stake[], law: Law): Resolution {
  const problems: ClaimProblem[] = [];
  const report: Report = ({ cluster, declaration }, reason, sentence) => {
    problems.push({ host, cluster, object: objectKey(declaration), reason, sentence });
  };
  const allowed = stakes.flatMap((stake) => allowedOf(host, stake, law, report) ?? []);
  const ranked = allowed.length < 2 ? allowed : allowed.sort(byPrecedence);
  const [first] = ranked;
  if (first === undefined) return { answer: null, problems };
  const agrees = (stake: Stake): boolean => doAgree(first, stake, law);
  const agreeing = ranked.filter(agrees);
  if (agreeing.length < ranked.length) {
    const rivals = ranked.filter((stake) => !agrees(stake));
    for (const rival of rivals.slice(0, RIVALS_REPORTED_MAX)) {
      report(
        rival,
        "other owner",
        `${titleOf(first)} has this name: it is older, or comes first among equals`,
      );
      report(first, "other owner", `${titleOf(rival)} claims this name too, and is not answered`);
    }
  }
  return { answer: poolOf(host, agreeing, report), problems };
}

/** What somebody may have of what it claims; null = nothing. */
function allowedOf(host: Host, stake: Stake, { verdict, rules }: Law, report: Report): Stake | null {
  const { cluster, declaration, claim } = stake;
  const claimant = { cluster, namespace: declaration.namespace };
  if (verdict.ground !== "inside") {
    report(stake, verdict.ground, verdict.sentence);
    return null;
  }
  const refusal = rules.refusal(host, claimant);
  if (refusal !== null) {
    report(stake, "not allowed", refusal);
    return null;
  }
  const isDelegation = ({ type }: RRset): boolean => type === RecordType.NS;
  if (!claim.rrsets.some(isDelegation) || rules.mayDelegate(host, claimant)) return stake;
  report(stake, "not allowed", "its rule in hosts does not let anybody delegate names (NS records)");
  const rrsets = claim.rrsets.filter((rrset) => !isDelegation(rrset));
  return rrsets.length === 0 && claim.target === null ? null : { ...stake, claim: { ...claim, rrsets } };
}

function titleOf({ cluster, declaration }: Stake): string {
  return `${objectKey(declaration)} in ${cluster}`;
}

function byPrecedence(a: Stake, b: Stake): number {
  const age = a.declaration.createdSeconds - b.declaration.createdSeconds;
  if (age !== 0) return age;
  return (
    compare(a.declaration.namespace, b.declaration.namespace) ||
    compare(a.declaration.name, b.declaration.name) ||
    compare(a.declaration.kind, b.declaration.kind) ||
    compare(a.cluster, b.cluster)
  );
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}

function doAgree(a: Stake, b: Stake, { routingKinds }: Law): boolean {
  const [one, other] = [a.declaration, b.declaration];
  if (a.claim.gateways.some((gateway) => b.claim.gateways.includes(gateway))) return true;
  if (one.namespace !== other.namespace) return false;
  return one.name === other.name || (routingKinds.has(one.kind) && routingKinds.has(other.kind));
}

type Report = (stake: Stake, reason: ClaimProblem["reason"], sentence: string) => void;

type Gathered = {
  readonly targets: HostTarget[];
  readonly services: Set<string>;
  isKnown: boolean;
  annotations: Annotations;
};

function poolOf(host: Host, stakes: readonly Stake[], report: Report): HostAnswer {
  const gathered = new Map<string, Gathered>();
  let ttlSeconds: number | null = null;
  for (const { cluster, claim, declaration } of stakes) {
    if (claim.ttlSeconds !== null) ttlSeconds = Math.min(claim.ttlSeconds, ttlSeconds ?? claim.ttlSeconds);
    if (claim.target === null) continue;
    const known = gathered.get(cluster) ?? emptyHanded();
    gathered.set(cluster, known);
    known.annotations = join(known.annotations, declaration.annotations ?? NO_ANNOTATIONS);
    gather(known, claim.target, claim.services);
  }
  pass(ttlSeconds, gathered);
  const perCluster = new Map(
    [...gathered].map(([cluster, { targets, services, isKnown, annotations }]) => [
      cluster,
      { targets, services: isKnown && services.size > 0 ? [...services] : null, annotations },
    ]),
  );
  const rrsets = recordsOf(stakes, perCluster.size > 0, report);
  const { namespace, name } = (stakes[0] as Stake).declaration;
  return {
    host,
    isWildcard: isWildcard(host),
    owner: `${namespace}/${name}`,
    perCluster,
    rrsets,
    ttlSeconds,
  };
}

function emptyHanded(): Gathered {
  return { targets: [], services: new Set(), isKnown: true, annotations: NO_ANNOTATIONS };
}

const TTL_ANNOTATION = "fedns.io/ttl";

/** What ExternalDNS calls the TTL is as good as our own annotation, and goes behind it. All clusters say the same: nobody's age matters. */
function pass(ttlSeconds: number | null, gathered: Map<string, Gathered>): void {
  if (ttlSeconds === null) return;
  if ([...gathered.values()].some(({ annotations }) => Object.hasOwn(annotations.values, TTL_ANNOTATION)))
    return;
  for (const known of gathered.values()) {
    const values = { ...known.annotations.values, [TTL_ANNOTATION]: String(ttlSeconds) };
    known.annotations = { createdAt: known.annotations.createdAt, values };
  }
}

function join(first: Annotations, second: Annotations): Annotations {
  if (second === NO_ANNOTATIONS || first === second) return first;
  if (first === NO_ANNOTATIONS) return second;
  return { createdAt: first.createdAt, values: { ...second.values, ...first.values } };
}

/** Routes by the thousand go to the one target of their gateway; of one whose services are unknown nothing can be said, and a redirect has no say. */
function gather(known: Gathered, target: HostTarget, services: readonly string[] | null): void {
  if (!known.targets.some((one) => sameTarget(one, target))) known.targets.push(target);
  if (services === null) known.isKnown = false;
  for (const service of services ?? []) known.services.add(service);
}

/** Records of one type from several objects are one set. */
function recordsOf(stakes: readonly Stake[], hasAddresses: boolean, report: Report): readonly RRset[] {
  const byType = new Map<number, { rrset: RRset; stake: Stake }>();
  for (const stake of stakes) {
    for (const rrset of stake.claim.rrsets) {
      const known = byType.get(rrset.type);
      if (known === undefined) byType.set(rrset.type, { rrset, stake });
      else if (rrset.type !== RecordType.CNAME) known.rrset = union(known.rrset, rrset);
      else if (union(known.rrset, rrset).rdatas.length > 1)
        report(stake, "alias", `${titleOf(known.stake)} makes this name an alias of something else`);
    }
  }
  const alias = byType.get(RecordType.CNAME);
  if (alias !== undefined && (hasAddresses || byType.size > 1)) {
    byType.delete(RecordType.CNAME);
    report(alias.stake, "alias", "an alias (CNAME) cannot stand beside other records of its name");
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
