/** What the control process is made of between a change and the picture: Federation, Publisher, store; still without clusters. */
import { systemClock } from "../../src/kernel/clock.ts";
import { type Name, nameOf, prepend } from "../../src/dns/message/name.ts";
import { Federation } from "../../src/federation/members/federation.ts";
import { PictureStore } from "../../src/picture/publish/picture-store.ts";
import { preparePicture } from "../../src/picture/publish/prepare.ts";
import { Publisher } from "../../src/picture/publish/publisher.ts";
import { EQUAL_SHARES } from "../../src/picture/publish/traffic-planner.ts";
import { CLUSTERS_MAX } from "../../src/picture/format/cluster-set.ts";
import { generatedZone } from "../../src/dns/zone/generated.ts";
import type { Zone } from "../../src/dns/zone/zone.ts";
import { ChangeFeed } from "../../src/traffic/plan/change-feed.ts";
import type { DataPlane } from "./data-plane.ts";
import { domain, federationLabel } from "./federation.ts";

export type Bridge = {
  readonly store: PictureStore;
  readonly federation: Federation;
  readonly publisher: Publisher;
};

/** A fresh picture of these zones and an empty federation. Nothing is written before the first flush. */
export function openBridge({ picturePath, board, log }: DataPlane, zones: readonly Zone[]): Bridge {
  preparePicture(picturePath, log, Date.now());
  const store = new PictureStore({
    path: picturePath,
    log,
    passedSerial: (current) => board.oldestSerialInUse(current),
    onReplaced: () => board.raiseGeneration(),
  });
  const changes = new ChangeFeed();
  const federation = new Federation(changes, CLUSTERS_MAX);
  const publisher = new Publisher({
    store,
    federation,
    federations: [{ id: 0, name: federationLabel, domain: nameOf(domain) }],
    zones,
    ttlSeconds: 30,
    maxAnswers: 8,
    spillBelow: 0.7,
    planner: EQUAL_SHARES,
    clock: systemClock,
    log,
  });
  changes.subscribe({
    onService: (key) => publisher.touchService(key),
    onLocality: () => publisher.touchStructure(),
  });
  return { store, federation, publisher };
}

/** A zone with nothing but its apex. */
export function apexOf(origin: Name): Zone {
  const name = prepend("ns1", origin);
  const times = {
    serial: 0,
    refreshSeconds: 3600,
    retrySeconds: 600,
    expireSeconds: 604_800,
    negativeTtlSeconds: 300,
  };
  return generatedZone({
    origin,
    soa: { mname: name, rname: prepend("hostmaster", origin), ...times },
    nameservers: [{ name, ipv4: [Uint8Array.of(127, 0, 0, 1)], ipv6: [] }],
    ttlSeconds: 300,
  });
}
