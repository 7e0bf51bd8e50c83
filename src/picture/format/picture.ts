/** Reading the picture while it is being written: lookups by hash, and the fields of what they find. */
import { HEAD_MASK } from "../../dns/message/wire.ts";
import {
  DELETED,
  HEALTH_AT_OCTETS,
  heldAt,
  Header,
  Kind,
  LEVELS_AT,
  type Memory,
  NAMESPACE_WORDS,
  NODE_WORDS,
  POOL_WORDS,
  ZONES_AT,
} from "./layout.ts";

/**
 * All `find` functions return the word offset of a record, 0 = not there. The fields of a record are read straight
 * from `u32`/`u8` by those who know the layout; a record that was found never changes.
 */
export class Picture {
  readonly u8: Uint8Array;
  readonly u32: Uint32Array;
  readonly seed: number;
  /** Word offset of the first endpoint's `held`. */
  readonly heldAt: number;

  constructor(memory: Memory) {
    this.u8 = memory.u8;
    this.u32 = memory.u32;
    this.seed = (memory.u32[Header.Seed] as number) | 0;
    this.heldAt = heldAt(memory.u32[Header.EndpointCapacity] as number);
  }

  /** Moves with every commit; odd while one is being applied. */
  serial(): number {
    return Atomics.load(this.u32, Header.Serial);
  }

  /** The node whose name is `name[from, from + octets)`, lower case. */
  findNode(hash: number, name: DataView, from: number, octets: number): number {
    const { u32 } = this;
    const table = u32[Header.Nodes] as number;
    const mask = u32[Header.NodesMask] as number;
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const at = u32[table + 2 * slot + 1] as number;
      if (at === 0) return 0;
      if (at === DELETED || ((u32[table + 2 * slot] as number) | 0) !== hash) continue;
      if ((((u32[at + 3] as number) >>> 8) & 255) !== octets) continue;
      if (this.hasOctets(at + NODE_WORDS, name, from, octets)) return at;
    }
  }

  /** The pool of a service, key = its labels service and namespace in `name[from, from + octets)`, lower case. */
  findPool(hash: number, federation: number, name: DataView, from: number, octets: number): number {
    return this.findKey(hash, Kind.Pool, POOL_WORDS, federation, name, from, octets);
  }

  findNamespace(hash: number, federation: number, name: DataView, from: number, octets: number): number {
    return this.findKey(hash, Kind.Namespace, NAMESPACE_WORDS, federation, name, from, octets);
  }

  private findKey(
    hash: number,
    kind: number,
    keyAt: number,
    federation: number,
    name: DataView,
    from: number,
    octets: number,
  ): number {
    const { u32 } = this;
    const table = u32[Header.Services] as number;
    const mask = u32[Header.ServicesMask] as number;
    const head = (federation << 8) | octets;
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const at = u32[table + 2 * slot + 1] as number;
      if (at === 0) return 0;
      if (at === DELETED || ((u32[table + 2 * slot] as number) | 0) !== hash) continue;
      if ((u32[at] as number) >>> 24 !== kind || (u32[at + 3] as number) >>> 8 !== head) continue;
      if (this.hasOctets(at + keyAt, name, from, octets)) return at;
    }
  }

  /** Are the words from `at` on the octets name[from, from + octets), padded with zeros? */
  hasOctets(at: number, name: DataView, from: number, octets: number): boolean {
    const { u32 } = this;
    const end = from + (octets & ~3);
    let word = at;
    let i = from;
    for (; i < end; i += 4) if (u32[word++] !== name.getUint32(i, true)) return false;
    const rest = octets & 3;
    return (
      rest === 0 || ((u32[word] as number) | 0) === (name.getInt32(i, true) & (HEAD_MASK[rest] as number))
    );
  }

  /** The apex node of the zone that the node at `node` belongs to. */
  apexOf(node: number): number {
    return this.u32[ZONES_AT + ((this.u32[node + 3] as number) >>> 16)] as number;
  }

  levelNode(level: number): number {
    return this.u32[LEVELS_AT + level] as number;
  }

  labelsOf(node: number): number {
    return (this.u32[node + 3] as number) & 255;
  }

  /** Word offset of what follows the name of a node: the level's fields or the first RRset. */
  afterName(node: number): number {
    return node + NODE_WORDS + (((((this.u32[node + 3] as number) >>> 8) & 255) + 3) >>> 2);
  }

  /** 0 down .. 255 full. */
  health(endpoint: number): number {
    return this.u8[HEALTH_AT_OCTETS + endpoint] as number;
  }

  isComplete(): boolean {
    return this.u32[Header.Complete] === 1;
  }
}
