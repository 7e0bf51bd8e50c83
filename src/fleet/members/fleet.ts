/**
 * The fleet: the members there are now. Sources say which members they want, at any time and as a whole; the fleet compares
 * and engages, changes and disengages members one by one. What belongs to a member ends with it.
 *
 * A member that only an earlier run knew is remembered, and its names are answered, until every source has said once which
 * members it wants. There are as many members as the picture has numbers; further ones wait for one that leaves.
 */
import { isDeepStrictEqual } from "node:util";
import type { Federation } from "../../federation/members/federation.ts";
import type { Clock } from "../../kernel/clock.ts";
import type { Log } from "../../kernel/log.ts";
import type { ClusterMember } from "./member.ts";
import {
  type MemberCondition,
  mergeMembers,
  type OfferedMember,
  type WantedMember,
} from "./wanted-member.ts";

/** A number becomes free with the commit that has the last of what its member had: milliseconds after it has left. */
const NUMBER_POLL_EVERY_MS = 20;

/** What a member is in the federation and in the picture, apart from its own watches. */
export type Membership = {
  /** Wall time in ms until which an earlier run saw the changes of a member that has not left since; null = none did. */
  seenUntilMs(name: string): number | null;
  /** It gets a number, and counts as unread unless an earlier run has read it. There must be room for it. */
  join(name: string): void;
  /** It gives up its names. */
  leave(name: string): void;
  /** It is not known what members of this source declare, until `sourceRead`. */
  sourceUnread(source: string): void;
  sourceRead(source: string): void;
  /** Members have come or gone, or are in another order: these are there now, in the order of their sources. */
  settle(names: readonly string[]): void;
};

type FleetOptions = {
  /** The sources there are; where two want a member of the same name, the one named first wins. */
  readonly sources: readonly string[];
  readonly federation: Federation;
  readonly membership: Membership;
  /** Makes a member that has joined; it runs later. */
  readonly open: (wanted: WantedMember, seenUntilMs: number | null) => ClusterMember;
  /** Looks after a member that only an earlier run knew, until aborted. */
  readonly remember: (name: string, signal: AbortSignal) => void;
  /** Called when all members there are have been read, and again whenever that may have become true once more. */
  readonly onAllSynced: () => void;
  readonly clock: Clock;
  readonly log: Log;
};

type Life = { readonly member: ClusterMember; readonly ending: AbortController; readonly source: string };

export type FleetStatus = { readonly conditions: readonly MemberCondition[] };

export class Fleet {
  readonly #options: FleetOptions;
  /** By source; null until it has said something. */
  readonly #wanted: Map<string, readonly WantedMember[] | null>;
  /** By name. */
  readonly #lives: Map<string, Life> = new Map();
  /** Members that only an earlier run knew. */
  readonly #remembered: Map<string, AbortController> = new Map();
  #members: readonly ClusterMember[] = [];
  #conditions: readonly MemberCondition[] = [];
  #running: AbortSignal | null = null;
  #isNumberAwaited = false;

  /** Members of the federation are those that an earlier run knew. */
  constructor(options: FleetOptions) {
    this.#options = options;
    const { sources, federation, membership } = options;
    this.#wanted = new Map(sources.map((source) => [source, null]));
    for (const { name } of federation.members) this.#remembered.set(name, new AbortController());
    // Without an earlier run it is not even known which members there are.
    if (this.#remembered.size === 0) for (const source of sources) membership.sourceUnread(source);
  }

  /** The members there are now, in the order of their sources. Each change makes another list. */
  get members(): readonly ClusterMember[] {
    return this.#members;
  }

  /** Every source has said which members it wants, and all of these have been read. */
  get isSynced(): boolean {
    return this.isComplete && this.#members.every(({ isSynced }) => isSynced);
  }

  /** Every source has said which members it wants, and no member waits for the number of one that has left. */
  get isComplete(): boolean {
    return this.#silentSource === null && !this.#isNumberAwaited;
  }

  get status(): FleetStatus {
    return { conditions: this.#conditions };
  }

  /** From now on this source wants these members, in this order, and no others. Never throws. */
  setMembers(source: string, members: readonly WantedMember[]): void {
    const before = this.#wanted.get(source);
    this.#wanted.set(source, members);
    this.#reconcile();
    if (before === null) this.#options.membership.sourceRead(source);
    this.noteSynced();
  }

  /** What `open` gives to members has changed: each is opened again. What is known of it stays until it has been read again. */
  reopen(): void {
    for (const { member, ending, source } of this.#lives.values()) {
      const { wanted, seenUntilMs } = member;
      end({ member, ending });
      this.#start(wanted, source, seenUntilMs);
    }
    this.#listMembers();
  }

  /** Members run from now on, until aborted. */
  run(signal: AbortSignal): void {
    this.#running = signal;
    signal.addEventListener("abort", () => this.#stopAll(), { once: true });
    for (const [name, ending] of this.#remembered) this.#options.remember(name, ending.signal);
    for (const life of this.#lives.values()) run(life);
    this.noteSynced();
  }

  /** A member has been read. */
  noteSynced(): void {
    if (this.isSynced) this.#options.onAllSynced();
  }

  get #names(): readonly string[] {
    return [...this.#lives.keys()];
  }

  get #silentSource(): string | null {
    for (const [source, members] of this.#wanted) if (members === null) return source;
    return null;
  }

  #reconcile(): void {
    const offers = [...this.#wanted].map(([source, members]) => ({ source, members }));
    const { members, conditions } = mergeMembers(offers);
    const hasLeft = this.#disengageAllBut(new Set(members.map(({ member }) => member.name)));
    const before = this.#names;
    const waiting: MemberCondition[] = [];
    for (const offered of members) {
      const { source, member } = offered;
      const life = this.#lives.get(member.name);
      if (life !== undefined) this.#change(life, offered);
      else if (this.#hasRoomFor(member.name)) this.#engage(offered);
      else waiting.push(this.#waitingCondition(source, member.name));
    }
    this.#order(members);
    this.#listMembers();
    this.#report([...conditions, ...waiting, ...this.#unconfirmed()]);
    if (hasLeft || before.join() !== this.#names.join()) this.#options.membership.settle(this.#names);
    if (waiting.some(({ reason }) => reason === "NumberInUse")) this.#awaitNumber();
  }

  /** Members that an earlier run knew stay until it is known that no source wants them. */
  #disengageAllBut(names: ReadonlySet<string>): boolean {
    const { federation, membership, log } = this.#options;
    const isKnown = this.#silentSource === null;
    let hasLeft = false;
    for (const { name } of federation.members) {
      const life = this.#lives.get(name);
      if (names.has(name) || (life === undefined && !isKnown)) continue;
      hasLeft = true;
      if (life !== undefined) end(life);
      this.#lives.delete(name);
      this.#forget(name);
      membership.leave(name);
      log.info({ cluster: name }, "a cluster has left the federation");
    }
    return hasLeft;
  }

  #hasRoomFor(name: string): boolean {
    const { federation } = this.#options;
    return federation.member(name) !== undefined || federation.hasFreeIndex;
  }

  #engage({ source, member: wanted }: OfferedMember): void {
    const { membership, log } = this.#options;
    this.#forget(wanted.name);
    membership.join(wanted.name);
    this.#start(wanted, source, membership.seenUntilMs(wanted.name));
    if (this.#running !== null) log.info({ cluster: wanted.name, source }, "a cluster joins the federation");
  }

  #start(wanted: WantedMember, source: string, seenUntilMs: number | null): void {
    const life = { member: this.#options.open(wanted, seenUntilMs), ending: new AbortController(), source };
    this.#lives.set(wanted.name, life);
    if (this.#running?.aborted === false) run(life);
  }

  #change(life: Life, { source, member }: OfferedMember): void {
    if (!isDeepStrictEqual(life.member.wanted.namespaces, member.namespaces)) {
      const { seenUntilMs } = life.member;
      end(life);
      this.#start(member, source, seenUntilMs);
      this.#options.log.info({ cluster: member.name, source }, "the namespaces of a cluster have changed");
      return;
    }
    if (life.source !== source) this.#lives.set(member.name, { ...life, source });
    if (!life.member.change(member)) return;
    this.#options.log.info({ cluster: member.name, source }, "the settings of a cluster have changed");
  }

  #forget(name: string): void {
    this.#remembered.get(name)?.abort();
    this.#remembered.delete(name);
  }

  /** Lives are kept in the order of the members. */
  #order(members: readonly OfferedMember[]): void {
    for (const { member } of members) {
      const life = this.#lives.get(member.name);
      if (life === undefined) continue;
      this.#lives.delete(member.name);
      this.#lives.set(member.name, life);
    }
  }

  #listMembers(): void {
    this.#members = [...this.#lives.values()].map(({ member }) => member);
  }

  #waitingCondition(source: string, name: string): MemberCondition {
    const { capacity, members } = this.#options.federation;
    return members.length < capacity
      ? {
          name,
          source,
          reason: "NumberInUse",
          message: "it joins once the published picture has nothing any more of a cluster that has left",
        }
      : {
          name,
          source,
          reason: "FleetFull",
          message: `there are ${capacity} clusters already, and a federation has no more; it joins when one leaves`,
        };
  }

  #unconfirmed(): readonly MemberCondition[] {
    const source = this.#silentSource;
    if (source === null) return [];
    const message = `known from an earlier run; the ${source} has not said yet whether it is still a member`;
    return [...this.#remembered.keys()].map((name) => ({ name, source, reason: "Unconfirmed", message }));
  }

  /** Logs conditions that are new. */
  #report(conditions: readonly MemberCondition[]): void {
    const known = new Set(this.#conditions.map(keyOfCondition));
    for (const condition of conditions) {
      const { name: cluster, source, reason, message: problem } = condition;
      // The others end by themselves as a rule.
      const isLogged = reason === "NameTaken" || reason === "FleetFull";
      if (isLogged && !known.has(keyOfCondition(condition)))
        this.#options.log.warn(
          { cluster, source, reason, problem },
          "a cluster is not as its source wants it",
        );
    }
    this.#conditions = conditions;
  }

  #awaitNumber(): void {
    if (this.#isNumberAwaited) return;
    this.#isNumberAwaited = true;
    this.#options.clock.after(NUMBER_POLL_EVERY_MS, () => {
      this.#isNumberAwaited = false;
      if (this.#running?.aborted === true) return;
      this.#reconcile();
      this.noteSynced();
    });
  }

  #stopAll(): void {
    for (const life of this.#lives.values()) end(life);
    for (const ending of this.#remembered.values()) ending.abort();
  }
}

function run({ member, ending }: Life): void {
  void member.run(ending.signal);
}

function end({ member, ending }: Pick<Life, "member" | "ending">): void {
  ending.abort();
  member.stop();
}

function keyOfCondition({ name, source, reason }: MemberCondition): string {
  return `${reason} ${source} ${name}`;
}
