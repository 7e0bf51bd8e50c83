/**
 * What hosts of the members add to the nodes of zones and ladders: nodes of their own, the empty non-terminals above
 * them, and what lookup must know. A host that comes or goes touches its own name and those above it, and no others.
 */
import { RecordType } from "../dns/code.ts";
import { isAtOrBelow, type Name, nameOf, parentOf } from "../dns/name.ts";
import { type RRset, sameRRsets } from "../dns/record.ts";
import { keyOf } from "../federation/federation.ts";
import { nodeFlags, nodeName, nodeRRsets, recordsOf } from "../snapshot/decode.ts";
import { Header, HOSTS, type Memory, NodeFlag, ZONES_AT } from "../snapshot/layout.ts";
import { keyOfName } from "../zone/zone.ts";
import { pooledService } from "./saved.ts";
import type { Structure } from "./structure.ts";

export type HostContent = {
  /** A member has addresses for it, or is to have some. */
  readonly hasPool: boolean;
  /** Records that are no addresses. */
  readonly rrsets: readonly RRset[];
};

/** A zone around a name that it does not have, and the flags that the name has for that. */
export type Surroundings = { readonly zone: number; readonly origin: Name; readonly flags: number };

type Host = { readonly name: Name; readonly content: HostContent };
type Ancestor = { readonly name: Name; hosts: number };

export class HostNodes {
  /** By keyOfName. */
  readonly #hosts: Map<string, Host> = new Map();
  /** Names that have hosts below them. */
  readonly #above: Map<string, Ancestor> = new Map();
  /** Hosts that are zone cuts. */
  #cuts = 0;

  /** Hosts, and the names above them. */
  get names(): readonly Name[] {
    return [...this.#hosts.values(), ...this.#above.values()].map(({ name }) => name);
  }

  /** `host` as keyOf has it; `content` null: it is not there. Returns the names of which the nodes may have changed. */
  set(host: string, content: HostContent | null): readonly Name[] {
    const name = nameOf(host);
    const key = keyOfName(name);
    const before = this.#hosts.get(key);
    if (sameContent(before?.content ?? null, content)) return [];
    if (content === null) this.#hosts.delete(key);
    else this.#hosts.set(key, { name, content });
    const touched = [name];
    if ((before === undefined) !== (content === null))
      touched.push(...this.#count(name, content === null ? -1 : 1));
    const [wasCut, isCut] = [isCutIn(before?.content ?? null), isCutIn(content)];
    if (wasCut === isCut) return touched;
    this.#cuts += isCut ? 1 : -1;
    return [...touched, ...this.names.filter((one) => isAtOrBelow(one, name))];
  }

  /** One more host below all names above `name`, or one less; those of which the node changes by that. */
  #count(name: Name, by: 1 | -1): Name[] {
    const touched: Name[] = isWildcard(name) ? [parentOf(name)] : [];
    for (let above = parentOf(name); above.length > 1; above = parentOf(above)) {
      const key = keyOfName(above);
      const known = this.#above.get(key) ?? { name: above, hosts: 0 };
      known.hosts += by;
      if (known.hosts === 0) this.#above.delete(key);
      else this.#above.set(key, known);
      if (known.hosts === (by === 1 ? 1 : 0)) touched.push(above);
    }
    return touched;
  }

  /**
   * What must stand at `name`, where zones and ladders have `known`; undefined = nothing. What a zone has at a name goes
   * before what a host has there. `around` is asked where zones have nothing; it has nothing to say outside of them.
   */
  at(
    name: Name,
    known: Structure | undefined,
    around: () => Surroundings | undefined,
  ): Structure | undefined {
    if (this.#hosts.size === 0) return known;
    const key = keyOfName(name);
    const host = this.#hosts.get(key);
    const isAbove = this.#above.has(key);
    if (host === undefined && !isAbove) return known;
    const base = known ?? baseAt(name, around());
    if (base === undefined) return undefined;
    let { flags } = base.node;
    let { rrsets } = base.node;
    if (isAbove && this.#hosts.has(`\u0001*${key}`)) flags |= NodeFlag.Wildcard;
    if (known === undefined && this.#isBelowCut(name, base.origin)) flags |= NodeFlag.Shadowed;
    if (host !== undefined && rrsets.length === 0) {
      flags |= flagsOf(host.content);
      ({ rrsets } = host.content);
    }
    return { node: { ...base.node, flags, rrsets }, origin: base.origin };
  }

  #isBelowCut(name: Name, origin: Name): boolean {
    if (this.#cuts === 0) return false;
    for (let above = parentOf(name); above.length > origin.length; above = parentOf(above))
      if (isCutIn(this.#hosts.get(keyOfName(above))?.content ?? null)) return true;
    return false;
  }
}

function baseAt(name: Name, around: Surroundings | undefined): Structure | undefined {
  if (around === undefined) return undefined;
  const { zone, origin, flags } = around;
  return { node: { zone, name, flags, rrsets: [], level: null }, origin };
}

function flagsOf({ hasPool, rrsets }: HostContent): number {
  let flags: number = NodeFlag.Claimed | (hasPool ? NodeFlag.Pool : 0);
  for (const { type } of rrsets) {
    if (type === RecordType.CNAME) flags |= NodeFlag.Cname;
    if (type === RecordType.NS) flags |= NodeFlag.Cut;
  }
  return flags;
}

function isCutIn(content: HostContent | null): boolean {
  return content !== null && content.rrsets.some(({ type }) => type === RecordType.NS);
}

function isWildcard(name: Name): boolean {
  return name[0] === 1 && name[1] === 0x2a;
}

function sameContent(a: HostContent | null, b: HostContent | null): boolean {
  if (a === null || b === null) return a === b;
  return a.hasPool === b.hasPool && sameRRsets(a.rrsets, b.rrsets);
}

/** Hosts of the picture that an earlier run has left, with their records. */
export function hostsIn(memory: Memory): ReadonlyMap<string, HostContent> {
  const hosts = new Map<string, HostContent>();
  for (const at of recordsOf(memory, Header.Nodes)) {
    const flags = nodeFlags(memory, at);
    if ((flags & NodeFlag.Claimed) === 0) continue;
    const apex = memory.u32[ZONES_AT + ((memory.u32[at + 3] as number) >>> 16)] as number;
    const name = nodeName(memory, at);
    const rrsets = nodeRRsets(memory, at, nodeName(memory, apex));
    hosts.set(keyOf(pooledService(HOSTS, name.subarray(0, -1))), {
      hasPool: (flags & NodeFlag.Pool) !== 0,
      rrsets,
    });
  }
  return hosts;
}
