/** The one writer of the picture: puts and removes nodes and pools, and commits them together. */
import type { Name } from "../../dns/message/name.ts";
import { sameOctets } from "../../dns/message/record.ts";
import { encodeClusters } from "../content/clusters.ts";
import {
  type MemberContent,
  type MemberDraft,
  type NodeContent,
  PLAIN_PLAN,
  type PoolContent,
} from "../content/content.ts";
import { isPool, keyOf, nodeName, poolOf } from "../content/decode.ts";
import { encodeNode } from "../content/encode-node.ts";
import { encodeNamespace, encodePool } from "../content/encode-pool.ts";
import { hashLabels, serviceSeed } from "../format/hash.ts";
import { arenaAt, Header, LEVELS_AT, ZONES_AT } from "../format/layout.ts";
import { type Memory, NONE } from "../format/memory.ts";
import { HOSTS, isLevel, levelId, type NodeAt, NodeFlag, nodeZone } from "../format/node.ts";
import { hasKeyOf, type PoolAt } from "../format/pool.ts";
import { Kind } from "../format/record.ts";
import { NODES, SERVICES } from "../format/table.ts";
import { carryEndpoints, hasSameRange, sameAddresses, sinceOf } from "./carry.ts";
import { endpointsInUse, NamespaceCounts, namespaceIn } from "./census.ts";
import { EndpointRanges } from "./endpoints.ts";
import { RecordStore } from "./record-store.ts";
import { reserveEndpoints } from "./reserve.ts";
import { recover, Transaction } from "./transaction.ts";
import { PictureFull, type WriterOptions } from "./writer-options.ts";

/** What a pool may have beside its members. */
type PoolExtras = Partial<Pick<PoolContent, "plan" | "ports" | "aliases" | "isLookedUp">>;

export class PictureWriter {
  readonly memory: Memory;
  readonly #options: WriterOptions;
  readonly #tx: Transaction;
  readonly #records: RecordStore;
  readonly #endpoints: EndpointRanges;
  readonly #namespaces: NamespaceCounts;

  constructor(memory: Memory, options: WriterOptions) {
    recover(memory);
    this.memory = memory;
    this.#options = options;
    this.#tx = new Transaction(memory);
    this.#records = new RecordStore(memory, this.#tx, options.reserve);
    const [end, capacity] = [this.#tx.read(Header.EndpointsEnd), this.#tx.read(Header.EndpointCapacity)];
    this.#endpoints = new EndpointRanges(end, capacity, endpointsInUse(memory), (from, until) =>
      reserveEndpoints(options.reserve, capacity, from, until),
    );
    this.#namespaces = new NamespaceCounts(memory);
  }

  /** PictureWords of the arena that nothing refers to any more. */
  get garbageWords(): number {
    return this.#records.garbageWords;
  }

  get liveWords(): number {
    return this.#records.liveWords;
  }

  /** Endpoint indexes that nothing has now; a fresh picture has them in a row, ready to be used. */
  get freeEndpoints(): number {
    return this.#endpoints.free;
  }

  /** The parts that are in use, 0 to 1. */
  get fullness(): { readonly words: number; readonly endpoints: number } {
    const capacity = this.#tx.read(Header.EndpointCapacity);
    const words = this.memory.u32.length - arenaAt(capacity);
    return { words: this.liveWords / words, endpoints: 1 - this.freeEndpoints / capacity };
  }

  /** Puts a node, replacing one of the same name. `origin` is the name of its zone. Returns false when nothing changed. */
  putNode(node: NodeContent, origin: Name): boolean {
    const hash = hashLabels(node.name, this.#seed);
    const slot = this.#nodeSlot(node.name, hash);
    const before = slot < 0 ? NONE : this.#records.recordIn(NODES, slot);
    const record = this.#records.put(NODES, slot, encodeNode(node, hash, origin));
    if (record === NONE) return false;
    if (before !== NONE) this.#forgetNumbers(before);
    if (node.level !== null) this.#tx.write(LEVELS_AT + node.level.id, record);
    if ((node.flags & NodeFlag.Apex) !== 0) this.#tx.write(ZONES_AT + node.zone, record);
    return true;
  }

  removeNode(name: Name): boolean {
    const slot = this.#nodeSlot(name, hashLabels(name, this.#seed));
    if (slot < 0) return false;
    this.#forgetNumbers(this.#records.recordIn(NODES, slot));
    this.#records.remove(NODES, slot);
    return true;
  }

  /** The numbers of a removed zone or level lead nowhere. */
  #forgetNumbers(node: NodeAt): void {
    const { u32 } = this.memory;
    this.#forgetNumber(ZONES_AT + nodeZone(u32, node), node);
    if (isLevel(u32, node)) this.#forgetNumber(LEVELS_AT + levelId(u32, node), node);
  }

  #forgetNumber(at: number, node: NodeAt): void {
    if (this.#tx.read(at) === node) this.#tx.write(at, NONE);
  }

  /** The pool of a service as it is now, with what this transaction has put; null when there is none. */
  poolOf(federation: number, key: Uint8Array): PoolContent | null {
    const slot = this.#keySlot(Kind.Pool, federation, key, this.#keyHash(federation, key));
    return slot < 0 ? null : this.#poolIn(slot);
  }

  /**
   * Puts the pool of a service (key: its labels in wire form, as format/pool.ts draws it). Returns the members as they
   * are in the picture then, in the same order. When it throws, the pool is as it was.
   */
  putPool(
    federation: number,
    key: Uint8Array,
    members: readonly MemberDraft[],
    { plan = PLAIN_PLAN, ports = [], aliases = [], isLookedUp = false }: PoolExtras = {},
  ): readonly MemberContent[] {
    const hash = this.#keyHash(federation, key);
    const slot = this.#keySlot(Kind.Pool, federation, key, hash);
    const known = slot < 0 ? null : this.#poolIn(slot);
    const before = known?.members ?? [];
    const placed: MemberContent[] = [];
    try {
      for (const member of members) placed.push(this.#place(member, before));
      const pool = encodePool({ federation, key, plan, members: placed, ports, aliases, isLookedUp }, hash);
      if (slot < 0) this.#putNamespace(federation, key);
      if (this.#records.put(SERVICES, slot, pool) === NONE) return placed;
    } catch (error) {
      this.#takeBack(placed, before);
      if (slot < 0) this.#removeUnusedNamespace(federation, key);
      throw error;
    }
    for (const old of before)
      if (!placed.some((m) => hasSameRange(m, old))) this.#releaseRange(known as PoolContent, old);
    if (slot < 0 && federation !== HOSTS) this.#namespaces.add(federation, namespaceIn(key), 1);
    return placed;
  }

  /** Gives back the indexes of `placed` that were new; no reader has seen them. */
  #takeBack(placed: readonly MemberContent[], before: readonly MemberContent[]): void {
    for (const member of placed) {
      if (before.some((old) => hasSameRange(member, old))) continue;
      this.#endpoints.release(member.firstEndpoint, member.ipv4.length + member.ipv6.length, 0);
    }
  }

  removePool(federation: number, key: Uint8Array): boolean {
    const slot = this.#keySlot(Kind.Pool, federation, key, this.#keyHash(federation, key));
    if (slot < 0) return false;
    const known = this.#poolIn(slot);
    for (const member of known.members) this.#releaseRange(known, member);
    this.#records.remove(SERVICES, slot);
    if (federation === HOSTS) return true;
    this.#namespaces.add(federation, namespaceIn(key), -1);
    this.#removeUnusedNamespace(federation, key);
    return true;
  }

  /** What a restart and `status` need to know of the clusters; opaque here. */
  putClusters(value: unknown): void {
    this.#records.putOnly(Header.Clusters, encodeClusters(value));
  }

  /** `record`: by encodeClients; null = none. Classes in it must be in the picture's Nearness. */
  putClients(record: Uint32Array | null): void {
    this.#records.putOnly(Header.Clients, record);
  }

  /** `record`: by encodeNearness; null = none. */
  putNearness(record: Uint32Array | null): void {
    this.#records.putOnly(Header.Nearness, record);
  }

  /** `record`: by encodeUnread; null = every member has been read. */
  putUnread(record: Uint32Array | null): void {
    this.#records.putOnly(Header.Unread, record);
  }

  /** `record`: by encodeKeptBack; null = all names are published. */
  putKeptBack(record: Uint32Array | null): void {
    this.#records.putOnly(Header.KeptBack, record);
  }

  /** The node of this name as it is now, with what this transaction has put; NONE = there is none. */
  nodeOf(name: Name): NodeAt {
    const slot = this.#nodeSlot(name, hashLabels(name, this.#seed));
    return slot < 0 ? (NONE as NodeAt) : this.#records.recordIn(NODES, slot);
  }

  /** There is a level with this number, with what this transaction has put. */
  hasLevel(id: number): boolean {
    return this.#tx.read(LEVELS_AT + id) !== NONE;
  }

  /** There is an apex of the zone with this number, with what this transaction has put. */
  hasZone(id: number): boolean {
    return this.#tx.read(ZONES_AT + id) !== NONE;
  }

  set(field: "SoaSerial" | "TtlSeconds" | "AnswersMax" | "SpillBelow", value: number): void {
    if (this.#tx.read(Header[field]) !== value) this.#tx.write(Header[field], value);
  }

  /** Makes everything since the last commit visible at once. Returns false when there was nothing. */
  commit(stamp: { readonly wallSeconds: number }): boolean {
    if (this.#tx.isEmpty) return false;
    this.#tx.write(Header.EndpointsEnd, this.#endpoints.end);
    this.#tx.write(Header.CommittedAt, stamp.wallSeconds);
    this.#records.reserve(this.#tx.read(Header.ArenaEnd) + this.#tx.redoWords, 0);
    this.#tx.commit();
    return true;
  }

  get #seed(): number {
    return this.#tx.read(Header.Seed);
  }

  #nodeSlot(name: Name, hash: number): number {
    return this.#records.find(NODES, hash, (node) => sameOctets(nodeName(this.memory, node), name));
  }

  #keyHash(federation: number, key: Uint8Array): number {
    return hashLabels(key, serviceSeed(this.#seed, federation));
  }

  #keySlot(
    kind: typeof Kind.Pool | typeof Kind.Namespace,
    federation: number,
    key: Uint8Array,
    hash: number,
  ): number {
    const { memory } = this;
    return this.#records.find(
      SERVICES,
      hash,
      (service) =>
        isPool(memory, service) === (kind === Kind.Pool) &&
        hasKeyOf(memory.u32, service, federation, key.length) &&
        sameOctets(keyOf(memory, service), key),
    );
  }

  /** `slot`: one that has a pool. */
  #poolIn(slot: number): PoolContent {
    return poolOf(this.memory, this.#records.recordIn(SERVICES, slot) as PoolAt);
  }

  /** The same addresses keep their endpoint indexes and so their health; new ones start in full health. */
  #place(member: MemberDraft, before: readonly MemberContent[]): MemberContent {
    const old = before.find((m) => m.cluster === member.cluster);
    if (old !== undefined && sameAddresses(old, member))
      return { ...member, firstEndpoint: old.firstEndpoint, since: sinceOf(old, member) };
    const count = member.ipv4.length + member.ipv6.length;
    const first = this.#endpoints.take(count, this.#options.passedSerial());
    if (first < 0) throw new PictureFull({ of: "endpoints", count });
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
  #putNamespace(federation: number, key: Uint8Array): void {
    if (federation === HOSTS) return;
    const label = namespaceIn(key);
    if (this.#namespaces.has(federation, label)) return;
    const hash = this.#keyHash(federation, label);
    const slot = this.#keySlot(Kind.Namespace, federation, label, hash);
    this.#records.put(SERVICES, slot, encodeNamespace(federation, label.slice(), hash));
  }

  #removeUnusedNamespace(federation: number, key: Uint8Array): void {
    if (federation === HOSTS) return;
    const label = namespaceIn(key);
    if (this.#namespaces.has(federation, label)) return;
    const slot = this.#keySlot(Kind.Namespace, federation, label, this.#keyHash(federation, label));
    if (slot >= 0) this.#records.remove(SERVICES, slot);
  }
}
