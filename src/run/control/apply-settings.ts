/**
 * Changed settings in the control plane, in reading order: from the members to what is published. Nothing is begun anew:
 * orders, health and the last good values of annotations stay. Only other sources have the members read again.
 */
import { isDeepStrictEqual } from "node:util";
import type { HostController } from "../../federation/hosts/host-controller.ts";
import { generatedZones } from "../../federation/zones/generated-zones.ts";
import type { ZoneStore } from "../../federation/zones/zone-store.ts";
import type { KubeconfigTerms } from "../../fleet/credentials/kubeconfig-trust.ts";
import type { Fleet } from "../../fleet/members/fleet.ts";
import { membersOfSettings } from "../../fleet/members/wanted-member.ts";
import type { HostnameResolver } from "../../fleet/resolve/hostname.ts";
import type { Clock } from "../../kernel/clock.ts";
import type { Config } from "../config/config.ts";
import { type ClientPlaces, dependsOnClients } from "./client-places.ts";
import { type Pipeline, publisherSettingsIn, quotaOf } from "./pipeline.ts";

/** The parts of the control plane that take settings while they run. */
type Followers = Pick<Pipeline, "federation" | "changes" | "tracker" | "planner" | "publisher" | "places"> & {
  readonly fleet: Pick<Fleet, "setMembers" | "members">;
  readonly hosts: Pick<HostController, "setRules" | "setTtl">;
  readonly zones: Pick<ZoneStore, "configure">;
  readonly hostnames: Pick<HostnameResolver, "setServers">;
  readonly clients: Pick<ClientPlaces, "begin">;
  readonly terms: KubeconfigTerms;
  /** Reads the zone files again; `isOrdered`: an operator asks for it. */
  reload(isOrdered: boolean): void;
  /** Has every member read again by the settings in force; what is known of it stays until then. */
  reopenSources(): Promise<void>;
};

type Setting = keyof Config;

/** `after` is in force already: parts that ask for the settings have it. */
export async function applySettings(
  parts: Followers,
  before: Config,
  after: Config,
  clock: Clock,
): Promise<void> {
  const { fleet, federation, hostnames, hosts, zones, tracker, planner, publisher, changes, clients } = parts;
  const hasChanged = (...settings: Setting[]): boolean =>
    settings.some((setting) => !isDeepStrictEqual(before[setting], after[setting]));

  if (hasChanged("resolvers")) hostnames.setServers(after.resolvers);
  if (hasChanged("clusters"))
    fleet.setMembers("settings", membersOfSettings(after.clusters, clock, parts.terms));
  if (hasChanged("placesKeptSeconds")) parts.places.refresh();
  if (hasChanged("quota")) federation.setQuota(quotaOf(after, fleet.members.length));
  if (hasChanged("zones", "nameservers", "soa")) {
    zones.configure({ folder: after.zones, generated: generatedZones(after) });
    parts.reload(true);
  }
  if (hasChanged("hosts")) hosts.setRules(after.hosts);
  if (hasChanged("ttlSeconds")) hosts.setTtl(after.ttlSeconds);
  if (hasChanged("health")) tracker.configure(after.health);
  if (hasChanged("ttlSeconds", "maxAnswers", "traffic", "hosts", "sources"))
    publisher.configure(publisherSettingsIn(after));
  if (hasChanged("ttlSeconds", "maxAnswers", "traffic", "health")) {
    planner.configure(after);
    for (const key of federation.keys) changes.onService(key, "");
  }
  const isLocated = dependsOnClients(before) !== dependsOnClients(after);
  if (hasChanged("locate") || isLocated || before.traffic.halfDistanceKm !== after.traffic.halfDistanceKm)
    clients.begin();
  if (hasChanged("sources")) await parts.reopenSources();
}
