/**
 * The publisher: writes what changed in the federation to the picture, many changes in one commit. The queue decides
 * when (publish-queue.ts), the writers of services and of nodes decide what.
 */
import { errorFields, OperationalError } from "../../kernel/error.ts";
import type { Name } from "../../dns/message/name.ts";
import { type RRset, sameRRsets } from "../../dns/message/record.ts";
import type { Zone } from "../../dns/zone/zone.ts";
import { isHostKey } from "../../federation/members/federation.ts";
import { lastSeenOf, NEVER_SEEN, setLastSeen, setShare } from "../format/in-place.ts";
import { Header, header } from "../format/layout.ts";
import { WHOLE } from "../format/member.ts";
import { AwaitedMembers } from "../nodes/awaited-members.ts";
import { hostsIn } from "../nodes/host-nodes.ts";
import { KeptBackNames } from "../nodes/kept-back-names.ts";
import { PictureFull } from "../write/writer-options.ts";
import type { Geography } from "./geography.ts";
import { NodePublisher } from "./node-publisher.ts";
import { PublishQueue } from "./publish-queue.ts";
import type { PublisherHealth, PublisherOptions, PublisherSettings } from "./publisher-options.ts";
import { type KeptBack, Quarantine } from "./quarantine.ts";
import { type ServiceBatch, ServiceWriter } from "./service-writer.ts";
import { unreadContent, type UnreadMembers } from "../nodes/unread-members.ts";

const SERIAL_STEP_MS = 60_000;
const QUARANTINE_STEP_MS = 1_000;

export class Publisher {
  #options: PublisherOptions;
  readonly #nodes: NodePublisher;
  readonly #queue: PublishQueue;
  readonly #quarantine: Quarantine;
  readonly #keptBack: KeptBackNames;
  /** Records of hosts that are no addresses, of those that have some. */
  readonly #hostRecords: Map<string, readonly RRset[]> = new Map();
  readonly #serviceWriter: ServiceWriter;
  readonly #awaited: AwaitedMembers = new AwaitedMembers();
  #areAllRead = false;
  #commits = 0;

  constructor(options: PublisherOptions) {
    this.#options = options;
    this.#serviceWriter = new ServiceWriter(options);
    this.#queue = new PublishQueue({
      clock: options.clock,
      write: (keys) => this.#write(keys),
      onFailure: (error) => this.#onFailure(error),
      onRefused: (key, error) => {
        this.#refuse([{ key, error }]);
        // The picture is to know that it does not have this name.
        this.#queue.schedule();
      },
    });
    this.#quarantine = new Quarantine(options.clock, options.log);
    this.#nodes = new NodePublisher(options);
    const { memory } = options.store;
    this.#keptBack = new KeptBackNames(memory, options.federations);
    for (const [host, { rrsets }] of hostsIn(memory))
      if (rrsets.length > 0) this.#hostRecords.set(host, rrsets);
  }

  get health(): PublisherHealth {
    const { size: pending, problem } = this.#queue;
    const { fullness } = this.#options.store.writer;
    return { commits: this.#commits, pending, problem, keptBack: this.#quarantine.status, fullness };
  }

  /** Members that the picture does not speak for: they were never read, or not since the saved copy that it comes from. */
  get unread(): readonly string[] {
    return this.#awaited.names;
  }

  /** Of a service or host. `member`: the one that the change came from; "" = none. */
  touchService(key: string, member: string = ""): void {
    this.#queue.add(key, member);
  }

  /** Hosts that have records other than addresses; also those that an earlier run has left. */
  get hostsWithRecords(): readonly string[] {
    return [...this.#hostRecords.keys()];
  }

  /** What else stands at the name of a host; empty = nothing. */
  setHostRecords(host: string, rrsets: readonly RRset[], member: string = ""): void {
    if (sameRRsets(this.#hostRecords.get(host) ?? [], rrsets)) return;
    if (rrsets.length === 0) this.#hostRecords.delete(host);
    else this.#hostRecords.set(host, rrsets);
    this.touchService(host, member);
  }

  /** From now on these are the zones. Of `retained` origins the picture keeps what it has: their files cannot be read. */
  setZones(zones: readonly Zone[], retained: readonly Name[]): void {
    this.#nodes.setZones(zones, retained);
    this.#queue.schedule();
  }

  /** Takes other settings, from the next commit on. */
  configure(settings: PublisherSettings): void {
    this.#options = { ...this.#options, ...settings };
    this.#nodes.setHostSuffixes(settings.hostSuffixes ?? []);
    this.#queue.schedule();
  }

  /** The serial of the zones moves with the clock, whether anything else does or not. */
  keepSerial(): void {
    this.#queue.schedule();
    this.#options.clock.after(SERIAL_STEP_MS, () => this.keepSerial());
  }

  /** Clusters came, went or moved. */
  touchStructure(): void {
    this.#nodes.touch();
    this.#queue.schedule();
  }

  /** Clients are elsewhere now, or are seen from elsewhere. */
  setGeography(geography: Geography): void {
    this.#nodes.setGeography(geography);
    this.#queue.schedule();
  }

  /** Probes, ramps or operators say something new of this service's addresses in this cluster. */
  refreshHealth(key: string, cluster: string): void {
    // One that waits to be written gets its health with the rest, in the turn of this cluster.
    if (this.#queue.has(key)) this.#queue.add(key, cluster);
    else this.#serviceWriter.writeHealth(this.#options.store.writer, key, cluster);
  }

  /** Addresses of this service in this cluster were looked up again: until when they hold, at once and without a commit. */
  refreshFreshness(key: string, cluster: string): void {
    if (!this.#queue.has(key)) this.#serviceWriter.writeFreshness(this.#options.store.writer, key, cluster);
  }

  /** The part of its clients that a member gets, at once: 255 all .. 0 none. */
  setShare(member: string, share: number): void {
    const index = this.#options.federation.member(member)?.index;
    if (index !== undefined) setShare(this.#options.store.memory, index, share);
  }

  /** Until when a member's changes were seen: wall time in ms; null = never. */
  setLastSeen(member: string, seenUntilMs: number | null): void {
    const index = this.#options.federation.member(member)?.index;
    const seconds = seenUntilMs === null ? NEVER_SEEN : Math.round(seenUntilMs / 1000);
    if (index !== undefined) setLastSeen(this.#options.store.memory, index, seconds);
  }

  /** All members were read, or the wait for them is over: annotations of an earlier run do not count any more. */
  settle(): void {
    if (this.#serviceWriter.isInitialSyncDone) return;
    this.#serviceWriter.isInitialSyncDone = true;
    for (const { name, backends } of this.#options.federation.members)
      for (const [key, { annotations }] of backends) if (annotations === null) this.touchService(key, name);
  }

  /** What only these members could declare is not known, from the next commit on and until they are read. */
  expect(members: UnreadMembers): void {
    this.#awaited.expect(members);
    this.#queue.schedule();
  }

  /** It has left, or is not waited for any more: from the next commit on, it counts as read. */
  dismiss(member: string): void {
    this.#awaited.dismiss(member);
    this.#queue.schedule();
  }

  /** Every member was read, and no annotations of an earlier run count any more. */
  complete(): void {
    this.settle();
    this.#areAllRead = true;
    this.#queue.schedule();
    for (const member of this.#awaited.awaited) this.read(member);
  }

  /** All that the member declares has been told. From the commit on that has the last of it, what is not there does not exist. */
  read(member: string): void {
    if (this.#awaited.read(member)) this.#queue.schedule();
  }

  /** Publishes at once all that is due. */
  flush(): void {
    this.#queue.flush();
  }

  #onFailure(error: unknown): void {
    const { log, store, clock } = this.#options;
    // Outside causes last for a while: nothing can be published until they are over.
    if (error instanceof OperationalError)
      log.error(errorFields(error), "could not publish; the last good picture stays");
    else if (!(error instanceof PictureFull && store.makeRoom(error.missing, clock.nowMs()))) store.reopen();
    // It is not known how much of the batch is in the picture.
    this.#nodes.compareAll();
  }

  /** Keeps these apart, unless a fresh picture has room for them. */
  #refuse(refusals: readonly KeptBack[]): void {
    const { store, clock } = this.#options;
    const isRoomMade = refusals.some(
      ({ error }) => error instanceof PictureFull && store.makeRoom(error.missing, clock.nowMs()),
    );
    if (this.#quarantine.size === 0) clock.after(QUARANTINE_STEP_MS, () => this.#retryDue());
    for (const refusal of refusals) this.#quarantine.add(refusal);
    if (isRoomMade) this.#retry(refusals.map(({ key }) => key));
  }

  #retryDue(): void {
    if (this.#quarantine.size === 0) return;
    this.#retry(this.#quarantine.takeDue());
    this.#options.clock.after(QUARANTINE_STEP_MS, () => this.#retryDue());
  }

  #retry(keys: readonly string[]): void {
    for (const key of keys)
      if (this.#nodes.owns(key)) this.#nodes.retry(key);
      else this.#queue.add(key, "");
    if (keys.length > 0) this.#queue.schedule();
  }

  #write(batch: readonly string[]): void {
    const { store, clock, federation, federations, hostSuffixes = [] } = this.#options;
    store.settle();
    const { writer } = store;
    const structure = this.#nodes.write(writer);
    const services = this.#serviceWriter.begin(writer, Math.floor(clock.wallMs() / 1000));
    const refusals = batch.flatMap((key) => this.#writeService(services, key) ?? []);
    writer.set("TtlSeconds", this.#options.ttlSeconds);
    writer.set("AnswersMax", this.#options.maxAnswers);
    writer.set("SpillBelow", Math.round(this.#options.spillBelow * WHOLE));
    // Only with the last of what a member had waiting is "not there" known. What is kept apart does not keep it waiting.
    if (this.#nodes.isComplete) {
      this.#awaited.written((member) => !this.#queue.hasOf(member) && !this.#queue.hasOf(""));
      if (this.#areAllRead && this.#queue.size === 0) this.#keptBack.forgetRestored();
    }
    writer.putUnread(unreadContent(this.#awaited.inPicture, { federation, federations, hostSuffixes }));
    const keys = this.#quarantine.keysAfter(new Set(batch), refusals, (key) => !this.#nodes.owns(key));
    this.#keptBack.write(writer, { keys, refused: federation.refused(), nodes: this.#nodes.missing });
    this.#seeAll();
    writer.set("SoaSerial", this.#serial());
    if (services.commit()) this.#commits++;
    this.#awaited.committed();
    this.#nodes.committed();
    this.#sort(batch, [...(structure === null ? [] : [structure]), ...this.#nodes.refusals, ...refusals]);
    // What is kept apart may still be in the picture as it was, with members that have left.
    const isAllWritten = this.#queue.size === 0 && this.#nodes.isComplete && this.#quarantine.size === 0;
    if (isAllWritten) federation.releaseIndexes();
    if (this.#queue.size === 0) store.announce();
    store.tidy(clock.nowMs());
  }

  /** What is written of a member was seen: a run that follows counts from then, even if this one is killed at once. */
  #seeAll(): void {
    const { federation, store, clock } = this.#options;
    for (const { name, index, backends } of federation.members)
      if (backends.size > 0 && lastSeenOf(store.memory.u32, index) === NEVER_SEEN)
        this.setLastSeen(name, clock.wallMs());
  }

  /** Null: it was written. An error that is not about this service alone is thrown on. */
  #writeService(services: ServiceBatch, key: string): KeptBack | null {
    try {
      const hasPool = services.write(key);
      if (!isHostKey(key)) return null;
      const rrsets = this.#hostRecords.get(key) ?? [];
      const content = hasPool || rrsets.length > 0 ? { hasPool, rrsets } : null;
      this.#nodes.writeHost(this.#options.store.writer, key, content);
      return null;
    } catch (error) {
      if (error instanceof OperationalError) throw error;
      return { key, error };
    }
  }

  /** Releases from quarantine what was written, and puts there what was not. */
  #sort(batch: readonly string[], refusals: readonly KeptBack[]): void {
    if (refusals.length === 0 && this.#quarantine.size === 0) return;
    const refused = new Set(refusals.map(({ key }) => key));
    for (const key of batch) if (!refused.has(key)) this.#quarantine.release(key);
    for (const key of this.#quarantine.keys)
      if (this.#nodes.owns(key) && !refused.has(key)) this.#quarantine.release(key);
    if (refusals.length > 0) this.#refuse(refusals);
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
}
