/** The propagator, wired: types and members come, change and go while it runs; all else follows from what the API servers show. */
import type { ServingChannel } from "../../federation/serving/serving-ask.ts";
import { type Clock, pause } from "../../kernel/clock.ts";
import { errorFields } from "../../kernel/error.ts";
import type { Log } from "../../kernel/log.ts";
import type { Transport } from "../../fleet/kube/transport.ts";
import type { WritePermit } from "../../fleet/kube/write-permit.ts";
import type { Adoption } from "../apply/decide.ts";
import type { Ownership } from "../copies/seen-copy.ts";
import type { BrakeLimits, ChangesPause } from "../brake/brake.ts";
import { BrakeKeeper } from "../brake/brake-keeper.ts";
import type { HostRevision } from "../brake/host-revision.ts";
import type { FederatedObject } from "../federated/federated-object.ts";
import { CopyDrain, type RemovalChannel } from "../drain/copy-drain.ts";
import { Journal } from "../journal/journal.ts";
import type { PlanRule } from "../planner/planner.ts";
import { SharesSchedule } from "../schedule/shares-schedule.ts";
import { Scheduler } from "../schedule/scheduler.ts";
import { Engine } from "./engine.ts";
import { Rollouts } from "../staging/rollouts.ts";
import { sharedObject } from "./shared-object.ts";
import { stagedSubject } from "./staged-subject.ts";
import { HostWriter } from "./host-writer.ts";
import { entryFor, lettingLeave } from "./letting-go.ts";
import type { EngineMember } from "./member-engine.ts";
import { NAMESPACES, NO_FEDERATED, type PropagatedType } from "../objects/propagated-type.ts";
import { TurnShare } from "../queue/turn-share.ts";
import type { SeenObject } from "../objects/type-watch.ts";
import { TypeSources } from "../objects/type-sources.ts";

const JOURNAL_RETRY_MS = 5_000;

type PropagatorOptions = {
  /** Of the host. */
  readonly transport: Transport;
  readonly ownership: Ownership;
  readonly permit: WritePermit;
  readonly adoption: Adoption;
  /** Null = the control plane is global. */
  readonly onlyNamespace: string | null;
  /** That of the control plane in the host. */
  readonly ownNamespace: string;
  readonly limits: BrakeLimits;
  readonly revision: HostRevision;
  /** How replicas are distributed. */
  readonly planRule: PlanRule;
  /** For how long a deleted object waits for a member that is not seen. */
  readonly deletionWaitMs: number;
  /** Null, absent = copies go at once, whoever is led to them. */
  readonly drain?: DrainTerms | null;
  /** What those who answer know of traffic. Null, absent = nobody knows: rollouts go by the copies alone. */
  readonly serving?: ServingChannel | null;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Log;
  /** Ends everything. */
  readonly signal: AbortSignal;
};

export type DrainTerms = {
  /** To those who answer. */
  readonly channel: RemovalChannel;
  /** For how long what a person wants waits. */
  readonly boundMs: number;
};

export class Propagator {
  readonly engine: Engine;
  readonly #options: PropagatorOptions;
  readonly #writer: HostWriter;
  readonly #journal: Journal;
  readonly #keeper: BrakeKeeper;
  readonly #scheduler: Scheduler<PropagatedType>;
  readonly #shares: SharesSchedule;
  readonly #rollouts: Rollouts;
  readonly #watches = new Map<string, { readonly type: PropagatedType; readonly ending: AbortController }>();

  constructor(options: PropagatorOptions) {
    this.#options = options;
    const { transport, ownNamespace: namespace, permit, signal, deletionWaitMs } = options;
    this.#journal = new Journal({ transport, namespace, permit, signal });
    this.#keeper = new BrakeKeeper({ ...options, namespace, onChange: () => this.engine.resync() });
    const { brake } = this.#keeper;
    const share = new TurnShare(options.clock);
    const drain = options.drain == null ? null : new CopyDrain({ ...options, ...options.drain });
    this.#scheduler = new Scheduler<PropagatedType>({
      ...options,
      rule: options.planRule,
      declared: (type, key) => this.engine.objects.declared({ type: type.name, key }),
      boundOf: (type, key) => this.engine.namespaces.boundOf(type, key),
      onDecision: ({ name }, key) => this.engine.decided(name, key),
      onKnown: (types) => this.engine.resync(types.map(({ name }) => name)),
      onMemberKnown: (cluster, types) =>
        this.engine.resync(
          types.map(({ name }) => name),
          [cluster],
        ),
    });
    this.#shares = new SharesSchedule({
      ...options,
      replicas: this.#scheduler,
      rule: options.planRule,
      sharedObject: (type, key) => sharedObject(this.engine, type, key),
      onDecision: (type, key) => this.engine.decided(type, key),
    });
    this.#rollouts = new Rollouts({
      ...options,
      serving: options.serving ?? null,
      manager: options.ownership.manager,
      subjectOf: (type, key) => stagedSubject(this.engine, type, key, options),
      onSaid: (type, key) => this.#writer.note(this.engine.objects.takeRow({ type, key }), false),
    });
    this.engine = new Engine({
      ...options,
      share,
      brake,
      drain,
      journal: this.#journal,
      schedule: this.#shares,
      onReport: (row, hasWritten) => {
        const { type = "", key = "" } = this.engine.objects.keyOf(row) ?? {};
        this.#shares.look(type, key);
        this.#rollouts.look(type, key);
        this.#writer.note(row, hasWritten);
      },
    });
    const { engine } = this;
    const { manager } = options.ownership;
    const journal = this.#journal;
    const told = { engine, drain, rollouts: this.#rollouts, journal, manager };
    this.#writer = new HostWriter({ ...options, ...told, share, deletionWaitMs });
    void this.#readJournal();
    void this.#keeper.run(signal);
    options.signal.addEventListener("abort", () => this.#stop(), { once: true });
  }

  /** Nothing waits to be written, to any member or to the host. */
  get isIdle(): boolean {
    const isDecided = this.#scheduler.isSettled && this.#rollouts.isIdle;
    return (
      isDecided && this.#writer.isIdle && [...this.engine.members.values()].every(({ isIdle }) => isIdle)
    );
  }

  /** Why copies that may have replicas are not written, with the cure; null = they are. */
  get preferenceRefusal(): string | null {
    return this.#scheduler.refusal;
  }

  /** Null = changes of copies are not paused. */
  get pause(): ChangesPause | null {
    return this.#keeper.brake.pause;
  }

  /** Deletions that are still to be carried out in members that were not seen. */
  get journalSize(): number {
    return this.#journal.size;
  }

  /** These are propagated, and no others. Copies of a type that leaves stay as they are. */
  setTypes(types: readonly PropagatedType[]): void {
    const declared = types.filter((type) => type.name === NAMESPACES || this.engine.propagates(type));
    const names = new Set(types.map(({ name }) => name));
    const read = [...declared, ...this.#lastingTypes(names)];
    const wanted = new Map(read.map((type) => [type.name, type]));
    this.#scheduler.setTypes(read);
    for (const [name, { type, ending }] of this.#watches) {
      const now = wanted.get(name);
      if (now?.endedMs !== undefined && isEqual({ ...type, endedMs: now.endedMs }, now)) {
        if (type.endedMs === now.endedMs) continue;
        this.#watches.set(name, { type: now, ending });
        this.engine.endWithCopies(now);
      } else if (!isEqual(now, type)) this.#disable(name);
    }
    for (const type of read) if (!this.#watches.has(type.name)) this.#enable(type);
  }

  /** These are there, and no others. Copies in a member that leaves stay as they are. */
  setMembers(members: readonly EngineMember[]): void {
    const wanted = new Map(members.map((member) => [member.name, member]));
    for (const [name, known] of this.engine.members)
      if (!isSameAccess(wanted.get(name), known.cluster)) this.engine.disengage(name);
    for (const member of members) {
      const known = this.engine.members.get(member.name);
      if (known === undefined) this.engine.engage(member);
      else if (!isSameOrder(known.cluster, member)) this.engine.change(member);
    }
    // Now that it is known where namespaces are placed, and before any copy has been read: a plan that was made without a member must
    // not reach its copies. One that leaves with its copies gets no replicas.
    this.#scheduler.setMembers(members.filter(({ leavingMs }) => leavingMs === undefined));
  }

  /**
   * Has the copies of an object deleted when its type, which is not placed now, is placed again. False: the journal has not been read
   * yet. Rejects as `Journal.add` does.
   */
  async remember(type: string, key: string, object: FederatedObject): Promise<boolean> {
    if (!this.#journal.isRead) return false;
    const nowMs = this.#options.clock.wallMs();
    for (const member of this.engine.members.values())
      await this.#journal.add(entryFor({ type, key, object }, member, nowMs));
    return true;
  }

  /**
   * Why a member that leaves with its copies cannot go yet; null = it can: none is left there, or the journal has what could not be
   * looked at for too long. Rejects as `Journal.add` does.
   */
  async keepsFromLeaving(name: string): Promise<string | null> {
    const { deletionWaitMs: waitMs, clock } = this.#options;
    const member = this.engine.members.get(name);
    if (member === undefined) return null;
    if (!this.#journal.isRead || !this.engine.isSettled) return "what the host has is being read";
    const going = lettingLeave(this.engine, member, { waitMs, nowMs: clock.wallMs() });
    if (!going.mayGo) return going.reason;
    for (const entry of going.entries) await this.#journal.add(entry);
    return null;
  }

  /** Of types that the host has not got any more, the copies that are still to be deleted. Nothing of them is read in the host. */
  *#lastingTypes(declared: ReadonlySet<string>): Iterable<PropagatedType> {
    for (const [name, target] of this.#journal.lastingTypes) {
      const type = { name, federated: NO_FEDERATED, target, collectsStatus: false };
      if (!declared.has(name) && this.engine.propagates(type)) yield type;
    }
  }

  /** Until it has been read, no object goes without its copies. */
  async #readJournal(): Promise<void> {
    const { clock, log, signal } = this.#options;
    while (!signal.aborted && !this.#journal.isRead) {
      try {
        await this.#journal.read();
        this.engine.resync();
      } catch (error) {
        if (!signal.aborted) log.warn(errorFields(error), "the journal of deletions could not be read");
        await pause(clock, JOURNAL_RETRY_MS, signal);
      }
    }
  }

  #enable(type: PropagatedType): void {
    const { transport, onlyNamespace, clock, random, log } = this.#options;
    const ending = new AbortController();
    this.engine.enable(type);
    this.#watches.set(type.name, { type, ending });
    const options = {
      transport,
      type,
      onlyNamespace,
      sink: {
        onObject: (key: string, object: SeenObject) => {
          this.engine.setObject(type.name, key, object);
          this.#rollouts.seen(type.name, key, object.bytes);
        },
        onRead: (isRead: boolean) => this.engine.typeRead(type.name, isRead),
        onPast: () => this.#keeper.brake.hostWentBack(),
        onShadowed: (key: string, plain: Buffer) => this.#writer.shadowed(type, key, plain),
      },
      clock,
      random,
      log,
    };
    void new TypeSources(options, ending.signal);
  }

  #disable(name: string): void {
    this.#watches.get(name)?.ending.abort();
    this.#watches.delete(name);
    this.engine.disable(name);
    this.#rollouts.forgetType(name);
  }

  #stop(): void {
    for (const { ending } of this.#watches.values()) ending.abort();
    for (const name of this.engine.members.keys()) this.engine.disengage(name);
    this.#writer.stop();
  }
}

function isEqual(before: PropagatedType | undefined, after: PropagatedType): boolean {
  return JSON.stringify(before) === JSON.stringify(after);
}

function isSameOrder(before: EngineMember, after: EngineMember): boolean {
  const isSame = before.forgottenMs === after.forgottenMs && before.clusterUid === after.clusterUid;
  return (
    isSame &&
    before.leavingMs === after.leavingMs &&
    JSON.stringify(before.labels) === JSON.stringify(after.labels)
  );
}

/** Otherwise it is engaged anew: what is known of its copies may be about another cluster. */
function isSameAccess(wanted: EngineMember | undefined, { access, clusterUid }: EngineMember): boolean {
  if (wanted === undefined || (clusterUid !== null && wanted.clusterUid !== clusterUid)) return false;
  if (wanted.access.kind === "withheld")
    return access.kind === "withheld" && access.reason === wanted.access.reason;
  return access.kind === "open" && access.transport === wanted.access.transport;
}
