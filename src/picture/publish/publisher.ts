/**
 * The publisher: writes what changed in the federation to the picture, many changes in one commit. The queue decides
 * when (publish-queue.ts), the writers of services and of nodes decide what.
 */
import type { Clock } from "../../kernel/clock.ts";
import type { Name } from "../../dns/message/name.ts";
import { type RRset, sameRRsets } from "../../dns/message/record.ts";
import { type Federation, isHostKey } from "../../federation/members/federation.ts";
import type { Log } from "../../kernel/log.ts";
import { NEVER_SEEN, setLastSeen, setShare } from "../format/in-place.ts";
import { Header, header, LEVELS_MAX, ZONES_MAX } from "../format/layout.ts";
import { WHOLE } from "../format/member.ts";
import { PictureFull } from "../write/writer-options.ts";
import { keyOfName, type Zone } from "../../dns/zone/zone.ts";
import { PublishQueue } from "./publish-queue.ts";
import { learnNumbers, Numbers } from "../nodes/numbering.ts";
import { type Geography, writeGeography } from "./geography.ts";
import { hostsIn } from "../nodes/host-nodes.ts";
import type { PictureStore } from "./picture-store.ts";
import { memoryRecord } from "./saved.ts";
import { ServiceWriter } from "./service-writer.ts";
import type { TrafficPlanner } from "./traffic-planner.ts";
import { StructureWriter } from "../nodes/structure-writer.ts";
import type { PublishedFederation } from "../nodes/node-plan.ts";

const SERIAL_STEP_MS = 60_000;

type PublisherOptions = {
  readonly store: PictureStore;
  readonly federation: Federation;
  readonly federations: readonly PublishedFederation[];
  readonly zones: readonly Zone[];
  /** See setZones. */
  readonly retained?: readonly Name[];
  /** Below these, members may have hosts: what is not there is not known before they have been read. */
  readonly hostSuffixes?: readonly Name[];
  readonly ttlSeconds: number;
  readonly maxAnswers: number;
  /** A tier with a smaller part of its wanted endpoints than this (0 to 1) gives some of its load to the next. */
  readonly spillBelow: number;
  readonly planner: TrafficPlanner;
  readonly clock: Clock;
  readonly log: Log;
};

type PublisherHealth = {
  readonly commits: number;
  readonly pending: number;
  readonly problem: string | null;
};

export class Publisher {
  readonly #options: PublisherOptions;
  readonly #zoneIds: Numbers = new Numbers(ZONES_MAX);
  readonly #levelIds: Numbers = new Numbers(LEVELS_MAX);
  readonly #structure: StructureWriter;
  readonly #queue: PublishQueue;
  /** Records of hosts that are no addresses, of those that have some. */
  readonly #hostRecords: Map<string, readonly RRset[]> = new Map();
  #zones: { readonly zones: readonly Zone[]; readonly retained: readonly Name[] };
  #geography: Geography | null = null;
  #written: Geography | null = null;
  readonly #serviceWriter: ServiceWriter;
  #isStructureDue = true;
  #isComplete: boolean;
  #commits = 0;

  constructor(options: PublisherOptions) {
    this.#options = options;
    const { memory } = options.store;
    this.#serviceWriter = new ServiceWriter(options);
    this.#queue = new PublishQueue({
      clock: options.clock,
      write: (keys) => this.#writeOrCompact(keys),
      onFailure: (message) => this.#onFailure(message),
    });
    const hosts = hostsIn(memory);
    this.#structure = new StructureWriter(hosts);
    for (const [host, { rrsets }] of hosts) if (rrsets.length > 0) this.#hostRecords.set(host, rrsets);
    this.#zones = { zones: options.zones, retained: options.retained ?? [] };
    this.#isComplete = memory.u32[Header.Complete] === 1;
    learnNumbers(memory, this.#zoneIds, this.#levelIds);
  }

  get health(): PublisherHealth {
    return { commits: this.#commits, pending: this.#queue.size, problem: this.#queue.problem };
  }

  get isComplete(): boolean {
    return this.#isComplete;
  }

  /** Of a service or host. */
  touchService(key: string): void {
    this.#queue.add(key);
  }

  /** Hosts that have records other than addresses; also those that an earlier run has left. */
  get hostsWithRecords(): readonly string[] {
    return [...this.#hostRecords.keys()];
  }

  /** What else stands at the name of a host; empty = nothing. */
  setHostRecords(host: string, rrsets: readonly RRset[]): void {
    if (sameRRsets(this.#hostRecords.get(host) ?? [], rrsets)) return;
    if (rrsets.length === 0) this.#hostRecords.delete(host);
    else this.#hostRecords.set(host, rrsets);
    this.touchService(host);
  }

  /** From now on these are the zones. Of `retained` origins the picture keeps what it has: their files cannot be read. */
  setZones(zones: readonly Zone[], retained: readonly Name[]): void {
    this.#zones = { zones, retained };
    this.#structure.forget();
    this.touchStructure();
  }

  /** The serial of the zones moves with the clock, whether anything else does or not. */
  keepSerial(): void {
    this.#queue.schedule();
    this.#options.clock.after(SERIAL_STEP_MS, () => this.keepSerial());
  }

  /** Clusters came, went or moved. */
  touchStructure(): void {
    this.#isStructureDue = true;
    this.#queue.schedule();
  }

  /** Clients are elsewhere now, or are seen from elsewhere. */
  setGeography(geography: Geography): void {
    this.#geography = geography;
    this.#written = null;
    this.touchStructure();
  }

  /** Probes, ramps or operators say something new of this service's addresses in this cluster. */
  refreshHealth(key: string, cluster: string): void {
    // One that waits to be written gets its health with the rest.
    if (!this.#queue.has(key)) this.#serviceWriter.writeHealth(this.#options.store.writer, key, cluster);
  }

  /** The part of its clients that a member gets, at once: 255 all .. 0 none. */
  setShare(member: string, share: number): void {
    const index = this.#options.federation.member(member)?.index;
    if (index !== undefined) setShare(this.#options.store.memory, index, share);
  }

  /** Until when a member's changes were seen: wall time in ms; null = never. */
  setLastSeen(member: string, seenUntilMs: number | null): void {
    const index = this.#options.federation.member(member)?.index;
    const seconds = seenUntilMs === null ? NEVER_SEEN : Math.floor(seenUntilMs / 1000);
    if (index !== undefined) setLastSeen(this.#options.store.memory, index, seconds);
  }

  /** All members were read, or the wait for them is over: annotations of an earlier run do not count any more. */
  settle(): void {
    if (this.#serviceWriter.isSettled) return;
    this.#serviceWriter.isSettled = true;
    for (const { backends } of this.#options.federation.members)
      for (const [key, { annotations }] of backends) if (annotations === null) this.touchService(key);
  }

  /** From now on a name that is not there does not exist. */
  complete(): void {
    this.settle();
    if (this.#isComplete) return;
    this.#isComplete = true;
    this.#queue.schedule();
  }

  /** Publishes at once all that is due. */
  flush(): void {
    this.#queue.flush();
  }

  #onFailure(message: string): void {
    this.#options.log.error({ error: message }, "could not publish; the last good picture stays");
    // It is not known how much of the batch is in the picture.
    this.#compareAll();
  }

  #compareAll(): void {
    this.#structure.forget();
    this.#isStructureDue = true;
  }

  /** When the file is full, a fresh one has room for what the garbage of the old one took. */
  #writeOrCompact(batch: readonly string[]): void {
    try {
      this.#write(batch);
    } catch (error) {
      if (!(error instanceof PictureFull) || !this.#hasWrittenAnew(batch)) throw error;
    }
  }

  #hasWrittenAnew(batch: readonly string[]): boolean {
    try {
      this.#options.store.compact();
      // What was put and not committed stayed behind in the old file.
      this.#compareAll();
      this.#write(batch);
      return true;
    } catch {
      return false;
    }
  }

  #write(batch: readonly string[]): void {
    const { store, clock, ttlSeconds, maxAnswers, spillBelow } = this.#options;
    store.settle();
    const { writer } = store;
    if (this.#isStructureDue) {
      this.#writeStructure();
      this.#isStructureDue = false;
    }
    const services = this.#serviceWriter.begin(writer, Math.floor(clock.wallMs() / 1000));
    for (const key of batch) {
      const hasPool = services.write(key);
      if (!isHostKey(key)) continue;
      const rrsets = this.#hostRecords.get(key) ?? [];
      this.#structure.writeHost(writer, key, hasPool || rrsets.length > 0 ? { hasPool, rrsets } : null);
    }
    writer.set("TtlSeconds", ttlSeconds);
    writer.set("AnswersMax", maxAnswers);
    writer.set("SpillBelow", Math.round(spillBelow * WHOLE));
    // Only with the last of what was waiting is "not there" known.
    if (this.#isComplete && this.#queue.size === 0) writer.set("Complete", 1);
    writer.set("SoaSerial", this.#serial());
    if (services.commit()) this.#commits++;
    if (this.#written !== null) this.#geography = this.#written;
    this.#written = null;
    if (this.#queue.size === 0) this.#options.federation.releaseIndexes();
    store.tidy(clock.nowMs());
  }

  /**
   * The SOA serial of federated zones is the current minute in seconds since the epoch, never less than before: the
   * same on all replicas whose clocks agree, whenever each of them saw a change (RFC 1982).
   */
  #serial(): number {
    const { clock, store } = this.#options;
    const minute = Math.floor(clock.wallMs() / SERIAL_STEP_MS) * (SERIAL_STEP_MS / 1000);
    return Math.max(minute, header(store.memory.u32, Header.SoaSerial));
  }

  #writeStructure(): void {
    const { store, federation, federations, hostSuffixes = [] } = this.#options;
    const { zones, retained } = this.#zones;
    const members = federation.members.map(({ index, locality }) => ({ index, places: locality.places }));
    const zoneIds = this.#zoneIds;
    const levelIds = this.#levelIds;
    const ladders = this.#structure.write(store.writer, {
      zones,
      retained,
      federations,
      hostSuffixes,
      members,
      zoneIds,
      levelIds,
    });
    this.#zoneIds.retain(new Set([...zones.map(({ origin }) => origin), ...retained].map(keyOfName)));
    this.#levelIds.retain(ladders);
    store.writer.putClusters(memoryRecord(federation, federations));
    if (this.#geography === null) return;
    this.#written = writeGeography(store.writer, this.#geography, federation.members);
  }
}
