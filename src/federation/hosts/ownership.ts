/**
 * Which objects own a host, from all claims on it. Pure; the rules, in this order:
 *
 * 1. Names outside the served zones and reserved names have no owner; `hosts` in the settings says who may claim the others.
 *    The apex of a zone needs a rule with exactly that suffix, and its SOA and NS records stay ours.
 * 2. Names below a host belong to its owner (governance.ts).
 * 3. The claim that was seen first takes precedence (federation/sights); of the same age the oldest object, then the first by
 *    namespace, name, kind, cluster.
 * 4. Objects of the same namespace own the host together with it, in every cluster, if they have the same name, of any kind;
 *    are Ingresses or routes like it (they share hosts by path); or lead through the same Gateway. Objects of other namespaces
 *    do in a cluster where they lead through Gateways of these owners, and through no others: whoever has the Gateway there
 *    has let them in. A Gateway of the same name in another cluster is another one.
 * 5. An object that leads to the addresses of an owner in its cluster, and to no others, does not disagree: it owns the host too, but
 *    adds its readiness alone, no annotations, records or TTL.
 *
 * The others are reported, and so is the owner that they conflict with.
 */
import { RecordType } from "../../dns/message/code.ts";
import type { RRset } from "../../dns/message/record.ts";
import type { HostDecision } from "./authority.ts";
import { type ClaimProblem, type ClusterClaim, type ReportProblem, titleOf } from "./cluster-claim.ts";
import { type Claim, objectKey } from "./declaration.ts";
import { type Above, refusalBelow } from "./governance.ts";
import type { Host } from "./host.ts";
import { type HostAnswer, joinClaims } from "./host-answer.ts";
import type { HostRules } from "./rules.ts";

export type Resolution = {
  /** Null = no object may have this name: it is not answered. */
  readonly answer: HostAnswer | null;
  readonly problems: readonly ClaimProblem[];
};

export type OwnershipRules = {
  readonly decision: HostDecision;
  readonly rules: HostRules;
  /** Kinds whose objects share a host by path. */
  readonly routingKinds: ReadonlySet<string>;
};

/** A claim that is not against the rules, as far as it is not; `refusal`: why it is another one's name, null = it may be its own. */
type Candidate = { readonly claim: ClusterClaim; readonly refusal: string | null };

/** Hundreds of objects may claim one name: a few reports are enough for a reader. */
const RIVALS_REPORTED_MAX = 16;

/** `claims`: in order of precedence. `above`: the owners of hosts above who have a say. */
export function resolveHost(
  host: Host,
  claims: readonly ClusterClaim[],
  ownership: OwnershipRules & { readonly above: readonly Above[] },
): Resolution {
  const problems: ClaimProblem[] = [];
  const report: ReportProblem = ({ cluster, declaration }, reason, sentence, isPassing = false) => {
    const object = objectKey(declaration);
    problems.push({ host, cluster, object, reason, sentence, ...(isPassing && { isPassing }) });
  };
  const allowed = claims.flatMap((claim): Candidate[] => {
    const part = allowedPart(host, claim, ownership, report);
    return part === null ? [] : [{ claim: part, refusal: refusalBelow(part, ownership.above) }];
  });
  const entitled = allowed.flatMap(({ claim, refusal }) => (refusal === null ? [claim] : []));
  const [first] = entitled;
  if (first === undefined) {
    for (const { claim, refusal } of allowed.slice(0, RIVALS_REPORTED_MAX))
      report(claim, "other owner", refusal ?? "");
    return { answer: null, problems };
  }
  const doesAgree = agreementWith(first, entitled, ownership.routingKinds);
  const isOwner = ({ claim, refusal }: Candidate): boolean => refusal === null && doesAgree(claim);
  const owners = allowed.filter(isOwner).map(({ claim }) => claim);
  const others = allowed.length === owners.length ? [] : allowed.filter((one) => !isOwner(one));
  const [guests, rivals] = others.length === 0 ? [[], []] : guestsAmong(others, owners);
  for (const { claim, refusal } of rivals.slice(0, RIVALS_REPORTED_MAX)) {
    report(claim, "other owner", refusal ?? `${titleOf(first)} has this name: ${FIRST}`);
    report(first, "other owner", `${titleOf(claim)} claims this name too, and is not answered`, true);
  }
  const joined = joinClaims(host, [...owners, ...guests], report);
  return { answer: { ...joined, isApex: ownership.decision.isApex }, problems };
}

const FIRST = "it is older, or comes first among equals";

/** The first that may have the host, if the claims are in order of precedence. */
export function firstEntitled(
  host: Host,
  claims: readonly ClusterClaim[],
  ownership: OwnershipRules,
  above: readonly Above[],
): ClusterClaim | undefined {
  return claims.find(
    (claim) =>
      allowedPart(host, claim, ownership, () => undefined) !== null && refusalBelow(claim, above) === null,
  );
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

/** Where the owners lead in one cluster. */
type Known = { readonly places: Set<string>; readonly target: Claim["target"] };

/** Those that lead to addresses of owners in the same cluster and to no others, as far as they count; and the rest. */
function guestsAmong(
  others: readonly Candidate[],
  owners: readonly ClusterClaim[],
): readonly [guests: readonly ClusterClaim[], rivals: readonly Candidate[]] {
  const byCluster = new Map<string, Known>();
  for (const owner of owners) {
    const { target } = owner.claim;
    const known = byCluster.get(owner.cluster);
    const places = known?.places ?? new Set();
    for (const place of placesOf(owner)) places.add(place);
    byCluster.set(owner.cluster, { places, target: known?.target ?? target });
  }
  const guests: ClusterClaim[] = [];
  const rivals: Candidate[] = [];
  for (const other of others) {
    const { claim } = other;
    const known = byCluster.get(claim.cluster);
    const places = placesOf(claim);
    const isGuest = known !== undefined && places.length > 0 && places.every((one) => known.places.has(one));
    if (isGuest) guests.push(readinessOf(claim, known.target));
    else rivals.push(other);
  }
  return [guests, rivals];
}

/** Addresses and names of balancers. */
function placesOf({ claim: { target, announced = [] } }: ClusterClaim): readonly string[] {
  return target?.kind === "addresses" ? [...target.addresses, ...target.hostnames] : announced;
}

/** `target`: that of an owner, so that nothing is answered twice. */
function readinessOf({ declaration, claim, ...where }: ClusterClaim, target: Claim["target"]): ClusterClaim {
  const { annotations: _, ...rest } = declaration;
  // One whose readiness is not known says nothing.
  const services = claim.services ?? [];
  return { ...where, declaration: rest, claim: { ...claim, target, services, rrsets: [], ttlSeconds: null } };
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
