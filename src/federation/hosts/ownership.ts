/**
 * Which objects own a host, from all claims on it. Pure; the rules, in this order:
 *
 * 1. Names outside the served zones and reserved names have no owner; `hosts` in the settings says who may claim the others.
 *    The apex of a zone needs a rule with exactly that suffix, and its SOA and NS records stay ours.
 * 2. The oldest object takes precedence; of the same age the first by namespace, name, kind, cluster.
 * 3. Objects of the same namespace own the host together with it, in every cluster, if they have the same name, of any kind;
 *    are Ingresses or routes like it (they share hosts by path); or lead through the same Gateway. Objects of other namespaces
 *    do in a cluster where they lead through Gateways of these owners, and through no others: whoever has the Gateway there
 *    has let them in. A Gateway of the same name in another cluster is another one.
 * 4. An object that leads to the addresses of an owner in its cluster, and to no others, does not disagree: it owns the host too, but
 *    adds its readiness alone, no annotations, records or TTL.
 *
 * The others are reported, and so is the owner that they conflict with.
 */
import { RecordType } from "../../dns/message/code.ts";
import type { RRset } from "../../dns/message/record.ts";
import type { HostDecision } from "./authority.ts";
import { type ClaimProblem, type ClusterClaim, type ReportProblem, titleOf } from "./cluster-claim.ts";
import { type Claim, objectKey } from "./declaration.ts";
import type { Host } from "./host.ts";
import { type HostAnswer, joinClaims } from "./host-answer.ts";
import type { HostRules } from "./rules.ts";

export type Resolution = {
  /** Null = no object may have this name: it is not answered. */
  readonly answer: HostAnswer | null;
  readonly problems: readonly ClaimProblem[];
};

type OwnershipRules = {
  readonly decision: HostDecision;
  readonly rules: HostRules;
  /** Kinds whose objects share a host by path. */
  readonly routingKinds: ReadonlySet<string>;
};

/** Hundreds of objects may claim one name: a few reports are enough for a reader. */
const RIVALS_REPORTED_MAX = 16;

export function resolveHost(
  host: Host,
  claims: readonly ClusterClaim[],
  ownership: OwnershipRules,
): Resolution {
  const problems: ClaimProblem[] = [];
  const report: ReportProblem = ({ cluster, declaration }, reason, sentence, isPassing = false) => {
    const object = objectKey(declaration);
    problems.push({ host, cluster, object, reason, sentence, ...(isPassing && { isPassing }) });
  };
  const allowed = claims.flatMap((claim) => allowedPart(host, claim, ownership, report) ?? []);
  const ranked = allowed.length < 2 ? allowed : allowed.sort(byPrecedence);
  const [first] = ranked;
  if (first === undefined) return { answer: null, problems };
  const isOwner = agreementWith(first, ranked, ownership.routingKinds);
  const owners = ranked.filter(isOwner);
  const others = ranked.length === owners.length ? [] : ranked.filter((claim) => !isOwner(claim));
  const [guests, rivals] = others.length === 0 ? [[], []] : guestsAmong(others, owners);
  for (const rival of rivals.slice(0, RIVALS_REPORTED_MAX)) {
    report(rival, "other owner", `${titleOf(first)} has this name: it is older, or comes first among equals`);
    report(first, "other owner", `${titleOf(rival)} claims this name too, and is not answered`, true);
  }
  const joined = joinClaims(host, [...owners, ...guests], report);
  return { answer: { ...joined, isApex: ownership.decision.isApex }, problems };
}

/** The part of a claim that is allowed; null = nothing of it. */
function allowedPart(
  host: Host,
  claim: ClusterClaim,
  { decision, rules }: OwnershipRules,
  report: ReportProblem,
): ClusterClaim | null {
  const claimant = { cluster: claim.cluster, namespace: claim.declaration.namespace };
  if (decision.scope !== "inside") {
    report(claim, decision.scope, decision.sentence);
    return null;
  }
  const refusal = decision.isApex && !rules.names(host) ? APEX_WITHOUT_RULE : rules.refusal(host, claimant);
  if (refusal !== null) {
    report(claim, "not allowed", refusal);
    return null;
  }
  const isKept = ({ type }: RRset): boolean =>
    !(DECIDING.has(type) && !rules.mayDelegate(host, claimant)) &&
    !(decision.isApex && NOT_AT_APEX.has(type));
  const { rrsets, target } = claim.claim;
  if (rrsets.every(isKept)) return claim;
  report(claim, "not allowed", decision.isApex ? APEX_IS_OURS : NO_DELEGATIONS);
  const others = rrsets.filter(isKept);
  return others.length === 0 && target === null
    ? null
    : { ...claim, claim: { ...claim.claim, rrsets: others } };
}

const APEX_WITHOUT_RULE =
  "it is the apex of a zone: only a rule in hosts with exactly this suffix lets objects claim it";
const NO_DELEGATIONS =
  "the rule for it in hosts does not allow delegations (NS and DNAME records); delegations: true does";
const APEX_IS_OURS =
  "at the apex of a zone, NS and DS records are not for objects, and an alias (CNAME, DNAME) cannot be there";
/** They decide about all names below theirs. */
const DECIDING: ReadonlySet<number> = new Set([RecordType.NS, RecordType.DNAME]);
const NOT_AT_APEX: ReadonlySet<number> = new Set([...DECIDING, RecordType.CNAME, RecordType.DS]);

function byPrecedence(a: ClusterClaim, b: ClusterClaim): number {
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

/** Where the owners lead in one cluster. */
type Known = { readonly places: Set<string>; readonly target: Claim["target"] };

/** Those that lead to addresses of owners in the same cluster and to no others, as far as they count; and the rest. */
function guestsAmong(
  others: readonly ClusterClaim[],
  owners: readonly ClusterClaim[],
): readonly [guests: readonly ClusterClaim[], rivals: readonly ClusterClaim[]] {
  const byCluster = new Map<string, Known>();
  for (const owner of owners) {
    const { target } = owner.claim;
    const known = byCluster.get(owner.cluster);
    const places = known?.places ?? new Set();
    for (const place of placesOf(owner)) places.add(place);
    byCluster.set(owner.cluster, { places, target: known?.target ?? target });
  }
  const guests: ClusterClaim[] = [];
  const rivals: ClusterClaim[] = [];
  for (const claim of others) {
    const known = byCluster.get(claim.cluster);
    const places = placesOf(claim);
    const isGuest = known !== undefined && places.length > 0 && places.every((one) => known.places.has(one));
    if (isGuest) guests.push(readinessOf(claim, known.target));
    else rivals.push(claim);
  }
  return [guests, rivals];
}

/** Addresses and names of balancers. */
function placesOf({ claim: { target, announced = [] } }: ClusterClaim): readonly string[] {
  return target?.kind === "addresses" ? [...target.addresses, ...target.hostnames] : announced;
}

/** `target`: that of an owner, so that nothing is answered twice. */
function readinessOf({ cluster, declaration, claim }: ClusterClaim, target: Claim["target"]): ClusterClaim {
  const { annotations: _, ...rest } = declaration;
  // One whose readiness is not known says nothing.
  const services = claim.services ?? [];
  return { cluster, declaration: rest, claim: { ...claim, target, services, rrsets: [], ttlSeconds: null } };
}

/** Whether a claim agrees with the first one. */
function agreementWith(
  first: ClusterClaim,
  claims: readonly ClusterClaim[],
  routingKinds: ReadonlySet<string>,
): (claim: ClusterClaim) => boolean {
  const isOfNamespace = (claim: ClusterClaim): boolean => doAgreeInNamespace(first, claim, routingKinds);
  const gateways = new Set(claims.flatMap((claim) => (isOfNamespace(claim) ? gatewaysOf(claim) : [])));
  const isLetIn = (claim: ClusterClaim): boolean =>
    claim.claim.gateways.length > 0 && gatewaysOf(claim).every((gateway) => gateways.has(gateway));
  return (claim) => isOfNamespace(claim) || isLetIn(claim);
}

function gatewaysOf({ cluster, claim }: ClusterClaim): readonly string[] {
  return claim.gateways.map((gateway) => `${cluster} ${gateway}`);
}

function doAgreeInNamespace(a: ClusterClaim, b: ClusterClaim, routingKinds: ReadonlySet<string>): boolean {
  const [one, other] = [a.declaration, b.declaration];
  if (one.namespace !== other.namespace) return false;
  if (one.name === other.name || (routingKinds.has(one.kind) && routingKinds.has(other.kind))) return true;
  return a.claim.gateways.some((gateway) => b.claim.gateways.includes(gateway));
}
