/** What the picture says of members that it does not speak for (content/unread.ts): worked out from names, places and rules for hosts. */
import { isAtOrBelow, type Name } from "../../dns/message/name.ts";
import type { Federation } from "../../federation/members/federation.ts";
import { ALL_CLUSTERS } from "../format/cluster-set.ts";
import { encodeUnread, type UnreadSuffix } from "../content/unread.ts";
import type { HostSuffix, PublishedFederation } from "./node-plan.ts";

/** Names of members that the picture does not speak for. */
export type UnreadMembers = {
  /** Never read. */
  readonly unread: ReadonlySet<string>;
  /** Read, but not since the copy that the picture comes from was made. */
  readonly outdated: ReadonlySet<string>;
};

export const NONE_UNREAD: UnreadMembers = { unread: new Set(), outdated: new Set() };

export function joined(some: UnreadMembers, more: UnreadMembers): UnreadMembers {
  return {
    unread: new Set([...some.unread, ...more.unread]),
    outdated: new Set([...some.outdated, ...more.outdated]),
  };
}

/** The same object when the member is not among them. */
export function without(members: UnreadMembers, gone: string): UnreadMembers {
  if (!members.unread.has(gone) && !members.outdated.has(gone)) return members;
  const others = (names: ReadonlySet<string>): Set<string> =>
    new Set([...names].filter((name) => name !== gone));
  return { unread: others(members.unread), outdated: others(members.outdated) };
}

type UnreadParts = {
  readonly federation: Federation;
  readonly federations: readonly PublishedFederation[];
  readonly hostSuffixes: readonly HostSuffix[];
};

/** Null: there are none. */
export function unreadContent(names: UnreadMembers, parts: UnreadParts): Uint32Array | null {
  const { unread, outdated } = names;
  if (unread.size + outdated.size === 0) return null;
  const members: number[] = [];
  const placeless: number[] = [];
  for (const name of unread) {
    const member = parts.federation.member(name);
    // One without a number yet may get any.
    if (member === undefined) {
      members.push(...ALL_CLUSTERS);
      placeless.push(...ALL_CLUSTERS);
    } else {
      members.push(member.index);
      if (member.locality.places.length === 0) placeless.push(member.index);
    }
  }
  const numbers = [...outdated].map((name) => parts.federation.member(name)?.index ?? []);
  const suffixes = suffixesOf(names, placeless.length > 0, parts);
  return encodeUnread({ members, placeless, outdated: numbers.flat(), suffixes });
}

/** `isAnyPlaceless`: a region or zone may come to any of the federations' domains. */
function suffixesOf(
  { unread, outdated }: UnreadMembers,
  isAnyPlaceless: boolean,
  { federations, hostSuffixes }: UnreadParts,
): UnreadSuffix[] {
  const domains = isAnyPlaceless ? federations.map(({ domain }) => domain) : [];
  const isInDomain = (name: Name): boolean => domains.some((domain) => isAtOrBelow(name, domain));
  const mayClaim = ({ clusters }: HostSuffix, names: ReadonlySet<string>): boolean =>
    names.size > 0 && (clusters.length === 0 || clusters.some((cluster) => names.has(cluster)));
  const ofHosts = hostSuffixes.map((suffix) => ({
    name: suffix.name,
    mayDeclare: mayClaim(suffix, unread) || isInDomain(suffix.name),
    mayAdd: mayClaim(suffix, outdated),
  }));
  return [...domains.map((name) => ({ name, mayDeclare: true, mayAdd: false })), ...ofHosts];
}
