/**
 * From the federation to the picture, in reading order: every part is complete before the next one is given it.
 *
 *     federation, orders, health ──> change feed ──> change router ──> planner, publisher ──> picture
 *
 * The federation starts with what the picture has of the last run. The publisher asks the planner whenever it writes.
 */
import { randomInt } from "node:crypto";
import type { Clock } from "../../kernel/clock.ts";
import type { Config } from "../config/config.ts";
import { Federation } from "../../federation/members/federation.ts";
import type { Quota } from "../../federation/members/quota.ts";
import { nameOf } from "../../dns/message/name.ts";
import { areHostsRead } from "../../fleet/sources/source-table.ts";
import type { Log } from "../../kernel/log.ts";
import type { HostSuffix, PublishedFederation } from "../../picture/nodes/node-plan.ts";
import { CLUSTERS_MAX } from "../../picture/format/cluster-set.ts";
import { CachedUntil } from "../../picture/publish/cached-until.ts";
import type { PictureStore } from "../../picture/publish/picture-store.ts";
import { Publisher } from "../../picture/publish/publisher.ts";
import {
  isSameFederations,
  type LastRun,
  lastRunOf,
  readSaved,
  restore,
} from "../../picture/publish/saved.ts";
import { cachedByClients } from "../../traffic/orders/cached-by-clients.ts";
import { OrderStore } from "../../traffic/orders/order-store.ts";
import { presencesIn } from "../../traffic/orders/presence.ts";
import { ChangeFeed } from "../../traffic/plan/change-feed.ts";
import { ChangeRouter } from "../../traffic/plan/change-router.ts";
import { Planner } from "../../traffic/plan/planner.ts";
import { HealthTracker } from "../../traffic/tracker/health-tracker.ts";
import type { Prober } from "../../traffic/probe/outcome.ts";
import type { ZoneSet } from "../../federation/zones/zone-store.ts";

type PipelineOptions = {
  readonly config: Config;
  readonly store: PictureStore;
  readonly zones: ZoneSet;
  readonly prober: Prober;
  /** Files of the state directory; null = nothing is kept. */
  readonly ordersPath: string | null;
  readonly healthPath: string | null;
  readonly clock: Clock;
  /** 0 <= random() < 1. */
  readonly random: () => number;
  readonly log: Log;
};

export type Pipeline = {
  readonly federation: Federation;
  readonly changes: ChangeFeed;
  readonly orders: OrderStore;
  readonly tracker: HealthTracker;
  readonly planner: Planner;
  readonly publisher: Publisher;
  readonly lastRun: LastRun;
};

export async function openPipeline(parts: PipelineOptions): Promise<Pipeline> {
  const { config, store, zones, clock, log } = parts;
  const federations = publishedFederations(config);
  const changes = new ChangeFeed();
  const federation = new Federation(changes, CLUSTERS_MAX);
  const saved = readSaved(store.memory);
  if (saved !== null) restore(store.memory, saved, federation);
  const lastRun = lastRunOf(store.memory, saved);
  federation.setQuota(quotaOf(config));
  const isReusable = saved === null || isSameFederations(saved, federations);
  if (!isReusable) store.startOver(randomInt(2 ** 32));
  const cachedUntil = new CachedUntil({ store, federation, federations });
  const orders = new OrderStore({
    path: parts.ordersPath,
    clusters: config.clusters.map(({ name }) => name),
    services: () => presencesIn(federation),
    onChange: () => changes.onOrders(),
    cachedByClients: (target) => cachedByClients({ federation, cachedUntil, config, clock }, target),
    clock,
    log,
  });
  orders.load();
  const tracker = await openTracker(parts, changes);
  const ordersNow = (): OrderStore["orders"] => orders.orders;
  const planner = new Planner({ config, federation, tracker, orders: ordersNow, cachedUntil, clock });
  const publisher = new Publisher({
    store,
    federation,
    federations,
    ...zones,
    hostSuffixes: hostSuffixes(config),
    ttlSeconds: config.ttlSeconds,
    maxAnswers: config.maxAnswers,
    spillBelow: config.traffic.spillBelow,
    planner,
    clock,
    log,
  });
  changes.subscribe(new ChangeRouter({ federation, orders: ordersNow, planner, publisher, clock }));
  const pipeline = { federation, changes, orders, tracker, planner, publisher, lastRun };
  if (!isReusable) for (const key of federation.keys) publisher.touchService(key);
  admitMembers(pipeline, config);
  publisher.flush();
  return pipeline;
}

function openTracker(
  { config, healthPath, prober, clock, random, log }: PipelineOptions,
  changes: ChangeFeed,
): Promise<HealthTracker> {
  const { guardShare, concurrency } = config.health;
  return HealthTracker.open({
    path: healthPath,
    prober,
    settings: { guardShare, concurrency },
    onChange: (news) => changes.onHealth(news),
    clock,
    random,
    log,
  });
}

/** The members of the settings, and no others. */
function admitMembers({ federation, changes, publisher, lastRun }: Pipeline, config: Config): void {
  const names = new Set(config.clusters.map((cluster) => cluster.name));
  const waitsFor = (isOne: (name: string) => boolean): Set<string> => new Set([...names].filter(isOne));
  publisher.expect({
    unread: waitsFor((name) => !lastRun.read.has(name)),
    outdated: waitsFor((name) => lastRun.outdated.has(name)),
  });
  changes.onOrders();
  for (const member of federation.members) if (!names.has(member.name)) federation.leave(member.name);
  // Members that left give their numbers back when the published picture names them no more.
  publisher.flush();
  for (const name of names) {
    federation.join(name);
    // Its number may be that of a member that left, and the picture may be a new one.
    publisher.setLastSeen(name, lastRun.seenUntilMs.get(name) ?? null);
  }
  // A member that took the number of a drained one is not drained.
  changes.onOrders();
}

/** What the members may have together: as many addresses as a picture can track, and as many names. */
const QUOTA_SUM: number = 4 << 20;

/** A service has a pool in each federation. */
function quotaOf({ quota, clusters, federations }: Config): Quota {
  const part = Math.floor(QUOTA_SUM / Math.max(1, clusters.length) / Math.max(1, federations.length));
  return { names: quota.names ?? part, endpoints: quota.endpoints ?? part };
}

function publishedFederations(config: Config): PublishedFederation[] {
  return config.federations.map(({ name, domain }, id) => ({ id, name, domain: nameOf(domain) }));
}

/** The suffixes under which members may have hosts; none when no source that declares hosts is enabled. */
function hostSuffixes({ sources, hosts }: Config): HostSuffix[] {
  return areHostsRead(sources)
    ? hosts.map(({ suffix, clusters }) => ({ name: nameOf(suffix), clusters }))
    : [];
}
