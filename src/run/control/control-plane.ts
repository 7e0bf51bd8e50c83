/** The control plane, built and wired in reading order: members report to the federation, and the pipeline writes the picture. */
import { join } from "node:path";
import type { Clock } from "../../kernel/clock.ts";
import type { Config } from "../config/config.ts";
import type { Log } from "../../kernel/log.ts";
import { createHostnameResolver, type HostnameResolver } from "../../fleet/resolve/hostname.ts";
import {
  createDenial,
  type DenialSettings,
  type ProbeSurroundings,
  surroundingsIn,
} from "../../traffic/probe/denial.ts";
import type { Prober } from "../../traffic/probe/outcome.ts";
import { createProber } from "../../traffic/probe/prober.ts";
import { publishedZones, servedSerials } from "../../picture/nodes/published-zones.ts";
import type { Publisher } from "../../picture/publish/publisher.ts";
import type { PictureStore } from "../../picture/publish/picture-store.ts";
import { ForgottenClusters } from "../forget/forgotten-clusters.ts";
import { type Pipeline, openPipeline } from "./pipeline.ts";
import { openSources } from "../../fleet/sources/open-sources.ts";
import { ROUTING_KINDS } from "../../fleet/sources/source-table.ts";
import { type HostAuthority, hostAuthorityOf } from "../../federation/hosts/authority.ts";
import { ServiceRecords } from "../../federation/dns-records/service-records.ts";
import { HostController } from "../../federation/hosts/host-controller.ts";
import { generatedZones } from "../../federation/zones/generated-zones.ts";
import type { Fleet } from "../../fleet/members/fleet.ts";
import type { ClusterMember } from "../../fleet/members/member.ts";
import { membersOfSettings } from "../../fleet/members/wanted-member.ts";
import type { DnsRecordParts } from "../host/dns-record-runner.ts";
import type { HostRunner } from "../host/host-runner.ts";
import { kubeconfigTerms } from "../host/host-credentials.ts";
import { applySettings } from "./apply-settings.ts";
import { ClientPlaces } from "./client-places.ts";
import { openFleet } from "./open-fleet.ts";
import { SightFile } from "../claims/sight-file.ts";
import { type ZoneSet, ZoneStore } from "../../federation/zones/zone-store.ts";

export type ControlPlaneOptions = {
  /** At the start. */
  readonly config: Config;
  readonly store: PictureStore;
  readonly clock: Clock;
  /** 0 <= random() < 1. */
  readonly random: () => number;
  readonly log: Log;
};

export type ControlPlane = Pipeline & {
  /** `fleet.setMembers` says at any time which members a source wants. */
  readonly fleet: Fleet;
  /** Null = the settings name no host cluster. */
  readonly host: HostRunner | null;
  readonly hosts: HostController;
  /** Keeps since when hosts are claimed. */
  readonly sights: SightFile;
  readonly zones: ZoneStore;
  readonly hostnames: HostnameResolver;
  readonly forgotten: ForgottenClusters;
  readonly clients: ClientPlaces;
  /** The settings in force. */
  config(): Config;
  /** Reads the zone files again; `isOrdered`: an operator asks for it. */
  reload(isOrdered: boolean): void;
  /** Takes over what has changed in the settings. */
  apply(config: Config): Promise<void>;
};

export async function openControlPlane(options: ControlPlaneOptions): Promise<ControlPlane> {
  const { config, clock, random, log } = options;
  let current = config;
  const inForce = (): Config => current;
  let fleet: Fleet | null = null;
  const zones = new ZoneStore({
    folder: config.zones,
    generated: generatedZones(config),
    published: publishedZones(options.store.memory),
    places: () => fleet?.members.flatMap(({ allPlaces }) => allPlaces) ?? [],
    servedSerials: () => servedSerials(options.store.memory),
    clock,
    log,
  });
  const loaded = zones.load();
  const pipeline = await openPipeline({
    ...options,
    inForce,
    zones: loaded,
    prober: openProber(inForce, clock),
    ...filesIn(config.stateDirectory),
  });
  const { publisher, federation } = pipeline;
  const { hosts, sights } = await openHosts(pipeline, loaded, options);
  const hostnames = createHostnameResolver({ clock, log, servers: config.resolvers, random });
  let sources = await openSources(config.sources);
  const records = new ServiceRecords();
  const forgotten = loadForgotten(options, publisher, () => fleet?.members ?? []);
  const given = { hosts, hostnames, sources: () => sources, records, forgotten };
  fleet = openFleet({ ...options, inForce, pipeline, ...given });
  const terms = kubeconfigTerms(config, log);
  fleet.setMembers("settings", membersOfSettings(config.clusters, clock, terms));
  if (fleet.isComplete) forgotten.retain(fleet.members.map(({ name }) => name));
  const host = await openHost(options, fleet, { records, federation, hosts });
  publisher.flush();
  const reload = (isOrdered: boolean): void => {
    const set = zones.load(isOrdered);
    publisher.setZones(set.zones, set.retained);
    hosts.setAuthority(authorityIn(set, current));
  };
  const reopenSources = async (): Promise<void> => {
    const wanted = current.sources;
    const opened = await openSources(wanted);
    if (wanted !== current.sources) return;
    sources = opened;
    fleet.reopen();
  };
  const clients = new ClientPlaces({ config: inForce, publisher, clock, log });
  const parts = {
    ...pipeline,
    fleet,
    host,
    hosts,
    sights,
    zones,
    hostnames,
    forgotten,
    clients,
    terms,
    config: inForce,
    reload,
    reopenSources,
  };
  const apply = async (changed: Config): Promise<void> => {
    const before = current;
    current = changed;
    await applySettings(parts, before, changed, clock);
  };
  return { ...parts, apply };
}

type StateFiles = { readonly ordersPath: string; readonly healthPath: string; readonly placesPath: string };

function filesIn(folder: string): StateFiles {
  return {
    ordersPath: join(folder, "orders.json"),
    healthPath: join(folder, "health.json"),
    placesPath: join(folder, "places.json"),
  };
}

async function openHosts(
  { federation, publisher }: Pipeline,
  served: ZoneSet,
  { config, clock, log }: ControlPlaneOptions,
): Promise<{ readonly hosts: HostController; readonly sights: SightFile }> {
  const path = join(config.stateDirectory, "claims.jsonl");
  const sights = await SightFile.open({ path, clock, log });
  const hosts = new HostController({
    rules: config.hosts,
    authority: authorityIn(served, config),
    routingKinds: ROUTING_KINDS,
    federation,
    sights: sights.sights,
    publish: publisher,
    ttlSeconds: config.ttlSeconds,
    clock,
  });
  return { hosts, sights };
}

function authorityIn({ zones }: ZoneSet, { federations, nameservers }: Config): HostAuthority {
  const domains = federations.map(({ domain }) => domain);
  return hostAuthorityOf({ zones, domains, nameservers: nameservers.map(({ name }) => name) });
}

function loadForgotten(
  { config, clock, log }: ControlPlaneOptions,
  publisher: Publisher,
  members: () => readonly ClusterMember[],
): ForgottenClusters {
  const forgotten = new ForgottenClusters({
    path: join(config.stateDirectory, "forgotten.json"),
    clusters: () => members().map(({ name }) => name),
    unread: () => publisher.unread,
    isRead: (cluster) => members().some(({ name, isSynced }) => name === cluster && isSynced),
    onForgotten: (cluster) => publisher.dismiss(cluster),
    clock,
    log,
  });
  forgotten.load();
  return forgotten;
}

/** Loaded only where there is a host. */
async function openHost(
  { config, clock, random, log }: ControlPlaneOptions,
  fleet: Fleet,
  dns: Pick<DnsRecordParts, "records" | "federation" | "hosts">,
): Promise<HostRunner | null> {
  if (config.host === null) return null;
  const { HostRunner: Runner } = await import("../host/host-runner.ts");
  const { host: settings, stateDirectory, federations } = config;
  const onService = (service: string): void => {
    for (const { observer } of fleet.members) observer.view.recordChanged(service);
  };
  const terms = kubeconfigTerms(config, log);
  const options = { settings, terms, stateDirectory, fleet, clock, random, log };
  const runner = new Runner({ ...options, dns: { ...dns, federations, onService } });
  await runner.restore();
  return runner;
}

function openProber(inForce: () => Config, clock: Clock): Prober {
  const settings = (): DenialSettings => inForce().health;
  const surroundings = (): ProbeSurroundings => surroundingsIn(process.env);
  return createProber({ denialOf: createDenial({ settings, surroundings, clock }) });
}
