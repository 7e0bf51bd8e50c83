/**
 * One life of the propagator: it sees members late, decides with `allot`, and works on each copy by the rules of the real one: what is
 * wanted, whether clients hold it, the write. What it remembers ends with it.
 */
import type { RemovalAsk, RemovalState } from "../../../src/federation/removals/removal-ask.ts";
import type { Clock } from "../../../src/kernel/clock.ts";
import { silentLog } from "../../../src/kernel/log.ts";
import type { WriteOutcome } from "../../../src/propagate/apply/outcome.ts";
import type { Brake } from "../../../src/propagate/brake/brake.ts";
import { CopyDrain, copyId, type LeavingCopy } from "../../../src/propagate/drain/copy-drain.ts";
import type { DrainStep } from "../../../src/propagate/drain/drain-step.ts";
import type { Allotment } from "../../../src/propagate/federated/allotment.ts";
import { allotted, statedReplicas } from "../../../src/propagate/federated/allotted.ts";
import type { FederatedObject } from "../../../src/propagate/federated/federated-object.ts";
import { place } from "../../../src/propagate/placement/placement.ts";
import { allot, type Decision } from "../../../src/propagate/schedule/allot.ts";
import { Decisions } from "../../../src/propagate/schedule/decisions.ts";
import type { CopyJob } from "../../../src/propagate/steps/copy-job.ts";
import { clientsAfter, holdForClients } from "../../../src/propagate/steps/drain-hold.ts";
import { type Wanted, wantedIn } from "../../../src/propagate/steps/wanted.ts";
import { MemberPresence } from "../../../src/propagate/workloads/presence.ts";
import { declaredObject, type Seen, stepOf } from "./copy-step.ts";
import { siteOf, type Whole, wishNow } from "./world.ts";

const LOOK_EVERY_MS = 1_000;
const WORK_EVERY_MS = 1_000;
const PODS_EVERY_MS = 15_000;
const BOUND_MS = 600_000;
const TYPE = "deployments.apps";
const UNBOUNDED = { kind: "unbounded" } as const;

type Member = { readonly presence: MemberPresence; readonly seen: Map<string, Seen>; isListed: boolean };

/** Null = control does not answer. */
export type Channel = (asks: readonly RemovalAsk[]) => Promise<readonly RemovalState[] | null>;

type PropagatorOptions = {
  readonly whole: () => Whole;
  readonly clock: Clock;
  readonly kill: () => void;
  readonly channel: Channel;
};

export class Propagator {
  readonly #options: PropagatorOptions;
  readonly #decisions = new Decisions();
  readonly #drain: CopyDrain;
  readonly #members: ReadonlyMap<string, Member>;
  readonly #ending = new AbortController();
  /** When the last news of each member arrive. */
  readonly #dueMs = new Map<string, number>();
  /** Copies that are worked on. */
  readonly #busy = new Set<string>();

  constructor(options: PropagatorOptions, clusters: readonly string[]) {
    this.#options = options;
    const { clock, channel } = options;
    const { signal } = this.#ending;
    this.#drain = new CopyDrain({ channel, boundMs: BOUND_MS, clock, signal, log: silentLog });
    this.#members = new Map(
      clusters.map((name) => [
        name,
        { presence: new MemberPresence(clock.nowMs()), seen: new Map(), isListed: false },
      ]),
    );
  }

  begin(): void {
    for (const cluster of this.#members.keys()) this.see(cluster);
    this.#look();
    this.#countPods();
    this.#work();
  }

  /** kill -9: writes on their way arrive. */
  end(): void {
    this.#ending.abort();
    this.#options.kill();
  }

  /** News of a member are on their way, unless it does not answer. */
  see(cluster: string): void {
    const { clock, whole } = this.#options;
    const { chance, away, keys } = whole();
    if (away.has(cluster)) return;
    const shown = keys.map((key) => [key, this.#shownOf(cluster, key)] as const);
    const lateMs = chance.is(0.1) ? chance.int(500, 3_000) : chance.int(5, 300);
    // In order, as a watch shows it.
    const dueMs = Math.max(this.#dueMs.get(cluster) ?? 0, clock.nowMs() + lateMs);
    this.#dueMs.set(cluster, dueMs);
    clock.after(dueMs - clock.nowMs(), () => {
      const member = this.#members.get(cluster);
      if (member === undefined || whole().away.has(cluster)) return;
      member.isListed = true;
      for (const [key, { facts, lives, isAutoscaled }] of shown) {
        const unschedulable =
          facts === null || facts.ready >= facts.asked ? 0 : member.seen.get(key)?.unschedulable;
        member.seen.set(key, { facts, lives, isAutoscaled, unschedulable: unschedulable ?? 0 });
      }
    });
  }

  #shownOf(cluster: string, key: string): Omit<Seen, "unschedulable"> {
    const { asked, ready, running, isObserved, lives, isAutoscaled } = siteOf(
      this.#options.whole(),
      cluster,
      key,
    );
    const facts =
      asked === null ? null : { asked, ready, running, isObserved, refused: null, selector: "app=web" };
    return { facts, lives, isAutoscaled };
  }

  #look(): void {
    const { clock, whole } = this.#options;
    for (const [name, { presence, isListed }] of this.#members) {
      const isSeen = isListed && !whole().away.has(name);
      presence.look(
        isSeen ? "seen" : isListed || whole().away.has(name) ? "unseen" : "not-yet",
        clock.nowMs(),
      );
    }
    clock.after(LOOK_EVERY_MS, () => this.#look());
  }

  #countPods(): void {
    const { clock, whole } = this.#options;
    for (const [name, { seen }] of this.#members)
      if (!whole().away.has(name))
        for (const [key, one] of seen) one.unschedulable = siteOf(whole(), name, key).pending;
    clock.after(PODS_EVERY_MS, () => this.#countPods());
  }

  #work(): void {
    const { clock, whole } = this.#options;
    const { keys, chance } = whole();
    for (const key of keys) {
      const object = this.#objectOf(key);
      for (const [cluster, { isListed }] of this.#members)
        if (isListed && !whole().away.has(cluster)) void this.#workOn(cluster, key, object);
    }
    clock.after(WORK_EVERY_MS + chance.int(0, 100), () => this.#work());
  }

  /** With what is decided about it. */
  #objectOf(key: string): FederatedObject {
    const object = declaredObject(this.#options.whole(), key);
    const { preference } = wishNow(this.#options.whole(), key);
    const autoscaled = new Set(
      [...this.#members].flatMap(([name, { seen }]) => (seen.get(key)?.isAutoscaled === true ? [name] : [])),
    );
    if (preference === null) this.#decisions.forget(key);
    const allotment: Allotment | null =
      preference === null
        ? { replicas: null, undecided: new Set<string>(), autoscaled }
        : this.#decide(key, object, autoscaled).allotment;
    return allotted(object, allotment);
  }

  #decide(key: string, object: FederatedObject, autoscaled: ReadonlySet<string>): Decision {
    const { whole, clock } = this.#options;
    const { preference } = wishNow(whole(), key);
    if (preference === null) throw new Error("nothing to decide");
    const decision = allot({
      preference,
      object,
      bound: UNBOUNDED,
      clusters: [...this.#members].map(([name, { presence, seen }]) => {
        const { facts = null, unschedulable = 0 } = seen.get(key) ?? {};
        return { cluster: { name, labels: {} }, counts: presence.counts, facts, unschedulable };
      }),
      autoscaled,
      rule: "kubefed",
      before: this.#decisions.lastPlanOf(key),
      nowMs: clock.nowMs(),
    });
    this.#decisions.set(key, decision);
    return decision;
  }

  async #workOn(cluster: string, key: string, object: FederatedObject): Promise<void> {
    const id = copyId(cluster, TYPE, key);
    const wanted = wantedIn({ object }, { name: cluster, labels: {} }, UNBOUNDED);
    const seen = this.#members.get(cluster)?.seen.get(key);
    if (wanted.kind === "undecided" || seen === undefined || this.#busy.has(id)) return;
    this.#busy.add(id);
    try {
      const step = stepOf(wanted, seen, cluster);
      const leaving = (): LeavingCopy => this.#leaving(id, cluster, key, object, wanted);
      const holds = { brake: null as unknown as Brake, drain: this.#drain, id, leaving };
      const body = step.number === null ? null : { spec: { replicas: step.number } };
      const clients = await holdForClients(step.action.kind, body, holds);
      if (clients?.mayGo === false) return;
      const outcome =
        step.action.kind === "none" ? null : await this.#write(cluster, key, seen, step.number, clients);
      const job = { wanted } as unknown as CopyJob;
      clientsAfter(step.action, outcome, body, clients, job, holds);
    } finally {
      this.#busy.delete(id);
    }
  }

  #leaving(id: string, cluster: string, key: string, object: FederatedObject, wanted: Wanted): LeavingCopy {
    const others = [...this.#members.keys()].filter((name) => name !== cluster);
    const stays = others.filter(
      (name) =>
        statedReplicas(object, name) !== 0 &&
        place(object.placement, [{ name, labels: {} }], UNBOUNDED).some(
          (one) => one.cluster === name && one.isChosen,
        ),
    );
    const leaves = others.filter(
      (name) => !stays.includes(name) && (this.#members.get(name)?.seen.get(key)?.facts ?? null) !== null,
    );
    const { allotment } = object;
    const isByPlan = allotment !== null && allotment.replicas !== null;
    const isPersons = !isByPlan || allotment.unwanted?.has(cluster) === true;
    return {
      id,
      cluster,
      generation: object.generation,
      policy: object.drain,
      cause: wanted.kind !== "undecided" && isPersons ? "person" : "automatic",
      isPlacedElsewhere: stays.length > 0,
      alsoLeaving: leaves,
      by: "propagate",
      services: () => this.#servicesOf(cluster, key),
    };
  }

  /** The Service of its name leads to it, if any of its pods is ready. */
  async #servicesOf(cluster: string, key: string): Promise<readonly string[]> {
    await this.#pass();
    const whole = this.#options.whole();
    if (whole.away.has(cluster)) throw new Error("it does not answer");
    return siteOf(whole, cluster, key).ready > 0 ? [key] : [];
  }

  /** It arrives although this process may end meanwhile; the answer may be lost. */
  async #write(
    cluster: string,
    key: string,
    seen: Seen,
    number: number | null,
    clients: DrainStep | null,
  ): Promise<WriteOutcome> {
    const { whole, clock } = this.#options;
    const site = siteOf(whole(), cluster, key);
    const { chance, sim } = whole();
    let isDone = false;
    sim.process().clock.after(chance.int(1, 40), () => {
      const isStale = seen.facts !== null && site.lives !== seen.lives;
      if (whole().away.has(cluster) || isStale) return;
      whole().judge.take(whole(), { cluster, key, to: number, clients });
      site.ask(number);
      isDone = true;
      whole().propagator.see(cluster);
    });
    await new Promise<void>((resolve) => clock.after(chance.int(41, 80), resolve));
    const known = { report: null, copy: "unknown", retryAfterMs: 0 } as const;
    return { ...known, hasWritten: isDone, next: isDone ? "settled" : "retry" };
  }

  #pass(): Promise<void> {
    const { clock, whole } = this.#options;
    return new Promise((resolve) => clock.after(whole().chance.int(2, 60), resolve));
  }
}
