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
import type { PublisherSettings } from "../../picture/publish/publisher-options.ts";
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
import { RememberedPlaces } from "../forget/remembered-places.ts";
import { Withdrawn } from "./withdrawn.ts";
import type { Prober } from "../../traffic/probe/outcome.ts";
import type { ZoneSet } from "../../federation/zones/zone-store.ts";

type PipelineOptions = {
  /** At the start. */
  readonly config: Config;
  /** In force now. */
  readonly inForce: () => Config;
  readonly store: PictureStore;
  readonly zones: ZoneSet;
  readonly prober: Prober;
  /** Files of the state directory; null = nothing is kept. */
  readonly ordersPath: string | null;
  readonly healthPath: string | null;
  readonly placesPath: string | null;
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
  /** What workers do not answer with any more. */
  readonly withdrawn: Withdrawn;
  readonly lastRun: LastRun;
  /** Places that go on to exist although no Node is there. */
  readonly places: RememberedPlaces;
};

/** The picture may be a new one: its members and settings are written with the first commit. */
export async function openPipeline(parts: PipelineOptions): Promise<Pipeline> {
  const { config, inForce, store, zones, clock, log } = parts;
  const federations = publishedFederations(config);
  const changes = new ChangeFeed();
  const federation = new Federation(changes, CLUSTERS_MAX);
  const saved = readSaved(store.memory);
  if (saved !== null) restore(store.memory, saved, federation);
  const places = new RememberedPlaces({
    path: parts.placesPath,
    federation,
    keptMs: () => inForce().placesKeptSeconds * 1000,
    clock,
    log,
  });
  places.load();
  const lastRun = lastRunOf(store.memory, saved, clock.wallMs());
  federation.setQuota(quotaOf(config, federation.members.length));
  const isReusable = saved === null || isSameFederations(saved, federations);
  if (!isReusable) store.startOver(randomInt(2 ** 32));
  const cachedUntil = new CachedUntil({ store, federation, federations });
  const orders = new OrderStore({
    path: parts.ordersPath,
    clusters: () => federation.members.map(({ name }) => name),
    services: () => presencesIn(federation),
    onChange: () => changes.onOrders(),
    cachedByClients: (target) =>
      cachedByClients({ federation, cachedUntil, config: inForce(), clock }, target),
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
    ...publisherSettingsIn(config),
    planner,
    clock,
    log,
  });
  // The picture may be a new one, and is not to count from now.
  for (const [name, seenUntilMs] of lastRun.seenUntilMs) publisher.setLastSeen(name, seenUntilMs);
  changes.subscribe({ onLocality: (member) => places.note(member) });
  changes.subscribe(new ChangeRouter({ federation, orders: ordersNow, planner, publisher, clock }));
  if (!isReusable)
    for (const { name, backends } of federation.members)
      for (const key of backends.keys()) publisher.touchService(key, name);
  const withdrawn = new Withdrawn({ store, federation, federations });
  return { federation, changes, orders, tracker, planner, publisher, withdrawn, lastRun, places };
}

function openTracker(
  { config, healthPath, prober, clock, random, log }: PipelineOptions,
  changes: ChangeFeed,
): Promise<HealthTracker> {
  const { guardShare, concurrency, probesPerAddress } = config.health;
  return HealthTracker.open({
    path: healthPath,
    prober,
    settings: { guardShare, concurrency, probesPerAddress },
    onChange: (news) => changes.onHealth(news),
    clock,
    random,
    log,
  });
}

/** What the members may have together: as many addresses as a picture can track, and as many names. */
const QUOTA_SUM: number = 4 << 20;

/** What each of so many members may have. A service has a pool in each federation. */
export function quotaOf({ quota, federations }: Config, members: number): Quota {
  const part = Math.floor(QUOTA_SUM / Math.max(1, members) / Math.max(1, federations.length));
  return { names: quota.names ?? part, endpoints: quota.endpoints ?? part };
}

function publishedFederations(config: Config): PublishedFederation[] {
  return config.federations.map(({ name, domain }, id) => ({ id, name, domain: nameOf(domain) }));
}

export function publisherSettingsIn(config: Config): PublisherSettings {
  const { ttlSeconds, maxAnswers, traffic } = config;
  return { hostSuffixes: hostSuffixes(config), ttlSeconds, maxAnswers, spillBelow: traffic.spillBelow };
}

/** The suffixes under which members may have hosts; none when no source that declares hosts is enabled. */
function hostSuffixes({ sources, hosts }: Config): HostSuffix[] {
  return areHostsRead(sources)
    ? hosts.map(({ suffix, clusters }) => ({ name: nameOf(suffix), clusters }))
    : [];
}
