/** The one writer of the picture: puts and removes nodes and pools, commits them together, sets health in place. */
import type { Name } from "../../dns/message/name.ts";
import { sameOctets } from "../../dns/message/record.ts";
import { decodePoolsInto, endpointsInUse, NamespaceCounts } from "./census.ts";
import { kindOf, nodeName, poolOf, wordsOf } from "../format/decode.ts";
import {
  encodeJson,
  encodeNamespace,
  encodeNode,
  encodePool,
  type MemberContent,
  type NodeContent,
  PLAIN_PLAN,
  type PoolContent,
} from "../format/encode.ts";
import { EndpointRanges } from "./endpoints.ts";
import { checkWords, hashLabels, serviceSeed } from "../format/hash.ts";
import {
  arenaAt,
  Header,
  HOSTS,
  Kind,
  LEVELS_AT,
  lineUp,
  type Memory,
  NAMESPACE_WORDS,
  NodeFlag,
  POOL_WORDS,
  ZONES_AT,
} from "../format/layout.ts";
import {
  deleteSlot,
  findSlot,
  insertSlot,
  isCrowded,
  moveTable,
  NODES,
  SERVICES,
  setSlot,
  type TableHead,
} from "./table.ts";
import { carryEndpoints, hasSameRange, type Member, sameAddresses, sinceOf } from "../format/member.ts";
import { recover, Transaction } from "./transaction.ts";
import { PictureFull, type WriterOptions } from "./writer-options.ts";

/** What a pool may have beside its members. */
type PoolExtras = Partial<Pick<PoolContent, "plan" | "ports" | "aliases">>;

export class PictureWriter {
  readonly memory: Memory;
  readonly #options: WriterOptions;
  readonly #tx: Transaction;
  readonly #endpoints: EndpointRanges;
  readonly #namespaces: NamespaceCounts;
  #liveWords = 0;

  constructor(memory: Memory, options: WriterOptions) {
    recover(memory);
    this.memory = memory;
    this.#options = options;
    this.#tx = new Transaction(memory);
    const [end, capacity] = [this.#word(Header.EndpointsEnd), this.#word(Header.EndpointCapacity)];
    this.#endpoints = new EndpointRanges(end, capacity, endpointsInUse(memory));
    this.#namespaces = new NamespaceCounts();
    this.#liveWords = decodePoolsInto(memory, this.#namespaces);
  }

  /** Words of the arena that nothing refers to any more. */
  get garbageWords(): number {
    const tables = 2 * (this.#word(Header.NodesMask) + this.#word(Header.ServicesMask) + 2);
    const written = this.#word(Header.ArenaEnd) - arenaAt(this.#word(Header.EndpointCapacity));
    return written - this.#liveWords - tables;
  }

  get liveWords(): number {
    return this.#liveWords;
  }

  /** Puts a node, replacing one of the same name. `origin` is the name of its zone. Returns false when nothing changed. */
  putNode(node: NodeContent, origin: Name): boolean {
    const hash = hashLabels(node.name, this.#word(Header.Seed));
    const slot = this.#nodeSlot(node.name, hash);
    const before = slot < 0 ? 0 : this.#recordIn(NODES, slot);
    const record = this.#put(NODES, slot, encodeNode(node, hash, origin));
    if (record === 0) return false;
    if (before !== 0) this.#forgetNumbers(before);
    if (node.level !== null) this.#tx.write(LEVELS_AT + node.level.id, record);
    if ((node.flags & NodeFlag.Apex) !== 0) this.#tx.write(ZONES_AT + node.zone, record);
    return true;
  }

  removeNode(name: Name): boolean {
    const slot = this.#nodeSlot(name, hashLabels(name, this.#word(Header.Seed)));
    if (slot < 0) return false;
    this.#forgetNumbers(this.#recordIn(NODES, slot));
    this.#remove(NODES, slot);
    return true;
  }

  /** A zone or level that is no more has no number either. */
  #forgetNumbers(record: number): void {
    const { u32 } = this.memory;
    for (const word of [
      ZONES_AT + ((u32[record + 3] as number) >>> 16),
      LEVELS_AT + (u32[record + 5] as number),
    ]) {
      if (this.#word(word) === record) this.#tx.write(word, 0);
    }
  }

  /** The pool of a service as it is now, with what this transaction has put; null when there is none. */
  poolOf(federation: number, key: Uint8Array): PoolContent | null {
    const slot = this.#keySlot(Kind.Pool, federation, key, this.#keyHash(federation, key));
    return slot < 0 ? null : poolOf(this.memory, this.#recordIn(SERVICES, slot));
  }

  /**
   * Puts the pool of a service (key: its labels in wire form, as layout.ts has it). Returns the members as they are in the
   * picture then, in the same order.
   */
  putPool(
    federation: number,
    key: Uint8Array,
    members: readonly Member[],
    { plan = PLAIN_PLAN, ports = [], aliases = [] }: PoolExtras = {},
  ): readonly MemberContent[] {
    const hash = this.#keyHash(federation, key);
    const slot = this.#keySlot(Kind.Pool, federation, key, hash);
    const known = slot < 0 ? null : poolOf(this.memory, this.#recordIn(SERVICES, slot));
    const before = known?.members ?? [];
    const placed = members.map((member) => this.#place(member, before));
    const pool = encodePool({ federation, key, plan, members: placed, ports, aliases }, hash);
    if (this.#put(SERVICES, slot, pool) === 0) return placed;
    for (const old of before)
      if (!placed.some((m) => hasSameRange(m, old))) this.#releaseRange(known as PoolContent, old);
    if (slot < 0) this.#countNamespace(federation, key, 1);
    return placed;
  }

  removePool(federation: number, key: Uint8Array): boolean {
    const slot = this.#keySlot(Kind.Pool, federation, key, this.#keyHash(federation, key));
    if (slot < 0) return false;
    const known = poolOf(this.memory, this.#recordIn(SERVICES, slot));
    for (const member of known.members) this.#releaseRange(known, member);
    this.#remove(SERVICES, slot);
    this.#countNamespace(federation, key, -1);
    return true;
  }

  /** What restart and status need to know of the clusters; opaque here. */
  putClusters(value: unknown): void {
    this.#putOnly(Header.Clusters, encodeJson(Kind.Clusters, value));
  }

  /** `record`: by clients-encode.ts; null = none. Classes in it must be in the picture's Nearness. */
  putClients(record: Uint32Array | null): void {
    this.#putOnly(Header.Clients, record);
  }

  /** `record`: by encodeNearness; null = none. */
  putNearness(record: Uint32Array | null): void {
    this.#putOnly(Header.Nearness, record);
  }

  /** A record that there is one of, in the place of the one before. */
  #putOnly(field: number, record: Uint32Array | null): void {
    const old = this.#tx.read(field);
    if (old === 0 ? record === null : record !== null && this.#isSame(old, record)) return;
    if (old !== 0) this.#liveWords -= wordsOf(this.memory, old);
    this.#tx.write(field, record === null ? 0 : this.#append(record));
  }

  set(field: "Complete" | "SoaSerial" | "TtlSeconds" | "AnswersMax" | "SpillBelow", value: number): void {
    if (this.#tx.read(Header[field]) !== value) this.#tx.write(Header[field], value);
  }

  /** Makes everything since the last commit visible at once. Returns false when there was nothing. */
  commit(stamp: { readonly wallSeconds: number }): boolean {
    if (this.#tx.isEmpty) return false;
    this.#tx.write(Header.EndpointsEnd, this.#endpoints.end);
    this.#tx.write(Header.CommittedAt, stamp.wallSeconds);
    this.#reserve(this.#tx.read(Header.ArenaEnd) + this.#tx.redoWords);
    this.#tx.commit();
    return true;
  }

  #word(at: number): number {
    return this.#tx.read(at);
  }

  #nodeSlot(name: Name, hash: number): number {
    return findSlot(this.#tx, NODES, hash, (at) => sameOctets(nodeName(this.memory, at), name));
  }

  #keyHash(federation: number, key: Uint8Array): number {
    return hashLabels(key, serviceSeed(this.#word(Header.Seed), federation));
  }

  #keySlot(kind: number, federation: number, key: Uint8Array, hash: number): number {
    const { u32, u8 } = this.memory;
    const keyAt = kind === Kind.Pool ? POOL_WORDS : NAMESPACE_WORDS;
    const head = (federation << 8) | key.length;
    return findSlot(this.#tx, SERVICES, hash, (at) => {
      const isKind = kindOf(this.memory, at) === kind && (u32[at + 3] as number) >>> 8 === head;
      return isKind && sameOctets(u8.subarray((at + keyAt) * 4, (at + keyAt) * 4 + key.length), key);
    });
  }

  #recordIn(table: TableHead, slot: number): number {
    return this.#tx.read(this.#tx.read(table.at) + 2 * slot + 1);
  }

  /** Returns the offset of the new record, or 0 when the same is there already. */
  #put(table: TableHead, slot: number, words: Uint32Array): number {
    if (slot >= 0 && this.#isSame(this.#recordIn(table, slot), words)) return 0;
    if (slot < 0 && isCrowded(this.#tx, table)) this.#grow(table);
    const record = this.#append(words);
    if (slot < 0) {
      insertSlot(this.#tx, table, words[1] as number, record);
      return record;
    }
    this.#liveWords -= wordsOf(this.memory, this.#recordIn(table, slot));
    setSlot(this.#tx, table, slot, record);
    return record;
  }

  #remove(table: TableHead, slot: number): void {
    this.#liveWords -= wordsOf(this.memory, this.#recordIn(table, slot));
    deleteSlot(this.#tx, table, slot);
  }

  #isSame(record: number, words: Uint32Array): boolean {
    const { u32 } = this.memory;
    for (let i = 0; i < words.length; i++) if (i !== 2 && u32[record + i] !== words[i]) return false;
    return true;
  }

  #append(words: Uint32Array): number {
    const at = lineUp(this.#word(Header.ArenaEnd), words.length);
    this.#reserve(at + words.length);
    this.memory.u32.set(words, at);
    this.memory.u32[at + 2] = checkWords(this.memory.u32, at, at + words.length, at + 2);
    this.#tx.write(Header.ArenaEnd, at + words.length);
    this.#liveWords += words.length;
    return at;
  }

  #reserve(endWords: number): void {
    if (endWords > this.memory.u32.length) throw new PictureFull("the picture is full");
    this.#options.reserve(endWords);
  }

  /** A table of the size the live entries need, filled from the old one, takes its place with the commit. */
  #grow(table: TableHead): void {
    let slots = 1024;
    while (slots < 2 * (this.#word(table.live) + 1)) slots *= 2;
    const at = this.#word(Header.ArenaEnd);
    this.#reserve(at + 2 * slots);
    this.memory.u32.fill(0, at, at + 2 * slots);
    this.#tx.write(Header.ArenaEnd, at + 2 * slots);
    moveTable(this.#tx, table, at, slots);
  }

  /** The same addresses keep their endpoint indexes and so their health; new ones start in full health. */
  #place(member: Member, before: readonly MemberContent[]): MemberContent {
    const old = before.find((m) => m.cluster === member.cluster);
    if (old !== undefined && sameAddresses(old, member))
      return { ...member, firstEndpoint: old.firstEndpoint, since: sinceOf(old, member) };
    const count = member.ipv4.length + member.ipv6.length;
    const first = this.#endpoints.take(count, this.#options.passedSerial());
    if (first < 0) throw new PictureFull("the picture can track no more addresses");
    carryEndpoints(this.memory, old, member, first);
    return { ...member, firstEndpoint: first };
  }

  #releaseRange({ federation, key, aliases }: PoolContent, member: MemberContent): void {
    const serial = ((this.memory.u32[Header.Serial] as number) | 1) + 1;
    this.#endpoints.release(member.firstEndpoint, member.ipv4.length + member.ipv6.length, serial);
    const alias = aliases.find(({ cluster }) => cluster === member.cluster) ?? null;
    this.#options.onReleased?.({ federation, key, member, alias, serial });
  }

  /** `ns.fed.svc...` exists as long as a service below it does. */
  #countNamespace(federation: number, key: Uint8Array, by: 1 | -1): void {
    if (federation === HOSTS) return;
    const label = key.subarray((key[0] as number) + 1);
    const count = this.#namespaces.add(federation, label, by);
    if (count !== (by === 1 ? 1 : 0)) return;
    const hash = this.#keyHash(federation, label);
    const slot = this.#keySlot(Kind.Namespace, federation, label, hash);
    if (by === 1) this.#put(SERVICES, slot, encodeNamespace(federation, label.slice(), hash));
    else if (slot >= 0) this.#remove(SERVICES, slot);
  }
}
