/** Who may claim which host names, as the settings say: the rule with the longest suffix decides, and no rule is no. */
import { type Host, isWithin, underWildcard } from "./host.ts";

export type HostRule = {
  /** A host at or below it is meant; a wildcard when what it is below of is. */
  readonly suffix: string;
  /** Names of clusters; empty = any. */
  readonly clusters: readonly string[];
  /** Empty = any. */
  readonly namespaces: readonly string[];
  /**
   * NS records as well. Whoever has those of a name has all names below it, whoever else claims them, regions of a
   * federation among them: so it is nothing for everybody. Absent = yes.
   */
  readonly delegations?: boolean;
};

export type Claimant = { readonly cluster: string; readonly namespace: string };

export class HostRules {
  /** Rules of one suffix: it is enough that one of them allows. */
  readonly #bySuffix: Map<string, HostRule[]> = new Map();

  constructor(rules: readonly HostRule[]) {
    for (const rule of rules) {
      const known = this.#bySuffix.get(rule.suffix);
      if (known === undefined) this.#bySuffix.set(rule.suffix, [rule]);
      else known.push(rule);
    }
  }

  /** Why not, as a sentence; null = it may. Rules of shorter suffixes do not count: a longer one takes its names out of them. */
  refusal(host: Host, { cluster, namespace }: Claimant): string | null {
    const rules = this.#rulesFor(host);
    if (rules === null) return "no rule in hosts speaks of this name";
    const isAllowed = rules.some(
      ({ clusters, namespaces }) => has(clusters, cluster) && has(namespaces, namespace),
    );
    if (isAllowed) return null;
    const suffix = rules[0]?.suffix ?? "";
    return `the rule for ${suffix} in hosts does not let namespace ${namespace} of cluster ${cluster} claim it`;
  }

  /** Whether one who may claim the host may hand it over to other servers. */
  mayDelegate(host: Host, { cluster, namespace }: Claimant): boolean {
    return (this.#rulesFor(host) ?? []).some(
      ({ clusters, namespaces, delegations }) =>
        delegations !== false && has(clusters, cluster) && has(namespaces, namespace),
    );
  }

  #rulesFor(host: Host): readonly HostRule[] | null {
    let name = underWildcard(host);
    for (;;) {
      const rules = this.#bySuffix.get(name);
      if (rules !== undefined) return rules;
      const dot = name.indexOf(".");
      if (dot < 0) return null;
      name = name.slice(dot + 1);
    }
  }
}

function has(allowed: readonly string[], one: string): boolean {
  return allowed.length === 0 || allowed.includes(one);
}

export type HostAuthority = {
  /** Origins of all zones we serve, without final dots. */
  readonly zones: readonly string[];
  /** Those of them that are domains of federations. */
  readonly domains: readonly string[];
  readonly nameservers: readonly string[];
  /** What zone files say stands at this very name, or above it in the way (a cut, a DNAME); null = nothing. */
  readonly occupied: (host: Host) => string | null;
};

export type ZoneScope = "inside" | "outside" | "reserved";

/** Where a host lies: in none of our zones, at a name that is not for claims, or free. */
export type HostDecision = { readonly ground: ZoneScope; readonly sentence: string };

const FREE: HostDecision = { ground: "inside", sentence: "" };

/** Names that no object of a cluster may have, whatever the rules say. Pure: asked once for each host. */
export function judgeGround(host: Host, parts: HostAuthority): HostDecision {
  const reserved = (sentence: string): HostDecision => ({ ground: "reserved", sentence });
  const name = underWildcard(host);
  if (!parts.zones.some((zone) => isWithin(name, zone)))
    return { ground: "outside", sentence: "it lies in none of the zones served here" };
  if (parts.zones.includes(host)) return reserved("the top of a zone belongs to the zone");
  if (parts.nameservers.includes(host)) return reserved("it is the name of a nameserver");
  const domain = parts.domains.find((one) => isWithin(name, one));
  if (domain !== undefined && labelsBelow(name, domain).includes("svc"))
    return reserved("names with svc in them belong to the federation's services");
  const occupant = parts.occupied(host);
  return occupant === null ? FREE : reserved(occupant);
}

function labelsBelow(name: string, domain: string): readonly string[] {
  return name === domain ? [] : name.slice(0, name.length - domain.length - 1).split(".");
}
