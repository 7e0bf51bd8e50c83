/** Members as a planner sees them: replicas become ready when told so, rooms get smaller and larger, clusters go away. */
import { preferencesOf } from "./notation.ts";
import {
  planSteadily,
  type ShownReplicas,
  type SteadyPlan,
  type SteadyRequest,
} from "../../../src/propagate/planner/steady-plan.ts";
import type { Preferences } from "../../../src/propagate/planner/planner.ts";

export const REGAIN_AFTER_MS = 300_000;

/** `shown`: what its status says of `ready`, which is older while `isObserved` is not true. */
type Site = { spec: number; ready: number; shown: number; isObserved: boolean; room: number };

export class World {
  readonly sites: Map<string, Site> = new Map();
  readonly away: Set<string> = new Set();
  readonly autoscaled: Set<string> = new Set();
  clusters: readonly string[];
  preferences: Preferences;
  total: number;
  surge = 2;
  nowMs = 0;
  plan: SteadyPlan | null = null;
  rule: "kubefed" | "even" = "even";
  /** What stops is shown late: with the next status. */
  isLagging = false;

  constructor(clusters: string, preferences: string, total: number, rebalance = true) {
    this.clusters = [...clusters];
    this.preferences = preferencesOf(preferences, rebalance);
    this.total = total;
  }

  prefer(preferences: string, rebalance: boolean): void {
    this.preferences = preferencesOf(preferences, rebalance);
  }

  /** Cordoned or full: at most so many run there. */
  room(cluster: string, room: number): void {
    const site = this.site(cluster);
    site.room = room;
    site.ready = Math.min(site.ready, room);
    this.report(cluster);
  }

  /** What is asked next, without deciding it. */
  request(): SteadyRequest {
    const seen = new Map<string, ShownReplicas>();
    for (const [cluster, { spec, shown, isObserved, room }] of this.sites) {
      const unschedulable = Math.max(0, spec - room);
      if (!this.away.has(cluster))
        seen.set(cluster, { replicas: spec, ready: shown, isObserved, unschedulable });
    }
    const { total, clusters, preferences, plan: before, nowMs, surge, rule } = this;
    const away = new Set(this.away);
    const settings = { key: "", regainAfterMs: REGAIN_AFTER_MS, surge, rule };
    return {
      total,
      clusters,
      preferences,
      seen,
      away,
      autoscaled: new Set(this.autoscaled),
      before,
      nowMs,
      ...settings,
    };
  }

  decide(): SteadyPlan {
    this.plan = planSteadily(this.request());
    return this.plan;
  }

  /** The members that can be reached get what was decided; those that stop are not ready from then on. */
  apply(): void {
    for (const [cluster, replicas] of this.plan?.replicas ?? []) {
      if (this.away.has(cluster) || this.autoscaled.has(cluster)) continue;
      const site = this.site(cluster);
      site.isObserved &&= site.spec === replicas;
      site.spec = replicas;
      site.ready = Math.min(site.ready, replicas);
      if (!this.isLagging) this.report(cluster);
    }
  }

  /** Of the replicas that start in a cluster, so many become ready. */
  start(cluster: string, count: number): void {
    const site = this.site(cluster);
    site.ready = Math.max(site.ready, Math.min(site.spec, site.room, site.ready + count));
    this.report(cluster);
  }

  fail(cluster: string, count: number): void {
    const site = this.site(cluster);
    site.ready = Math.max(0, site.ready - count);
    this.report(cluster);
  }

  /** The status of a cluster is that of now. */
  report(cluster: string): void {
    const site = this.site(cluster);
    site.shown = site.ready;
    site.isObserved = true;
  }

  /** Decides and carries out until nothing changes; `onTurn` sees the ready replicas of each turn. */
  settle(onTurn: (ready: number) => void = () => undefined): void {
    for (let turn = 0, before = ""; turn < 1000; turn++) {
      this.decide();
      this.apply();
      onTurn(this.ready());
      for (const cluster of this.sites.keys()) if (!this.away.has(cluster)) this.start(cluster, 1);
      const now = JSON.stringify([...this.sites]);
      if (now === before) return;
      before = now;
    }
    throw new Error("it goes on and on");
  }

  /** Of the clusters that can be reached. */
  ready(): number {
    return [...this.sites].reduce((sum, [name, { ready }]) => sum + (this.away.has(name) ? 0 : ready), 0);
  }

  /** `A3 B3`: what each cluster has been given. */
  shown(): string {
    return [...this.sites]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, { spec }]) => `${name}${spec}`)
      .join(" ");
  }

  site(cluster: string): Site {
    const site = this.sites.get(cluster) ?? {
      spec: 0,
      ready: 0,
      shown: 0,
      isObserved: true,
      room: Number.POSITIVE_INFINITY,
    };
    this.sites.set(cluster, site);
    return site;
  }
}
