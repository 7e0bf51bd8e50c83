/**
 * What must hold, judged by what is true and not by what anybody believes.
 *
 *   a copy that goes, or gets no replicas, after a proof   | no cache holds an address of it, and no worker answers with one
 *   such a copy, until one of its pods is ready again       | nobody is led to it, by no worker and by no resolver
 *   a copy that gets fewer replicas by our own decision     | leaves as many ready as are asked for, or takes none that is ready
 *
 * A copy that goes without a proof is told as such: it was the last for its service, the bound is reached, or the object said so.
 */
import type { DrainStep } from "../../../src/propagate/drain/drain-step.ts";
import { planReplicas } from "../../../src/propagate/planner/planner.ts";
import type { ReplicaPreference } from "../../../src/propagate/schedule/preference.ts";
import { since } from "../replicas/wishes.ts";
import { count, siteOf, Violation, type Whole } from "./world.ts";

/** What a process acts on is at most so old; where a member was away, it remembers what was there. */
const HORIZON_MS = 25_000;
const ABSENCE_MS = 150_000;
/** What waits for its clients was decided before: the drain is bounded by this, and members come back a minute later. */
const HELD_MS = 720_000;
/** Between the look at a copy's pods and its end. */
const MOMENT_MS = 1_000;

export type Taken = {
  readonly cluster: string;
  readonly key: string;
  /** Null = the copy goes. */
  readonly to: number | null;
  /** What held it; null = no client is led to it. */
  readonly clients: DrainStep | null;
};

export class WholeJudge {
  /** Copies that went after a proof, by cluster and key. */
  readonly #gone = new Set<string>();
  readonly #awayMs = new Map<string, number>();
  readonly #hereMs = new Map<string, number>();

  /** To be called every few seconds. */
  look({ world, away, sim }: Whole): void {
    for (const { name } of world.clusters)
      (away.has(name) ? this.#awayMs : this.#hereMs).set(name, sim.nowMs);
  }

  ready(cluster: string, key: string, ready: number): void {
    if (ready > 0) this.#gone.delete(`${cluster} ${key}`);
  }

  /** At the moment at which a cluster makes the write. */
  take(whole: Whole, taken: Taken): void {
    const { cluster, key, to } = taken;
    const site = siteOf(whole, cluster, key);
    const least = Math.min(site.ready, site.asked ?? 0);
    try {
      if ((to ?? 0) === 0 && site.ready > 0) this.#checkClients(whole, taken);
      if (site.asked !== null && (to ?? 0) < least) this.#checkReady(whole, taken, least);
    } catch (error) {
      if (!(error instanceof Violation)) throw error;
      whole.wrong ??= error.message;
    }
    whole.sights.limit(cluster, key, to ?? 0);
  }

  /** Somebody is led to these clusters, by a worker or a cache. */
  led(whole: Whole, key: string, clusters: Iterable<string>, by: string): void {
    for (const cluster of clusters)
      if (this.#gone.has(`${cluster} ${key}`) && this.#isElsewhere(whole, key, cluster))
        whole.wrong ??= `${by} leads a client to ${key} in ${cluster}, which has gone`;
    count(whole, "check: nobody is led to a copy that has gone");
  }

  #checkClients(whole: Whole, { cluster, key, clients }: Taken): void {
    const { sim, cached } = whole;
    if (clients !== null && clients.state !== "proved") return count(whole, `not proved: ${clients.state}`);
    const policy = whole.wishes.get(key)?.at(-1)?.wish.drain;
    if (policy === "never") return count(whole, "not proved: the object wants none");
    if (clients === null && siteOf(whole, cluster, key).readyForMs() < MOMENT_MS)
      return count(whole, "not proved: ready since just now");
    const wallSeconds = Math.floor(sim.wallMs / 1000);
    const until = cached.heldUntil(key, cluster);
    if (until > wallSeconds)
      throw new Violation(
        `${key} in ${cluster} goes (${clients?.state ?? "no client is led to it"}), and a cache may hold it for ${until - wallSeconds} s`,
      );
    this.#gone.add(`${cluster} ${key}`);
    count(whole, "check: a copy that goes is in no cache");
  }

  #isElsewhere(whole: Whole, key: string, cluster: string): boolean {
    return whole.world.clusters.some(({ name }) => name !== cluster && siteOf(whole, name, key).ready > 0);
  }

  #checkReady(whole: Whole, { cluster, key, to, clients }: Taken, least: number): void {
    const { sights, wishes, sim, world } = whole;
    const horizonMs = HORIZON_MS + (clients === null ? 0 : HELD_MS);
    const said = since(
      (wishes.get(key) ?? []).map(({ fromMs, wish }) => ({ fromMs, value: wish })),
      sim.nowMs - horizonMs,
    );
    // People took it from here, or a plan that is not known here decided.
    const preferences = said.flatMap(({ preference }) => (preference === null ? [] : [preference]));
    if (preferences.length < said.length) return;
    if (sights.leastReady(cluster, key, this.#sinceMs(whole, cluster)) <= (to ?? 0))
      return count(whole, "check: no ready replica is taken");
    const elsewhere = world.clusters
      .filter(({ name }) => name !== cluster && !this.#isLongAway(whole, name))
      .reduce((sum, { name }) => sum + sights.mostReady(name, key, this.#sinceMs(whole, name)), 0);
    const asked = Math.min(...preferences.map((one) => this.#askedFor(whole, key, one, horizonMs)));
    if (elsewhere + (to ?? 0) < asked)
      throw new Violation(
        `${key} in ${cluster} gets ${to ?? "none"}: that leaves ${elsewhere + (to ?? 0)} ready of ${asked}, and takes ${least - (to ?? 0)}`,
      );
    count(whole, "check: others are ready when a replica goes");
  }

  /** As many as the preference may give out, where everything is as bad as it was lately. */
  #askedFor(whole: Whole, key: string, { total, preferences }: ReplicaPreference, horizonMs: number): number {
    const { sights, world, sim } = whole;
    const clusters = world.clusters
      .map(({ name }) => name)
      .filter((name) => this.#isHereFor(whole, name, horizonMs));
    const numbers = (of: (name: string) => number): Map<string, number> =>
      new Map(clusters.map((name) => [name, of(name)]));
    const capacity = numbers((name) => sights.leastRoom(name, key, sim.nowMs - ABSENCE_MS - horizonMs));
    const current = numbers((name) => sights.leastReady(name, key, sim.nowMs - HORIZON_MS));
    return (
      total - planReplicas({ total, clusters, preferences, capacity, current, key }, "kubefed").shortfall
    );
  }

  #sinceMs({ sim }: Whole, cluster: string): number {
    const wasAway = sim.nowMs - (this.#awayMs.get(cluster) ?? -Infinity) < ABSENCE_MS;
    return sim.nowMs - (wasAway ? 3 * ABSENCE_MS : HORIZON_MS);
  }

  #isHereFor({ sim, away }: Whole, cluster: string, ms: number): boolean {
    return !away.has(cluster) && sim.nowMs - (this.#awayMs.get(cluster) ?? -Infinity) > ms;
  }

  #isLongAway({ sim, away }: Whole, cluster: string): boolean {
    return away.has(cluster) && sim.nowMs - (this.#hereMs.get(cluster) ?? 0) > ABSENCE_MS;
  }
}
