/**
 * All copies that are to go and lead clients somewhere: those who answer are asked again and again, and each copy is told what it
 * waits for.
 *
 *     hold     the copy is to go: its Services get no clients there      leaving
 *     gone     it is gone: its Services wait for their last endpoint     gone      until none is ready, a minute at most
 *     stays    it is not to go any more: its Services get clients again  staying   until that is so
 *
 * What is not held again for a while is forgotten, as of a member that is not seen. Nothing is kept on a disk: after a restart copies
 * are held again, and the orders that were given are still in force, since when they were given.
 */
import { removalKey, type RemovalAsk, type RemovalState } from "../../federation/removals/removal-ask.ts";
import type { Clock } from "../../kernel/clock.ts";
import { messageOf } from "../../kernel/error.ts";
import { LRUCache } from "lru-cache";
import type { Log } from "../../kernel/log.ts";
import { type DrainCause, type DrainPolicy, type DrainStep, drainStep } from "./drain-step.ts";

/** Null = those who answer did not reply in time. */
export type RemovalChannel = (asks: readonly RemovalAsk[]) => Promise<readonly RemovalState[] | null>;

/** One copy that is to go. */
export type LeavingCopy = {
  /** Of this copy alone. */
  readonly id: string;
  readonly cluster: string;
  /** Of the federated object by which it goes; 0 = the host has none any more. */
  readonly generation: number;
  readonly policy: DrainPolicy;
  readonly cause: DrainCause;
  readonly isPlacedElsewhere: boolean;
  /** Other clusters that the object leaves for good. */
  readonly alsoLeaving: readonly string[];
  /** For people: "propagate: FederatedDeployment shop/web". */
  readonly by: string;
  /** "namespace/name" of the Services that lead to it. May throw. */
  readonly services: () => Promise<readonly string[]>;
};

type DrainOptions = {
  readonly channel: RemovalChannel;
  /** For how long what a person wants waits. */
  readonly boundMs: number;
  readonly clock: Clock;
  /** Ends the asking: what was asked lapses. */
  readonly signal: AbortSignal;
  readonly log: Log;
};

type Entry = {
  copy: LeavingCopy;
  /** Null = they could not be read yet. */
  services: readonly string[] | null;
  phase: RemovalAsk["phase"];
  /** Monotonic ms. */
  readonly sinceMs: number;
  heldMs: number;
  goneMs: number;
  /** There is another copy, which stays. */
  isBack: boolean;
  /** The first exchange in which it is asked for: what was said before is about something else. */
  readonly firstExchange: number;
};

const ASK_EVERY_MS = 500;
/** Work on a copy that waits comes back every half second, unless too much was removed within a minute. */
const FORGOTTEN_AFTER_MS = 90_000;
const GONE_MAX_MS = 60_000;
/** By then the pods of a copy that was deleted are on their way out: endpoints that are ready are those of the next one. */
const GONE_MIN_MS = 5_000;
/** So many Services are drained at once; the others wait for their turn. */
const ASKS_MAX = 1_024;
const UNPROVED_MAX = 10_000;

/** Of one copy, in the drain. `key`: "namespace/name" of its federated object. */
export function copyId(cluster: string, type: string, key: string): string {
  return `${cluster} ${type} ${key}`;
}

export class CopyDrain {
  readonly #options: DrainOptions;
  readonly #entries = new Map<string, Entry>();
  /** By removalKey, of the last reply. */
  #states: ReadonlyMap<string, RemovalState> = new Map();
  /** How many exchanges have begun, and which one `states` is of. */
  #begun = 0;
  #answered = 0;
  /** What is not proved of copies that went nevertheless, by their id. */
  readonly #unproved = new LRUCache<string, { readonly generation: number; readonly text: string }>({
    max: UNPROVED_MAX,
  });
  #isAsking = false;

  constructor(options: DrainOptions) {
    this.#options = options;
  }

  /** Null = nothing leads to it. */
  async hold(copy: LeavingCopy): Promise<DrainStep | null> {
    if (copy.policy === "never") return null;
    const nowMs = this.#options.clock.nowMs();
    const known = this.#entries.get(copy.id);
    const entry: Entry = known?.phase === "leaving" ? known : newEntry(copy, nowMs, this.#begun + 1);
    entry.copy = copy;
    entry.heldMs = nowMs;
    if (entry.services === null) {
      const services = await copy.services().catch((error: unknown) => messageOf(error));
      if (typeof services === "string") return this.#notReadable(entry, services);
      // What was asked before is asked on until it is over.
      if (services.length === 0 && known === undefined) return null;
      entry.services = services;
    }
    this.#entries.set(copy.id, entry);
    this.#ask();
    return this.#stepOf(entry);
  }

  /** The copy went: `unproved` says what was not proved by then, null = all was. */
  gone(id: string, unproved: string | null): void {
    const entry = this.#entries.get(id);
    if (entry?.phase !== "leaving") return;
    entry.phase = "gone";
    entry.goneMs = this.#options.clock.nowMs();
    if (unproved === null) return;
    const { cluster, by, generation } = entry.copy;
    this.#unproved.set(id, { generation, text: unproved });
    this.#options.log.warn(
      { cluster, by, unproved },
      "a copy went without a proof that no client is led to it",
    );
  }

  stays(id: string): void {
    const entry = this.#entries.get(id);
    if (entry?.phase === "leaving") entry.phase = "staying";
    if (entry?.phase === "gone") entry.isBack = true;
  }

  /** What was not proved when the copy went, by this generation of its object; null = nothing. */
  unprovedOf(id: string, generation: number): string | null {
    const unproved = this.#unproved.get(id);
    return unproved?.generation === generation ? unproved.text : null;
  }

  #stepOf({ copy, services, sinceMs, firstExchange }: Entry): DrainStep {
    const { boundMs, clock } = this.#options;
    const states = this.#answered < firstExchange ? new Map<string, RemovalState>() : this.#states;
    const drained = (services ?? []).map((service) => {
      const state = states.get(removalKey({ cluster: copy.cluster, service })) ?? null;
      return { service, state };
    });
    // An order that an earlier process has asked for has been in force for longer.
    const orderedMs = drained.map(({ state }) => state?.sinceMs ?? Infinity);
    const waitedMs = Math.max(clock.nowMs() - sinceMs, clock.wallMs() - Math.min(...orderedMs));
    const isBoundReached = waitedMs >= boundMs;
    return drainStep({ ...copy, services: drained, isBoundReached });
  }

  #notReadable(entry: Entry, problem: string): DrainStep {
    this.#entries.set(entry.copy.id, entry);
    const reason = `it cannot be read which Services lead to it (${problem})`;
    const isBoundReached = this.#options.clock.nowMs() - entry.sinceMs >= this.#options.boundMs;
    const mayGo = isBoundReached && entry.copy.cause === "person";
    return { state: mayGo ? "bound-reached" : "asked", mayGo, reason };
  }

  /** Goes on by itself while there is something to ask. */
  #ask(): void {
    if (this.#isAsking) return;
    this.#isAsking = true;
    void this.#exchange();
  }

  async #exchange(): Promise<void> {
    const { channel, clock, signal } = this.#options;
    if (signal.aborted) return;
    this.#age(clock.nowMs());
    const asks = this.#asks();
    const exchange = (this.#begun += 1);
    const states = asks.length === 0 ? [] : await channel(asks).catch(() => null);
    this.#states = new Map((states ?? []).map((state) => [removalKey(state), state]));
    this.#answered = exchange;
    this.#forgetOver();
    if (this.#entries.size === 0) this.#isAsking = false;
    else clock.after(ASK_EVERY_MS, () => void this.#exchange());
  }

  #age(nowMs: number): void {
    for (const entry of this.#entries.values()) {
      if (entry.phase === "leaving" && nowMs - entry.heldMs > FORGOTTEN_AFTER_MS) entry.phase = "staying";
      const goneMaxMs = entry.isBack ? GONE_MIN_MS : GONE_MAX_MS;
      if (entry.phase === "gone" && nowMs - entry.goneMs > goneMaxMs) entry.phase = "staying";
    }
  }

  #forgetOver(): void {
    for (const [id, { copy, services, phase }] of this.#entries) {
      if (phase === "leaving") continue;
      const isOver = (services ?? []).every(
        (service) => this.#states.get(removalKey({ cluster: copy.cluster, service }))?.kind === "over",
      );
      if (isOver) this.#entries.delete(id);
    }
  }

  /** One for each Service of each cluster: it stays only if all that leads to it stays. */
  #asks(): readonly RemovalAsk[] {
    const asks = new Map<string, RemovalAsk>();
    for (const { copy, services, phase } of this.#entries.values())
      for (const service of services ?? []) {
        const { cluster, alsoLeaving, by, policy } = copy;
        const isForced = policy === "always" && phase === "leaving";
        const key = removalKey({ cluster, service });
        const ask = { cluster, service, phase, isForced, alsoLeaving, by };
        const before = asks.get(key);
        if (before !== undefined || asks.size < ASKS_MAX) asks.set(key, joined(before, ask));
      }
    return [...asks.values()];
  }
}

const PHASES: readonly RemovalAsk["phase"][] = ["leaving", "gone", "staying"];

function joined(a: RemovalAsk | undefined, b: RemovalAsk): RemovalAsk {
  if (a === undefined) return b;
  const [first, second] = PHASES.indexOf(a.phase) <= PHASES.indexOf(b.phase) ? [a, b] : [b, a];
  const alsoLeaving = [...new Set([...first.alsoLeaving, ...second.alsoLeaving])];
  return { ...first, isForced: a.isForced || b.isForced, alsoLeaving };
}

function newEntry(copy: LeavingCopy, nowMs: number, firstExchange: number): Entry {
  return {
    copy,
    services: null,
    phase: "leaving",
    sinceMs: nowMs,
    heldMs: nowMs,
    goneMs: 0,
    isBack: false,
    firstExchange,
  };
}
