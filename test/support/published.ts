/** A fleet on its way into a picture: Federation and Publisher, wired as the control process does. */
import type { Clock } from "../../src/kernel/clock.ts";
import { nameOf } from "../../src/dns/message/name.ts";
import { sortPlaces } from "../../src/federation/members/cluster.ts";
import { Federation } from "../../src/federation/members/federation.ts";
import { silentLog } from "../../src/kernel/log.ts";
import type { PictureStore } from "../../src/picture/publish/picture-store.ts";
import { Publisher } from "../../src/picture/publish/publisher.ts";
import type { Steering } from "../../src/picture/publish/service-writer.ts";
import { CLUSTERS_MAX } from "../../src/picture/format/layout.ts";
import { generatedZone } from "../../src/dns/zone/generated.ts";
import type { Fleet } from "./fleet.ts";

export type Published = { readonly federation: Federation; readonly publisher: Publisher };

/** Everything of it is in the picture when it returns. */
export function publishFleet(
  fleet: Fleet,
  parts: { readonly store: PictureStore; readonly steering: Steering; readonly clock: Clock },
): Published {
  let publisher: Publisher | null = null;
  const federation = new Federation(
    {
      onService: (key) => publisher?.touchService(key),
      onLocality: () => publisher?.touchStructure(),
      onNamespace: () => undefined,
    },
    CLUSTERS_MAX,
  );
  publisher = new Publisher({
    ...parts,
    federation,
    federations: fleet.federations.map(({ name, domain }, id) => ({ id, name, domain: nameOf(domain) })),
    zones: fleet.zones.map(generatedZone),
    hostSuffixes: fleet.zones.map(({ origin }) => origin),
    ttlSeconds: fleet.ttlSeconds,
    maxAnswers: fleet.maxAnswers,
    spillBelow: 0.7,
    log: silentLog,
  });
  for (const { name, places, services } of fleet.clusters) {
    federation.join(name);
    federation.setLocality(name, { places: sortPlaces(places), latitude: null, longitude: null });
    for (const [key, backend] of services) federation.setBackend(name, key, backend);
  }
  if (fleet.isSynced) publisher.complete();
  publisher.flush();
  return { federation, publisher };
}
