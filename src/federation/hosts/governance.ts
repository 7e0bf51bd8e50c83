/**
 * Whose names the names below a host are: the rule, and what follows from it for all hosts that are known. Between a host and the name that is asked about there is no boundary: a
 * name that is the suffix of a rule, or the top of a zone.
 *
 *   the name                                   belongs to the namespace of the host, unless its claim
 *   below it, from a label with "_" on         (always: _acme-challenge, _443._tcp, _dmarc)
 *   below it, another label                    is older than that of the host
 *   "*.NAME", and NAME is a host               is older
 *   NAME, and "*.NAME" is a host               is as old, or older
 *
 * An older claim stays, so that nobody gets the names of others by a claim on a name above them.
 */
import type { ClusterClaim } from "./cluster-claim.ts";
import { type Host, isWildcard, underWildcard } from "./host.ts";
import { nameAbove, type NameTree } from "./name-tree.ts";

/** Who has a host, and since when. */
type Governor = {
  readonly host: Host;
  readonly namespace: string;
  readonly sinceSeconds: number;
  readonly createdSeconds: number;
};

/** How a host that governs is related to the name that is asked about. */
type Relation = "always" | "unless older" | "if older";

/** A host whose owner may have a say. */
export type Above<T = Governor> = { readonly from: T; readonly relation: Relation };

/** A name that stands for itself: nothing above it counts. */
type IsBoundary = (name: string) => boolean;

/** The hosts above a host whose owners may have a say, the nearest first; `partner`: NAME for "*.NAME", and the other way round. */
function hostsAbove(
  host: Host,
  isBoundary: IsBoundary,
): { readonly partner: Above<Host> | null; readonly above: readonly Above<Host>[] } {
  let name = underWildcard(host);
  if (isBoundary(name)) return { partner: null, above: [] };
  const partner: Above<Host> = isWildcard(host)
    ? { from: name, relation: "unless older" }
    : { from: `*.${name}`, relation: "if older" };
  const above: Above<Host>[] = [];
  for (let next = nameAbove(name); next !== null && !isBoundary(next); next = nameAbove(next)) {
    const relation = name.startsWith("_") ? "always" : "unless older";
    above.push({ from: next, relation }, { from: `*.${next}`, relation });
    name = next;
  }
  return { partner, above };
}

function governorOf(host: Host, first: ClusterClaim | undefined): Governor | null {
  if (first === undefined) return null;
  const { namespace, createdSeconds } = first.declaration;
  return { host, namespace, createdSeconds, sinceSeconds: first.sight.sinceSeconds };
}

/** Whether the same follows from both for the names below. */
function sameGovernor(a: Governor | null, b: Governor | null): boolean {
  if (a === null || b === null) return a === b;
  return (
    a.namespace === b.namespace && a.sinceSeconds === b.sinceSeconds && a.createdSeconds === b.createdSeconds
  );
}

/** Why the name of the claim is another one's, as a sentence; null = nothing above it is against it. */
export function refusalBelow(claim: ClusterClaim, above: readonly Above[]): string | null {
  const found = above.find((one) => isRefused(claim, one));
  if (found === undefined) return null;
  const { host, namespace } = found.from;
  const name = underWildcard(host);
  return `${host} belongs to namespace ${namespace}, and the names below it with it; a rule in hosts with the suffix ${name} lets others claim them`;
}

function isRefused({ declaration, sight }: ClusterClaim, { from, relation }: Above): boolean {
  if (declaration.namespace === from.namespace) return false;
  if (relation === "always") return true;
  const age = sight.sinceSeconds - from.sinceSeconds || declaration.createdSeconds - from.createdSeconds;
  return relation === "if older" ? age > 0 : age >= 0;
}

/** Undefined: it has to be computed. */
type Known = {
  /** Without a look at its partner (hostsAbove), which may look at this one. */
  base: Governor | null | undefined;
  final: Governor | null | undefined;
  /** What the hosts below went by. */
  told: { readonly base: Governor | null; readonly final: Governor | null };
};

const NOBODY = { base: null, final: null };

type GovernorsOptions = {
  readonly names: NameTree;
  readonly isBoundary: IsBoundary;
  /** The first claim on a host that these leave; undefined = there is none. */
  readonly first: (host: Host, above: readonly Above[]) => ClusterClaim | undefined;
  /** Whose names are this host's has to be decided again. */
  readonly onHost: (host: Host) => void;
};

export class Governors {
  readonly #options: GovernorsOptions;
  readonly #known: Map<Host, Known> = new Map();

  constructor(options: GovernorsOptions) {
    this.#options = options;
  }

  /** Claims on the host have changed, or something that decides about them. */
  invalidate(host: Host): void {
    const known = this.#known.get(host);
    if (known === undefined) this.#known.set(host, { base: undefined, final: undefined, told: NOBODY });
    else known.base = known.final = undefined;
  }

  /** Whose owners have a say about the host; hears of the hosts that this one has a say about, if its owner has changed. */
  above(host: Host): readonly Above[] {
    const [base, final] = [this.#baseOf(host), this.#finalOf(host)];
    const known = this.#known.get(host);
    if (known === undefined) return this.#all(host);
    if (!sameGovernor(base, known.told.base) || !sameGovernor(final, known.told.final)) {
      known.told = { base, final };
      this.#tellBelow(host);
    }
    if (base === null && final === null) this.#known.delete(host);
    return this.#all(host);
  }

  #tellBelow(host: Host): void {
    const { names, isBoundary, onHost } = this.#options;
    for (const other of names.hostsFrom(underWildcard(host), isBoundary)) {
      if (other === host) continue;
      this.invalidate(other);
      onHost(other);
    }
  }

  #baseOf(host: Host): Governor | null {
    const known = this.#known.get(host);
    if (known === undefined) return null;
    if (known.base === undefined) known.base = this.#firstOf(host, this.#aboveStrictly(host));
    return known.base;
  }

  #finalOf(host: Host): Governor | null {
    const known = this.#known.get(host);
    if (known === undefined) return null;
    if (known.final === undefined) known.final = this.#firstOf(host, this.#all(host));
    return known.final;
  }

  #firstOf(host: Host, above: readonly Above[]): Governor | null {
    return governorOf(host, this.#options.first(host, above));
  }

  #all(host: Host): readonly Above[] {
    const { partner } = hostsAbove(host, this.#options.isBoundary);
    const strictly = this.#aboveStrictly(host);
    const from = partner === null ? null : this.#baseOf(partner.from);
    return from === null || partner === null ? strictly : [...strictly, { ...partner, from }];
  }

  #aboveStrictly(host: Host): readonly Above[] {
    return hostsAbove(host, this.#options.isBoundary).above.flatMap(({ from, relation }) => {
      const governor = this.#finalOf(from);
      return governor === null ? [] : [{ from: governor, relation }];
    });
  }
}
