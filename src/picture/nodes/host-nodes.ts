/**
 * What hosts of the members add to the nodes of zones and ladders: nodes of their own, the empty non-terminals above
 * them, and what lookup must know. A host that comes or goes touches its own name and those above it, and no others.
 */
import { RecordType } from "../../dns/message/code.ts";
import { type Name, nameOf } from "../../dns/message/name.ts";
import { type RRset, sameRRsets } from "../../dns/message/record.ts";
import { keyOf } from "../../federation/members/federation.ts";
import { nodeName, rrsetsOf } from "../content/decode.ts";
import type { Memory } from "../format/memory.ts";
import { HOSTS, NodeFlag, nodeFlags, nodeZone } from "../format/node.ts";
import { apexOfZone } from "../format/picture.ts";
import { NODES, recordsOf } from "../format/table.ts";
import { isKeyAtOrBelow, keyOfName, parentKey } from "../../dns/zone/zone.ts";
import type { KeyedName, Structure, Surroundings } from "./node-plan.ts";
import { pooledService } from "./pool-key.ts";

export type HostContent = {
  /** A member has addresses for it, or is to have some. */
  readonly hasPool: boolean;
  /** Records that are no addresses. */
  readonly rrsets: readonly RRset[];
};

/** Names are kept as their keys (keyOfName): of tens of thousands of hosts, few are looked at again. */
export class HostNodes {
  readonly #hosts: Map<string, HostContent> = new Map();
  /** Names that have hosts below them, and how many. */
  readonly #above: Map<string, number> = new Map();
  /** Hosts that are zone cuts, or have a DNAME. */
  #cuts = 0;

  /** Hosts, and the names above them. */
  get keys(): readonly string[] {
    return [...new Set([...this.#hosts.keys(), ...this.#above.keys()])];
  }

  /** `host` as keyOf has it; `content` null: it is not there. Returns the keys of the names whose nodes may have changed. */
  set(host: string, content: HostContent | null): readonly string[] {
    const key = keyOfName(nameOf(host));
    const before = this.#hosts.get(key) ?? null;
    if (sameContent(before, content)) return [];
    if (content === null) this.#hosts.delete(key);
    else this.#hosts.set(key, content);
    const touched = [key];
    if ((before === null) !== (content === null))
      touched.push(...this.#count(key, content === null ? -1 : 1));
    const [wasCut, isCut] = [isCutIn(before), isCutIn(content)];
    if (wasCut === isCut) return touched;
    this.#cuts += isCut ? 1 : -1;
    return [...touched, ...this.keys.filter((one) => isKeyAtOrBelow(one, key))];
  }

  /** Counts one host more or less below all names above `key`; returns the keys whose nodes change by that. */
  #count(key: string, by: 1 | -1): string[] {
    const touched = key.startsWith(WILDCARD) ? [parentKey(key)] : [];
    for (let above = parentKey(key); above.length > 1; above = parentKey(above)) {
      const hosts = (this.#above.get(above) ?? 0) + by;
      if (hosts === 0) this.#above.delete(above);
      else this.#above.set(above, hosts);
      if (hosts === (by === 1 ? 1 : 0)) touched.push(above);
    }
    return touched;
  }

  /**
   * What must stand at `name`, where zones and ladders have `known`; undefined = nothing. What a zone has at a name comes
   * before what a host has there; only SOA and NS of an apex are beside it. `around` is called where zones have nothing; it is undefined outside of zones.
   */
  at(
    { name, key }: KeyedName,
    known: Structure | undefined,
    around: () => Surroundings | undefined,
  ): Structure | undefined {
    if (this.#hosts.size === 0) return known;
    const host = this.#hosts.get(key);
    const isAbove = this.#above.has(key);
    if (host === undefined && !isAbove) return known;
    const base = known ?? baseAt(name, around());
    if (base === undefined) return undefined;
    let { flags } = base.node;
    let { rrsets } = base.node;
    if (isAbove && this.#hosts.has(WILDCARD + key)) flags |= NodeFlag.Wildcard;
    if (known === undefined && this.#isBelowCut(key, base.origin)) flags |= NodeFlag.Shadowed;
    if (host !== undefined && rrsets.every(({ type }) => BESIDE_HOST.has(type))) {
      flags |= flagsOf(host);
      rrsets = rrsets.length === 0 ? host.rrsets : [...rrsets, ...host.rrsets];
    }
    return { node: { ...base.node, flags, rrsets }, origin: base.origin };
  }

  #isBelowCut(key: string, origin: Name): boolean {
    if (this.#cuts === 0) return false;
    for (let above = parentKey(key); above.length > origin.length; above = parentKey(above))
      if (isCutIn(this.#hosts.get(above) ?? null)) return true;
    return false;
  }
}

/** What a zone has at its apex although objects claim other records there. */
const BESIDE_HOST: ReadonlySet<number> = new Set([RecordType.SOA, RecordType.NS, RecordType.DS]);

/** The label "*" on the wire. */
const WILDCARD = "\u0001*";

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
    if (type === RecordType.DNAME) flags |= NodeFlag.Dname;
  }
  return flags;
}

/** Names below such records live elsewhere. */
const CUTTING: ReadonlySet<number> = new Set([RecordType.NS, RecordType.DNAME]);

function isCutIn(content: HostContent | null): boolean {
  return content !== null && content.rrsets.some(({ type }) => CUTTING.has(type));
}

function sameContent(a: HostContent | null, b: HostContent | null): boolean {
  if (a === null || b === null) return a === b;
  return a.hasPool === b.hasPool && sameRRsets(a.rrsets, b.rrsets);
}

/** Hosts of the picture that an earlier run has left, with their records. */
export function hostsIn(memory: Memory): ReadonlyMap<string, HostContent> {
  const hosts = new Map<string, HostContent>();
  for (const at of recordsOf(memory.u32, NODES)) {
    const flags = nodeFlags(memory.u32, at);
    if ((flags & NodeFlag.Claimed) === 0) continue;
    const apex = apexOfZone(memory.u32, nodeZone(memory.u32, at));
    const name = nodeName(memory, at);
    const all = rrsetsOf(memory, at, nodeName(memory, apex));
    const rrsets = at === apex ? all.filter(({ type }) => !BESIDE_HOST.has(type)) : all;
    hosts.set(keyOf(pooledService(HOSTS, name.subarray(0, -1))), {
      hasPool: (flags & NodeFlag.Pool) !== 0,
      rrsets,
    });
  }
  return hosts;
}
