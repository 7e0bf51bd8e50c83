/** The members that are wanted, as their sources name them, and one list made of several sources. */
import type { NamespaceLimits } from "../../federation/hosts/namespace-filter.ts";
import type { Coordinates } from "../../federation/members/distance.ts";
import type { AddressRulesText } from "../../federation/members/refused.ts";
import type { Clock } from "../../kernel/clock.ts";
import type { CredentialsSource } from "../credentials/credentials-source.ts";
import type { KubeconfigTerms } from "../credentials/kubeconfig-trust.ts";
import { KubeconfigFile } from "../credentials/kubeconfig-file.ts";

/** One member as a source names it. */
export type WantedMember = {
  readonly name: string;
  readonly credentials: CredentialsSource;
  /** Null = from the labels of the nodes. */
  readonly region: string | null;
  /** Null = from the labels of the nodes; none without a region. */
  readonly zones: readonly string[] | null;
  readonly location: Coordinates | null;
  /** Networks (CIDR) of the addresses that it may announce, and of those that it may not. */
  readonly addresses: AddressRulesText;
  /** Which namespaces may declare names and steer traffic; absent = all. */
  readonly namespaces?: NamespaceLimits;
};

/** What is odd about a member or a wish for one, for /status and the log. */
export type MemberCondition = {
  readonly name: string;
  /** The source that wants it, or that has not said yet whether it does. */
  readonly source: string;
  readonly reason: "NameTaken" | "FleetFull" | "NumberInUse" | "Unconfirmed";
  readonly message: string;
};

/** `members` null: the source has not said yet which members it wants. */
type MemberOffer = { readonly source: string; readonly members: readonly WantedMember[] | null };
export type OfferedMember = { readonly source: string; readonly member: WantedMember };

/**
 * Pure. `offers`: the source that wins first.
 *
 *   settings | host   | members               | conditions
 *   a, b     | c      | a, b, c
 *   a        | a, b   | a of the settings, b  | a of the host: NameTaken
 */
export function mergeMembers(offers: readonly MemberOffer[]): {
  readonly members: readonly OfferedMember[];
  readonly conditions: readonly MemberCondition[];
} {
  const members = new Map<string, OfferedMember>();
  const conditions: MemberCondition[] = [];
  for (const { source, members: wanted } of offers) {
    for (const member of wanted ?? []) {
      const { name } = member;
      const first = members.get(name);
      if (first === undefined) members.set(name, { source, member });
      else conditions.push({ name, source, reason: "NameTaken", message: takenText(first.source, source) });
    }
  }
  return { members: [...members.values()], conditions };
}

function takenText(winner: string, loser: string): string {
  return winner === loser
    ? `two clusters of this name are named in the ${loser}, and the first one counts; rename the other`
    : `a cluster of this name is named in the ${winner}, and that one counts; rename or remove one of the two`;
}

type ClusterSettings = Omit<WantedMember, "credentials"> & {
  /** Path of the file. */
  readonly kubeconfig: string;
  /** Null = the file's current context. */
  readonly context: string | null;
};

/** The members that the settings name. Without `terms`, their kubeconfigs may do nothing but name servers. */
export function membersOfSettings(
  clusters: readonly ClusterSettings[],
  clock: Clock,
  terms?: KubeconfigTerms,
): WantedMember[] {
  return clusters.map(({ kubeconfig, context, ...member }) => {
    const { name, region, zones, location, addresses, namespaces } = member;
    const source = { path: kubeconfig, ...(context === null ? {} : { context }) };
    const credentials = new KubeconfigFile(source, clock, terms);
    const limits = namespaces === undefined ? {} : { namespaces };
    return { name, credentials, region, zones, location, addresses, ...limits };
  });
}
