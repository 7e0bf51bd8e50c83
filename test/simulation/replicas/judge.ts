/**
 * The judge of every write of fedns that concerns replicas, at the moment at which an API server makes it. A process acts on what its
 * watches have shown, so that only what was so for HORIZON_MS counts, and longer where a member was away.
 *
 *   spec.replicas of a copy that an autoscaler scales  | is not changed
 *   a copy whose object has a preference               | never has the template's number, and stays where its namespace is
 *   a preference that was never valid for a process    | that process changes nothing
 *   a copy in a member that was away for long          | gets no more replicas for a while
 *   a copy that gets fewer replicas                    | leaves as many ready as are asked for, or takes none that is ready
 */
import { place } from "../../../src/propagate/placement/placement.ts";
import { planReplicas } from "../../../src/propagate/planner/planner.ts";
import type { ReplicaPreference } from "../../../src/propagate/schedule/preference.ts";
import { typeOf } from "../propagate/types.ts";
import { type ByFedns, checkGuard, checkLease } from "../propagate/judge.ts";
import { count, type Member, Violation } from "../propagate/run-state.ts";
import type { Written } from "../propagate/sim-server.ts";
import { HORIZON_MS } from "../propagate/truth.ts";
import { lineOf } from "../propagate/written-objects.ts";
import type { Wish } from "./wishes.ts";
import { TEMPLATE_LEAST, type World } from "./world.ts";

const DEPLOYMENTS = typeOf("deployments.apps");
/** In one run, in which some tens of things happen. */
const WRITES_MOST = 2_000;
/** A member that is away counts for a minute; what was seen of it until then counts as long. */
const ABSENCE_MS = 150_000;

/** Then a process has given it up for certain, and it waits so long for certain until it counts again. */
const GIVEN_UP_MS = 100_000;
const BACK_MS = 60_000;

type Changed = { readonly own: ByFedns; readonly key: string; readonly from: number; readonly to: number };

export class ReplicaJudge {
  /** Writes of fedns that changed something. */
  writes = 0;
  lastWrite = "";
  /** Of them those in members. */
  memberWrites = 0;
  /** Of each copy. */
  readonly copyWrites: Map<string, number> = new Map();
  #tenure: { readonly holder: object | null; readonly sinceMs: number } = { holder: null, sinceMs: 0 };
  /** When the server of each member did not answer last; `toMs` null = it does not now. */
  readonly #absences = new Map<string, { readonly fromMs: number; readonly toMs: number | null }>();
  /** When members were away last, and when they were not. */
  readonly #awayMs = new Map<string, number>();
  readonly #hereMs = new Map<string, number>();

  /** Throws Violation. */
  take(world: World, written: Written): void {
    const { run } = world;
    const { change, server, caller } = written;
    this.look(run);
    if (caller === null || caller.instance === null || change.resource.plural === "events") return;
    const own = { ...written, caller: { ...caller, instance: caller.instance } };
    this.writes += 1;
    this.lastWrite = `${lineOf(written)} by ${caller.request.method} ${caller.request.url}`;
    if (this.writes > WRITES_MOST) throw odd(own, "is one of writes without end");
    checkLease(run, own);
    if (server === run.host) return;
    this.memberWrites += 1;
    checkGuard(own);
    if (change.object.kind === "Deployment") this.#takeCopy(world, own);
  }

  #takeCopy(world: World, own: ByFedns): void {
    const { run, wishes, sights } = world;
    const { object, previous, kind } = own.change;
    const member = own.server.name;
    const key = `${object.metadata.namespace ?? ""}/${object.metadata.name}`;
    const id = `${member} ${key}`;
    this.copyWrites.set(id, (this.copyWrites.get(id) ?? 0) + 1);
    const sinceMs = run.time.nowMs - HORIZON_MS;
    const from = previous === undefined ? null : replicasOf(previous);
    const to = kind === "DELETED" || isLeaving(own) ? 0 : replicasOf(object);
    const scaled = wishes.autoscaled(member, key, this.#sinceMs(world, member));
    const isScaled = scaled.every(Boolean);
    if (isScaled && kind === "MODIFIED" && !isLeaving(own)) {
      if (from !== to) throw odd(own, `has ${to} replicas instead of ${from}, which its autoscaler decides`);
      count(run, "check: an autoscaler decides");
    }
    const said = wishes.of(key, sinceMs);
    if (!said.every(({ kind: one }) => one !== "none") || isWithdrawn(world, key, sinceMs)) return;
    this.#checkInvalid(world, own, key);
    if (from === to) return;
    if (to >= TEMPLATE_LEAST && !scaled.some(Boolean))
      throw odd(own, "has the template's number although it has a preference");
    count(run, "check: a preference decides");
    if (from !== null && to > from) this.#checkReturn(world, said, { own, key, from, to });
    if (from !== null && to < from && !scaled.some(Boolean))
      this.#checkReady(world, said, { own, key, from, to });
    sights.limit(member, key, to);
  }

  #checkInvalid({ run, wishes }: World, own: ByFedns, key: string): void {
    const { kind } = wishes.now(key);
    const bornMs = run.born.find(({ name }) => name === own.caller.instance)?.bornMs ?? 0;
    if (kind !== "invalid" || wishes.sinceMs(key) > bornMs) return;
    throw odd(own, "was written by a process that has seen no valid preference");
  }

  #checkReady(world: World, said: readonly Wish[], { own, key, to }: Changed): void {
    const { run, sights } = world;
    const preferences = said.flatMap((wish) => (wish.kind === "valid" ? [wish.preference] : []));
    // What was in force before what is said now is not known here.
    if (preferences.length < said.length || preferences.length === 0) return;
    const { name } = own.server;
    const least = sights.leastReady(name, key, this.#sinceMs(world, name));
    if (least <= to) return count(run, "check: no ready replica is taken");
    const counted = run.members.filter((one) => one.name !== name && !this.#isLongAway(world, one));
    const elsewhere = counted.reduce(
      (sum, one) => sum + sights.mostReady(one.name, key, this.#sinceMs(world, one.name)),
      0,
    );
    const asked = Math.min(...preferences.map((one) => this.#askedFor(world, key, one)));
    if (elsewhere + to < asked)
      throw odd(
        own,
        `leaves ${elsewhere + to} replicas ready of ${asked}, and takes ${least - to} that were`,
      );
    count(run, "check: others are ready when a replica goes");
  }

  /** As many as the preference may give out, where everything is as bad as it was lately. */
  #askedFor(world: World, key: string, { total, preferences, intersects }: ReplicaPreference): number {
    const { run, sights } = world;
    const { nowMs } = run.time;
    // What has just come back may have its room back later.
    const clusters = run.members
      .filter((one) => this.#isHereFor(world, one, HORIZON_MS))
      .filter((one) => !intersects || isSelected(world, key, one, nowMs - HORIZON_MS))
      .map(({ name }) => name);
    const numbers = (of: (name: string) => number): Map<string, number> =>
      new Map(clusters.map((name) => [name, of(name)]));
    const capacity = numbers((name) => sights.leastRoom(name, key, nowMs - ABSENCE_MS - HORIZON_MS));
    const current = numbers((name) => sights.leastReady(name, key, nowMs - HORIZON_MS));
    return (
      total - planReplicas({ total, clusters, preferences, capacity, current, key }, "kubefed").shortfall
    );
  }

  /** A member that was given up gets no replicas as soon as it answers again: it may go as it came. */
  #checkReturn(world: World, said: readonly Wish[], { own, key, from, to }: Changed): void {
    const { nowMs } = world.run.time;
    const absence = this.#absences.get(own.server.name);
    if (absence === undefined || absence.toMs === null || said.some(({ kind }) => kind !== "valid")) return;
    // A process that has begun since does not know of it.
    if (this.#tenure.sinceMs > absence.fromMs || absence.toMs - absence.fromMs < GIVEN_UP_MS) return;
    if (to <= world.wishes.planned(own.server.name, key, absence.toMs)) return;
    count(world.run, "check: a member that came back gets nothing at once");
    if (nowMs - absence.toMs < BACK_MS)
      throw odd(own, `gets ${to} replicas instead of ${from}, and its member is just back`);
  }

  /** To be called every few seconds. */
  look({ members, time: { nowMs }, instances, lease }: World["run"]): void {
    const holder = instances.find(({ name }) => name === lease.holder)?.propagator ?? null;
    if (holder !== this.#tenure.holder) this.#tenure = { holder, sinceMs: nowMs };
    for (const member of members) {
      const { name, server } = member;
      (isAway(member) ? this.#awayMs : this.#hereMs).set(name, nowMs);
      const absence = this.#absences.get(name);
      if (server.condition !== "up" && absence?.toMs !== null)
        this.#absences.set(name, { fromMs: nowMs, toMs: null });
      if (server.condition === "up" && absence?.toMs === null)
        this.#absences.set(name, { ...absence, toMs: nowMs });
    }
  }

  /** From when on it may be remembered what was seen in a member. */
  #sinceMs({ run }: World, member: string): number {
    const { nowMs } = run.time;
    const wasAway = nowMs - (this.#awayMs.get(member) ?? -Infinity) < ABSENCE_MS;
    return nowMs - (wasAway ? 3 * ABSENCE_MS : HORIZON_MS);
  }

  #isHereFor({ run }: World, member: Member, ms: number): boolean {
    return !isAway(member) && run.time.nowMs - (this.#awayMs.get(member.name) ?? -Infinity) > ms;
  }

  #isLongAway({ run }: World, member: Member): boolean {
    return isAway(member) && run.time.nowMs - (this.#hereMs.get(member.name) ?? 0) > ABSENCE_MS;
  }
}

export function isAway({ isJoined, server }: Member): boolean {
  return !isJoined || server.condition !== "up";
}

/** The object is to go, or goes elsewhere, by people's own word. */
function isWithdrawn({ run }: World, key: string, sinceMs: number): boolean {
  return run.truth
    .ordered(DEPLOYMENTS, key, run.members[0]?.name ?? "", sinceMs)
    .some(({ object }) => object === null || object.metadata.deletionTimestamp !== undefined);
}

/** By all that its object has said since then. */
export function isSelected({ run }: World, key: string, member: Member, sinceMs: number): boolean {
  const objects = run.truth.ordered(DEPLOYMENTS, key, member.name, sinceMs).map(({ object }) => object);
  return objects.every((object) => {
    const parsed = object === null ? null : run.truth.parsed(object);
    if (parsed === null || "problem" in parsed) return false;
    const { selector } = parsed.object.placement;
    if (selector === null) return true;
    const cluster = { name: member.name, labels: member.labels };
    return place({ clusters: null, selector }, [cluster], { kind: "unbounded" }).some((one) => one.isChosen);
  });
}

function isLeaving({ caller }: ByFedns): boolean {
  return caller.request.method === "DELETE";
}

function replicasOf(object: Readonly<Record<string, unknown>>): number {
  const { replicas = 1 } = (object["spec"] ?? {}) as { replicas?: number };
  return replicas;
}

function odd(own: ByFedns, what: string): Violation {
  return new Violation(`${lineOf(own)}: ${what}`);
}
