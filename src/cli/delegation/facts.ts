/** What was seen of one delegation: what the parent zone says, what the settings say, and how each nameserver answers. */

/** `name` in lower case without a final dot; `addresses` in canonical spelling. */
export type NamedServer = { readonly name: string; readonly addresses: readonly string[] };

export type NsSet = {
  readonly nameservers: readonly NamedServer[];
  /** TTL of the NS records. */
  readonly ttlSeconds: number;
};

/**
 * How one server of the parent zone answers the question for the NS records of the zone. `hosted`: it serves the zone itself,
 * so that its own delegation cannot be seen. `absent`: NXDOMAIN or no data. `failed`: no answer, or an error.
 */
export type ParentFacts = {
  /** ADDRESS or ADDRESS:PORT, for people. */
  readonly server: string;
  readonly kind: "referral" | "hosted" | "absent" | "failed";
  /** For `failed`: why. */
  readonly why: string;
  /** For `referral`: the NS records with their glue. */
  readonly set: NsSet | null;
  readonly hasDs: boolean;
};

/** `silent`: no answer; `unreachable`: this machine has no route to it, which says nothing about the server. */
export type ServerAnswer =
  | {
      readonly kind: "answer";
      readonly isAuthoritative: boolean;
      /** "NOERROR", "REFUSED", … */
      readonly rcode: string;
      /** Null: no SOA record of the zone in the answer. */
      readonly serial: number | null;
      readonly hasEdns: boolean;
    }
  | { readonly kind: "silent" | "unreachable"; readonly why: string };

/** How one address of one nameserver answers. */
export type ServerFacts = {
  readonly name: string;
  readonly address: string;
  readonly udp: ServerAnswer;
  readonly tcp: ServerAnswer;
  /** The NS records that it has at the apex of the zone, with the addresses that it gives for names in the zone. */
  readonly apex: NsSet | null;
};

export type DelegationFacts = {
  /** Without a final dot. */
  readonly zone: string;
  /** "" when it is not known. */
  readonly parent: string;
  /** Why the parent could not be found; "" if it was. */
  readonly parentProblem: string;
  readonly parents: readonly ParentFacts[];
  /** The nameservers of the settings; null: the zone is not one of the settings'. */
  readonly settings: readonly NamedServer[] | null;
  readonly servers: readonly ServerFacts[];
  /** Nameservers for which no address is known. */
  readonly unresolved: readonly string[];
  /** Nameservers whose name is an alias. */
  readonly aliases: readonly string[];
};

/** True when `name` is `zone` or below it. */
export function isInDomain(name: string, zone: string): boolean {
  return zone === "" || name === zone || name.endsWith(`.${zone}`);
}

export function isLame(answer: ServerAnswer): boolean {
  return answer.kind === "answer" && (!answer.isAuthoritative || answer.serial === null);
}

/** The nameservers that the zone should have, and where that is written. */
export function wantedNameservers(facts: DelegationFacts): {
  readonly nameservers: readonly NamedServer[];
  readonly source: "the settings" | "the zone" | "nothing";
} {
  if (facts.settings !== null) return { nameservers: facts.settings, source: "the settings" };
  const apex = facts.servers.find(({ apex: found, udp }) => found !== null && !isLame(udp))?.apex;
  return apex === undefined || apex === null
    ? { nameservers: [], source: "nothing" }
    : { nameservers: apex.nameservers, source: "the zone" };
}

/** The names in the NS records of all servers of the parent, with their glue. */
export function delegatedNames({ parents }: DelegationFacts): ReadonlyMap<string, ReadonlySet<string>> {
  const names = new Map<string, Set<string>>();
  for (const { name, addresses } of parents.flatMap(({ set }) => set?.nameservers ?? [])) {
    const glue = names.get(name) ?? new Set<string>();
    names.set(name, glue);
    for (const address of addresses) glue.add(address);
  }
  return names;
}
