/** The control plane, built and wired in reading order: members report to the federation, and the pipeline writes the picture. */
import { join } from "node:path";
import type { Clock } from "../../kernel/clock.ts";
import type { Config } from "../config/config.ts";
import type { Place } from "../../federation/members/cluster.ts";
import type { Log } from "../../kernel/log.ts";
import { createHostnameResolver, type HostnameResolver } from "../../fleet/resolve/hostname.ts";
import { createProber } from "../../traffic/probe/prober.ts";
import { zonesIn } from "../../picture/nodes/numbering.ts";
import type { PictureStore } from "../../picture/publish/picture-store.ts";
import { type Pipeline, openPipeline } from "./pipeline.ts";
import { openSources } from "../../fleet/sources/open-sources.ts";
import { ROUTING_KINDS } from "../../fleet/sources/source-table.ts";
import { type HostAuthority, hostAuthorityOf } from "../../federation/hosts/authority.ts";
import { HostController } from "../../federation/hosts/host-controller.ts";
import { generatedZones } from "../../federation/zones/generated-zones.ts";
import { ClusterMember } from "../../fleet/members/member.ts";
import { type ZoneSet, ZoneStore } from "../../federation/zones/zone-store.ts";

/** Longer than a restart takes; the end of the last run is known to a minute. */
const LONG_STOP_MS = 120_000;

export type ControlPlaneOptions = {
  readonly config: Config;
  readonly store: PictureStore;
  readonly clock: Clock;
  /** 0 <= random() < 1. */
  readonly random: () => number;
  readonly log: Log;
};

export type ControlPlane = Pipeline & {
  readonly members: readonly ClusterMember[];
  readonly hosts: HostController;
  readonly zones: ZoneStore;
  readonly hostnames: HostnameResolver;
  /** Reads the zone files again; `isOrdered`: an operator asks for it. */
  reload(isOrdered: boolean): void;
};

export async function openControlPlane(options: ControlPlaneOptions): Promise<ControlPlane> {
  const { config, clock, random, log } = options;
  const members: ClusterMember[] = [];
  const places = (): readonly Place[] => members.flatMap((member) => member.places);
  const zones = new ZoneStore({
    folder: config.zones,
    generated: generatedZones(config),
    published: zonesIn(options.store.memory),
    places,
    clock,
    log,
  });
  const loaded = zones.load();
  const pipeline = await openPipeline({
    ...options,
    zones: loaded,
    prober: createProber(),
    ordersPath: join(config.stateDirectory, "orders.json"),
    healthPath: join(config.stateDirectory, "health.json"),
  });
  const { federation, publisher, tracker, lastRun } = pipeline;
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
    hosts.flush();
    for (const { name, isSynced } of members) if (isSynced) publisher.read(name);
    if (!members.every((member) => member.isSynced)) return;
    publisher.settle();
    tracker.markInitialSyncDone();
  };
  const { ttlSeconds, staleAfterSeconds } = config;
  const common = {
    federation,
    hostnames,
    hosts,
    sources: await openSources(config.sources),
    ttlSeconds,
    staleAfterMs: staleAfterSeconds * 1000,
    isLongStop: lastRun.endedMs !== null && clock.wallMs() - lastRun.endedMs > LONG_STOP_MS,
    onSynced,
    clock,
    random,
  };
  members.push(
    ...config.clusters.map((settings) => {
      const seenUntilMs = lastRun.seenUntilMs.get(settings.name) ?? null;
      return new ClusterMember({ ...common, settings, seenUntilMs, log });
    }),
  );
  const reload = (isOrdered: boolean): void => {
    const set = zones.load(isOrdered);
    publisher.setZones(set.zones, set.retained);
    hosts.setAuthority(authorityIn(set));
  };
  return { ...pipeline, members, hosts, zones, hostnames, reload };
}
