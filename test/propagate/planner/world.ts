/** Members as a planner sees them: replicas become ready when told so, rooms get smaller and larger, clusters go away. */
import { preferencesOf } from "./notation.ts";
import {
  planSteadily,
  type SeenCopy,
  type SteadyPlan,
  type SteadyRequest,
} from "../../../src/propagate/planner/steady-plan.ts";
import type { Preferences } from "../../../src/propagate/planner/planner.ts";

export const REGAIN_AFTER_MS = 300_000;

type Site = { spec: number; ready: number; room: number };

export class World {
  readonly sites: Map<string, Site> = new Map();
  readonly away: Set<string> = new Set();
  clusters: readonly string[];
  preferences: Preferences;
  total: number;
  surge = 2;
  nowMs = 0;
  plan: SteadyPlan | null = null;
  rule: "kubefed" | "even" = "even";

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
  }

  /** What is asked next, without deciding it. */
  request(): SteadyRequest {
    const seen = new Map<string, SeenCopy>();
    for (const [cluster, { spec, ready, room }] of this.sites)
      if (!this.away.has(cluster))
        seen.set(cluster, { replicas: spec, ready, unschedulable: Math.max(0, spec - room) });
    const { total, clusters, preferences, plan: before, nowMs, surge, rule } = this;
    const away = new Set(this.away);
    const settings = { key: "", regainAfterMs: REGAIN_AFTER_MS, surge, rule };
    return { total, clusters, preferences, seen, away, before, nowMs, ...settings };
  }

  decide(): SteadyPlan {
    this.plan = planSteadily(this.request());
    return this.plan;
  }

  /** The members that can be reached get what was decided; those that stop are not ready from then on. */
  apply(): void {
    for (const [cluster, replicas] of this.plan?.replicas ?? []) {
      if (this.away.has(cluster)) continue;
      const site = this.site(cluster);
      site.spec = replicas;
      site.ready = Math.min(site.ready, replicas);
    }
  }

  /** Of the replicas that start in a cluster, so many become ready. */
  start(cluster: string, count: number): void {
    const site = this.site(cluster);
    site.ready = Math.max(site.ready, Math.min(site.spec, site.room, site.ready + count));
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
    const site = this.sites.get(cluster) ?? { spec: 0, ready: 0, room: Number.POSITIVE_INFINITY };
    this.sites.set(cluster, site);
    return site;
  }
}
