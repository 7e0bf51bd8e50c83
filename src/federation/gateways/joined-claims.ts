/** What a Gateway or route declares: one claim for each host, however many listeners and Gateways lead to it. */
import { joinedServices, union } from "./attach.ts";
import type { Claim, Fault, HostDeclaration } from "../hosts/declaration.ts";
import type { Host } from "../hosts/host.ts";

export function declarationOf(
  kind: string,
  { namespace, name, uid, createdSeconds, annotations }: Omit<HostDeclaration, "kind" | "claims" | "faults">,
  claims: readonly Claim[],
  faults: readonly Fault[],
): HostDeclaration {
  return {
    kind,
    namespace,
    name,
    createdSeconds,
    ...(uid !== undefined && { uid }),
    claims,
    ...(annotations !== undefined && { annotations }),
    ...(faults.length > 0 && { faults }),
  };
}

/** The same host through two Gateways, or from two routes of one Gateway: the claims are joined. */
export function addClaim(claims: Map<Host, Claim>, claim: Claim): void {
  const known = claims.get(claim.host);
  if (known === undefined) claims.set(claim.host, claim);
  else if ((known.isTentative ?? false) === (claim.isTentative ?? false))
    claims.set(claim.host, joined(known, claim));
  // What is known to be served comes before what may have been.
  else if (known.isTentative === true) claims.set(claim.host, claim);
}

function joined(a: Claim, b: Claim): Claim {
  const services = joinedServices(a.services, b.services);
  const ttls = [a.ttlSeconds, b.ttlSeconds].filter((ttl) => ttl !== null);
  const ttlSeconds = ttls.length === 0 ? null : Math.min(...ttls);
  const gateways = union(a.gateways, b.gateways);
  if (a.target?.kind !== "addresses" || b.target?.kind !== "addresses")
    return { ...a, services, ttlSeconds, gateways };
  const target = {
    kind: "addresses",
    addresses: union(a.target.addresses, b.target.addresses),
    hostnames: union(a.target.hostnames, b.target.hostnames),
    ...((a.target.isOfTenant === true || b.target.isOfTenant === true) && { isOfTenant: true }),
  } as const;
  return { ...a, target, services, ttlSeconds, gateways };
}
