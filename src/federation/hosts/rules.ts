/** Which cluster and namespace may claim which host names, as `hosts` in the settings says: the longest suffix decides. */
import { type Host, underWildcard } from "./host.ts";

export type HostRule = {
  /** Applies to hosts at and below it; a wildcard counts as the name it stands below. */
  readonly suffix: string;
  /** Names of clusters; empty = any. */
  readonly clusters: readonly string[];
  /** Empty = any. */
  readonly namespaces: readonly string[];
  /**
   * Whether NS records may be claimed too; absent = yes. The owner of a delegation gets every name below it, even those
   * that others claim and the regions of a federation, so the settings do not allow it by default.
   */
  readonly delegations?: boolean;
};

type Claimant = { readonly cluster: string; readonly namespace: string };

export class HostRules {
  /** Several rules may have one suffix: it is enough that one of them allows a claim. */
  readonly #bySuffix: Map<string, HostRule[]> = new Map();

  constructor(rules: readonly HostRule[]) {
    for (const rule of rules) {
      const known = this.#bySuffix.get(rule.suffix);
      if (known === undefined) this.#bySuffix.set(rule.suffix, [rule]);
      else known.push(rule);
    }
  }

  /** Why the claim is refused, as a sentence; null = it is allowed. Shorter suffixes do not count: the longest one replaces them. */
  refusal(host: Host, { cluster, namespace }: Claimant): string | null {
    const rules = this.#rulesFor(host);
    if (rules === null) return "no rule in hosts covers this name";
    const isAllowed = rules.some(
      ({ clusters, namespaces }) => has(clusters, cluster) && has(namespaces, namespace),
    );
    if (isAllowed) return null;
    const suffix = rules[0]?.suffix ?? "";
    return `the rule for ${suffix} in hosts does not let namespace ${namespace} of cluster ${cluster} claim it`;
  }

  /** Whether a rule has exactly this name as its suffix. */
  names(host: Host): boolean {
    return this.#bySuffix.has(host);
  }

  /** Whether a claimant who may claim the host may delegate it to other servers. */
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
