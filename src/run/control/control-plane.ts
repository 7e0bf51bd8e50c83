/** The control plane: its parts, built and wired in reading order. Facts of members go to the federation, from there to the picture. */
import { join } from "node:path";
import type { Clock } from "../../kernel/clock.ts";
import type { Config } from "../config/config.ts";
import type { Place } from "../../federation/members/cluster.ts";
import type { Federation } from "../../federation/members/federation.ts";
import type { Log } from "../../kernel/log.ts";
import { createHostnameResolver, type HostnameResolver } from "../../fleet/resolve/hostname.ts";
import { HealthTracker } from "../../traffic/probe/health-tracker.ts";
import { createProber } from "../../traffic/probe/prober.ts";
import type { HealthChange } from "../../traffic/probe/report.ts";
import type { PictureStore } from "../../picture/publish/picture-store.ts";
import type { Publisher } from "../../picture/publish/publisher.ts";
import { openBridge } from "./bridge.ts";
import { heldIn } from "../../traffic/orders/cached-by-clients.ts";
import { openSources } from "../../fleet/sources/open-sources.ts";
import { ROUTING_KINDS } from "../../fleet/sources/source-table.ts";
import { type HostAuthority, hostAuthorityOf } from "../../federation/hosts/authority.ts";
import { HostController } from "../../federation/hosts/host-controller.ts";
import { generatedZones } from "../../federation/zones/generated-zones.ts";
import { ClusterMember } from "../../fleet/members/member.ts";
import { OrderStore } from "../../traffic/orders/order-store.ts";
import { presencesIn } from "../../traffic/orders/presence.ts";
import { Traffic } from "../../traffic/plan/traffic.ts";
import { type ZoneSet, ZoneStore } from "../../federation/zones/zone-store.ts";

export type ControlPlaneParts = {
  readonly config: Config;
  readonly store: PictureStore;
  readonly clock: Clock;
  /** 0 <= random() < 1. */
  readonly random: () => number;
  readonly log: Log;
};

export type ControlPlane = {
  readonly members: readonly ClusterMember[];
  readonly federation: Federation;
  readonly publisher: Publisher;
  readonly hosts: HostController;
  readonly zones: ZoneStore;
  readonly orders: OrderStore;
  readonly traffic: Traffic;
  readonly health: HealthTracker;
  readonly hostnames: HostnameResolver;
  /** Reads the zone files again. */
  reload(): void;
};

export async function openControlPlane(parts: ControlPlaneParts): Promise<ControlPlane> {
  const { config, store, clock, random, log } = parts;
  const members: ClusterMember[] = [];
  const places = (): readonly Place[] => members.flatMap((member) => member.places);
  const zones = new ZoneStore({
    folder: config.zones,
    generated: generatedZones(config),
    places,
    clock,
    log,
  });
  const health = await openHealth(parts, (changes) => traffic.onHealth(changes));
  const orders = new OrderStore({
    path: join(config.stateDirectory, "orders.json"),
    clusters: config.clusters.map(({ name }) => name),
    services: () => presencesIn(federation),
    onChange: () => traffic.onOrders(),
    held: (target) => heldIn({ federation, publisher, config, clock }, target),
    clock,
    log,
  });
  orders.load();
  const traffic = new Traffic({ config, book: health, orders: () => orders.orders, clock });
  const loaded = zones.load();
  const { federation, publisher } = openBridge({ config, store, zones: loaded, traffic, clock, log });
  const authorityIn = (served: ZoneSet): HostAuthority =>
    hostAuthorityOf({
      zones: served.zones,
      domains: config.federations.map(({ domain }) => domain),
      nameservers: config.nameservers.map(({ name }) => name),
    });
  const hosts = new HostController({
    rules: config.hosts,
    authority: authorityIn(loaded),
    routingKinds: ROUTING_KINDS,
    federation,
    publish: publisher,
    ttlSeconds: config.ttlSeconds,
    clock,
  });
  const hostnames = createHostnameResolver({ clock, log, servers: config.resolvers, random });
  const onSynced = (): void => {
    if (!members.every((member) => member.isSynced)) return;
    hosts.flush();
    publisher.complete();
    health.settled();
  };
  const { ttlSeconds, staleAfterSeconds } = config;
  const common = {
    federation,
    hostnames,
    hosts,
    sources: await openSources(config.sources),
    ttlSeconds,
    staleAfterMs: staleAfterSeconds * 1000,
    onSynced,
    clock,
    random,
  };
  members.push(...config.clusters.map((settings) => new ClusterMember({ ...common, settings, log })));
  const reload = (): void => {
    const set = zones.load();
    publisher.setZones(set.zones, set.retained);
    hosts.setAuthority(authorityIn(set));
  };
  return { members, federation, publisher, hosts, zones, orders, traffic, health, hostnames, reload };
}

function openHealth(
  { config, clock, random, log }: ControlPlaneParts,
  onChange: (changes: readonly HealthChange[]) => void,
): Promise<HealthTracker> {
  const { guardShare, concurrency } = config.health;
  const path = join(config.stateDirectory, "health.json");
  const settings = { guardShare, concurrency };
  return HealthTracker.open({ path, prober: createProber(), settings, onChange, clock, random, log });
}
