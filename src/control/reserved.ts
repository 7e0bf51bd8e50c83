/** Names in a federation's domain that its members' services may have: what a zone file says there is hidden or in the way. */
import { isAtOrBelow, type Name, prepend } from "../dns/name.ts";
import type { Zone, ZoneNode } from "../zone/zone.ts";

type Complaint = { readonly severity: "error" | "warning"; readonly message: string };

const SVC = [3, 0x73, 0x76, 0x63];

/**
 * `svc.DOMAIN` and all below it belong to services. Further down, `svc` stands behind a region's or zone's name, and
 * which ones there are changes with the clusters: the ladder wins there, also over a cut, DNAME or wildcard above it.
 */
export function reservedIn(generated: readonly Zone[]): (node: ZoneNode) => Complaint | null {
  const domains = generated.map(({ origin }) => ({ origin, services: prepend("svc", origin) }));
  return ({ name, rrsets }) => {
    if (rrsets.length === 0) return null;
    const domain = domains.find(({ origin }) => isAtOrBelow(name, origin));
    if (domain === undefined) return null;
    if (isAtOrBelow(name, domain.services)) {
      return { severity: "error", message: "svc and all names below it belong to the federation's services" };
    }
    if (!hasServiceLabel(name, domain.origin)) return null;
    return { severity: "warning", message: "hidden wherever a region or zone of a cluster has this name" };
  };
}

function hasServiceLabel(name: Name, origin: Name): boolean {
  for (let at = 0; at < name.length - origin.length; at += (name[at] as number) + 1) {
    if (SVC.every((octet, i) => name[at + i] === octet)) return true;
  }
  return false;
}
