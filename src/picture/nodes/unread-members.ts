/** What the picture says of members that were never read (content/unread.ts): worked out from names, places and rules for hosts. */
import { isAtOrBelow, type Name } from "../../dns/message/name.ts";
import type { Federation } from "../../federation/members/federation.ts";
import { CLUSTERS_MAX } from "../format/cluster-set.ts";
import { encodeUnread, type UnreadSuffix } from "../content/unread.ts";
import type { HostSuffix, PublishedFederation } from "./node-plan.ts";

type UnreadParts = {
  readonly federation: Federation;
  readonly federations: readonly PublishedFederation[];
  readonly hostSuffixes: readonly HostSuffix[];
};

const ALL: readonly number[] = Array.from({ length: CLUSTERS_MAX }, (_, index) => index);

/** `names`: of members that were never read. Null: there are none. */
export function unreadContent(names: ReadonlySet<string>, parts: UnreadParts): Uint32Array | null {
  if (names.size === 0) return null;
  const members: number[] = [];
  const placeless: number[] = [];
  for (const name of names) {
    const member = parts.federation.member(name);
    // One without a number yet may get any.
    if (member === undefined)
      return encodeUnread({ members: ALL, placeless: ALL, suffixes: suffixesOf(names, true, parts) });
    members.push(member.index);
    if (member.locality.places.length === 0) placeless.push(member.index);
  }
  return encodeUnread({ members, placeless, suffixes: suffixesOf(names, placeless.length > 0, parts) });
}

/** `isAnyPlaceless`: a region or zone may come to any of the federations' domains. */
function suffixesOf(
  names: ReadonlySet<string>,
  isAnyPlaceless: boolean,
  { federations, hostSuffixes }: UnreadParts,
): UnreadSuffix[] {
  const domains = isAnyPlaceless ? federations.map(({ domain }) => domain) : [];
  const isInDomain = (name: Name): boolean => domains.some((domain) => isAtOrBelow(name, domain));
  const mayClaim = ({ clusters }: HostSuffix): boolean =>
    clusters.length === 0 || clusters.some((cluster) => names.has(cluster));
  const ofHosts = hostSuffixes.map((suffix) => ({
    name: suffix.name,
    isOpen: mayClaim(suffix) || isInDomain(suffix.name),
  }));
  return [...domains.map((name) => ({ name, isOpen: true })), ...ofHosts];
}
