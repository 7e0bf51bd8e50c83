/** Reading the picture while it is being written: the header, and look-ups by hash. */
import { HEAD_MASK } from "../../dns/message/wire.ts";
import * as inPlaceModule from "./in-place.ts";
import * as layoutFields from "./layout.ts";
import { Header } from "./layout.ts";
import * as memoryModule from "./memory.ts";
import type { Memory, PictureOctets, PictureWords } from "./memory.ts";
import * as nodeFields from "./node.ts";
import type { LevelAt, NodeAt } from "./node.ts";
import * as poolFields from "./pool.ts";
import type { NamespaceAt, PoolAt, ServiceAt } from "./pool.ts";
import * as recordModule from "./record.ts";
import { Kind } from "./record.ts";
import * as serialModule from "./serial.ts";
import * as tableModule from "./table.ts";

// Constants of this module, since V8 folds those and not the imported ones (picture/format/memory.ts).
const { healthOf } = inPlaceModule;
const { cachedUntilAt, freshUntilAt, LEVELS_AT, ZONES_AT } = layoutFields;
const { NONE, word } = memoryModule;
const { nodeNameAt, nodeNameOctets, nodeZone } = nodeFields;
const { hasKeyOf, NAMESPACE_WORDS, POOL_WORDS } = poolFields;
const { recordKind } = recordModule;
const { serialAfter, serialBefore } = serialModule;
const { DELETED, EMPTY, slotAt, slotHash, slotRecord, tableAt, tableMask } = tableModule;

/** A record that was found never changes. All `find` functions return NONE for what is not there. */
export class Picture {
  readonly u8: PictureOctets;
  readonly u32: PictureWords;
  readonly seed: number;
  /** Word offset of the first endpoint's `cachedUntil`. */
  readonly cachedUntilAt: number;
  /** Word offset of the first endpoint's `freshUntil`. */
  readonly freshUntilAt: number;

  constructor(memory: Memory) {
    this.u8 = memory.u8;
    this.u32 = memory.u32;
    this.seed = word(memory.u32, Header.Seed) | 0;
    const capacity = word(memory.u32, Header.EndpointCapacity);
    this.cachedUntilAt = cachedUntilAt(capacity);
    this.freshUntilAt = freshUntilAt(capacity);
  }

  /** Moves with every commit; odd while one is being applied. To be read before anything else (serial.ts). */
  serial(): number {
    return serialBefore(this.u32);
  }

  /** The serial again, after all that was read: the same and even = what was read is of one commit. */
  serialAgain(): number {
    return serialAfter(this.u32);
  }

  /** False before control has written anything: then not even the zones are known. */
  isWritten(): boolean {
    return word(this.u32, Header.CommittedAt) !== 0;
  }

  /** 0 down .. 255 full. */
  health(endpoint: number): number {
    return healthOf(this.u8, endpoint);
  }

  soaSerial(): number {
    return word(this.u32, Header.SoaSerial);
  }

  /** The TTL of pools that have none of their own. */
  ttlSeconds(): number {
    return word(this.u32, Header.TtlSeconds);
  }

  /** The most addresses in one answer, of pools that do not say. */
  answersMax(): number {
    return word(this.u32, Header.AnswersMax);
  }

  /** In 65,535ths: a tier with a smaller part of its wanted endpoints gives some of its load to the next. */
  spillBelow(): number {
    return word(this.u32, Header.SpillBelow);
  }

  /** The node whose name is `name[from, from + octets)`, lower case. */
  findNode(hash: number, name: DataView, from: number, octets: number): NodeAt {
    const { u32 } = this;
    const place = word(u32, Header.Nodes);
    const table = tableAt(place);
    const mask = tableMask(place);
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const at = slotAt(table, slot);
      const node = slotRecord(u32, at) as NodeAt;
      if (node === EMPTY) return NONE;
      if (node === DELETED || (slotHash(u32, at) | 0) !== hash) continue;
      if (nodeNameOctets(u32, node) !== octets) continue;
      if (this.hasOctets(nodeNameAt(node), name, from, octets)) return node;
    }
  }

  /** The pool of a service, key = its labels service and namespace in `name[from, from + octets)`, lower case. */
  findPool(hash: number, federation: number, name: DataView, from: number, octets: number): PoolAt {
    return this.#findKey(hash, Kind.Pool, POOL_WORDS, federation, name, from, octets) as PoolAt;
  }

  findNamespace(hash: number, federation: number, name: DataView, from: number, octets: number): NamespaceAt {
    return this.#findKey(
      hash,
      Kind.Namespace,
      NAMESPACE_WORDS,
      federation,
      name,
      from,
      octets,
    ) as NamespaceAt;
  }

  #findKey(
    hash: number,
    kind: Kind,
    keyWord: number,
    federation: number,
    name: DataView,
    from: number,
    octets: number,
  ): ServiceAt {
    const { u32 } = this;
    const place = word(u32, Header.Services);
    const table = tableAt(place);
    const mask = tableMask(place);
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const at = slotAt(table, slot);
      const service = slotRecord(u32, at) as ServiceAt;
      if (service === EMPTY) return NONE;
      if (service === DELETED || (slotHash(u32, at) | 0) !== hash) continue;
      if (recordKind(u32, service) !== kind || !hasKeyOf(u32, service, federation, octets)) continue;
      if (this.hasOctets(service + keyWord, name, from, octets)) return service;
    }
  }

  /** Are the words from `at` on the octets name[from, from + octets), padded with zeros? */
  hasOctets(at: number, name: DataView, from: number, octets: number): boolean {
    const { u32 } = this;
    const end = from + (octets & ~3);
    let next = at;
    let i = from;
    for (; i < end; i += 4) if (word(u32, next++) !== name.getUint32(i, true)) return false;
    const rest = octets & 3;
    return rest === 0 || (word(u32, next) | 0) === (name.getInt32(i, true) & (HEAD_MASK[rest] as number));
  }

  /** The apex node of the zone that the node belongs to. */
  apexOf(node: NodeAt): NodeAt {
    return apexOfZone(this.u32, nodeZone(this.u32, node));
  }

  levelOf(id: number): LevelAt {
    return levelOfId(this.u32, id);
  }
}

/** NONE: no zone has this number. */
export function apexOfZone(words: PictureWords, zone: number): NodeAt {
  return word(words, ZONES_AT + zone) as NodeAt;
}

/** NONE: no level has this number. */
export function levelOfId(words: PictureWords, id: number): LevelAt {
  return word(words, LEVELS_AT + id) as LevelAt;
}
