/** A fleet that is published into a picture: Federation and Publisher, wired as in the control process. */
import type { Clock } from "../../src/kernel/clock.ts";
import { nameOf } from "../../src/dns/message/name.ts";
import { sortPlaces } from "../../src/federation/members/cluster.ts";
import { Federation } from "../../src/federation/members/federation.ts";
import { silentLog } from "../../src/kernel/log.ts";
import type { PictureStore } from "../../src/picture/publish/picture-store.ts";
import { Publisher } from "../../src/picture/publish/publisher.ts";
import type { HostSuffix } from "../../src/picture/nodes/node-plan.ts";
import type { TrafficPlanner } from "../../src/picture/publish/traffic-planner.ts";
import { CLUSTERS_MAX } from "../../src/picture/format/cluster-set.ts";
import { generatedZone } from "../../src/dns/zone/generated.ts";
import { RememberedPlaces } from "../../src/run/forget/remembered-places.ts";
import { ChangeFeed } from "../../src/traffic/plan/change-feed.ts";
import type { Fleet } from "./fleet.ts";

export type Published = {
  readonly federation: Federation;
  readonly places: RememberedPlaces;
  readonly publisher: Publisher;
};

/** The default of `placesKeptSeconds`. */
const PLACES_KEPT_MS = 30 * 86_400_000;

/** Returns when everything is in the picture. */
export function publishFleet(
  fleet: Fleet,
  parts: {
    readonly store: PictureStore;
    readonly plannerFor: (federation: Federation) => TrafficPlanner;
    readonly clock: Clock;
  },
): Published {
  const { store, clock, plannerFor } = parts;
  const changes = new ChangeFeed();
  const federation = new Federation(changes, CLUSTERS_MAX);
  const places = new RememberedPlaces({
    path: null,
    federation,
    keptMs: () => PLACES_KEPT_MS,
    clock,
    log: silentLog,
  });
  const publisher = new Publisher({
    store,
    clock,
    planner: plannerFor(federation),
    federation,
    federations: fleet.federations.map(({ name, domain }, id) => ({ id, name, domain: nameOf(domain) })),
    zones: fleet.zones.map(generatedZone),
    hostSuffixes: hostSuffixesOf(fleet),
    ttlSeconds: fleet.ttlSeconds,
    maxAnswers: fleet.maxAnswers,
    spillBelow: 0.7,
    log: silentLog,
  });
  changes.subscribe({
    onService: (key, member) => publisher.touchService(key, member),
    onFreshness: (member, key) => publisher.refreshFreshness(key, member),
    onLocality: (member) => {
      places.note(member);
      publisher.touchStructure();
    },
  });
  for (const { name, places: given, services } of fleet.clusters) {
    federation.join(name);
    federation.setLocality(name, { places: sortPlaces(given), latitude: null, longitude: null });
    for (const [key, backend] of services) federation.setBackend(name, key, backend);
  }
  if (fleet.isSynced) publisher.complete();
  else {
    const unread = fleet.clusters.filter(({ isRead }) => !isRead).map(({ name }) => name);
    publisher.expect({ unread: new Set(unread), outdated: new Set() });
  }
  publisher.flush();
  return { federation, places, publisher };
}

/** By the rules; without any, every cluster may have hosts everywhere. */
function hostSuffixesOf({ rules, zones }: Fleet): HostSuffix[] {
  if (rules.length > 0) return rules.map(({ suffix, clusters }) => ({ name: nameOf(suffix), clusters }));
  return zones.map(({ origin }) => ({ name: origin, clusters: [] }));
}
