/** What the control process is made of between a change and the picture: Federation, Publisher, store; filled with the fleet. */
import { systemClock } from "../../src/clock.ts";
import { NOTHING_SAID } from "../../src/federation/pool.ts";
import { type Name, nameOf, prepend } from "../../src/dns/name.ts";
import { putU32 } from "../../src/dns/wire.ts";
import { Federation } from "../../src/federation/federation.ts";
import type { Log } from "../../src/log.ts";
import { PictureStore } from "../../src/publish/picture-store.ts";
import { preparePicture } from "../../src/publish/prepare.ts";
import { Publisher } from "../../src/publish/publisher.ts";
import { EVENLY } from "../../src/publish/service-writer.ts";
import type { Board } from "../../src/serve/board.ts";
import { CLUSTERS_MAX } from "../../src/snapshot/layout.ts";
import { generatedZone } from "../../src/zone/generated.ts";
import type { Zone } from "../../src/zone/zone.ts";
import {
  addressesOf,
  clusters,
  domain,
  federationLabel,
  recordLabel,
  recordZone,
  serviceKeyText,
  zoneLabel,
} from "./fleet.ts";

export type Bridge = {
  readonly store: PictureStore;
  readonly federation: Federation;
  readonly publisher: Publisher;
};

export type BridgeOptions = {
  readonly picturePath: string;
  readonly board: Board;
  readonly log: Log;
  readonly services: number;
  readonly records: number;
};

export type BuildTimes = {
  /** Reading the records into zones: what a loader of zone files has to do as well, without its parsing. */
  readonly zoneMs: number;
  /** Telling the federation of all backends. */
  readonly federationMs: number;
  /** From there to everything committed in the file. */
  readonly publishMs: number;
};

/** A picture with the whole fleet in it, as the control process would hold it, and how long that took. */
export function buildBridge(options: BridgeOptions): { readonly bridge: Bridge; readonly times: BuildTimes } {
  const { picturePath, board, log, services, records } = options;
  preparePicture(picturePath, log, Date.now());
  const store = new PictureStore({
    path: picturePath,
    log,
    passedSerial: (current) => board.passedSerial(current),
    onReplaced: () => board.raiseGeneration(),
  });
  let startedMs = performance.now();
  const lap = (): number => {
    const beganMs = startedMs;
    startedMs = performance.now();
    return Math.round(startedMs - beganMs);
  };
  const zones = [zoneOfRecords(records), apexOf(nameOf(domain))];
  const zoneMs = lap();
  const { federation, publisher } = openBridge(store, zones, log);
  fill(federation, services);
  const federationMs = lap();
  publisher.complete();
  publisher.flush();
  return { bridge: { store, federation, publisher }, times: { zoneMs, federationMs, publishMs: lap() } };
}

function openBridge(
  store: PictureStore,
  zones: readonly Zone[],
  log: Log,
): { readonly federation: Federation; readonly publisher: Publisher } {
  let publisher: Publisher | null = null;
  const listener = {
    onService: (key: string): void => publisher?.touchService(key),
    onLocality: (): void => publisher?.touchStructure(),
    onNamespace: () => undefined,
  };
  const federation = new Federation(listener, CLUSTERS_MAX);
  publisher = new Publisher({
    store,
    federation,
    federations: [{ id: 0, name: federationLabel, domain: nameOf(domain) }],
    zones,
    ttlSeconds: 30,
    maxAnswers: 8,
    spillBelow: 0.7,
    steering: EVENLY,
    clock: systemClock,
    log,
  });
  return { federation, publisher };
}

function fill(federation: Federation, services: number): void {
  for (const [cluster, name] of clusters.entries()) {
    federation.join(name);
    const places = [{ region: name, zone: zoneLabel }];
    federation.setLocality(name, { places, latitude: null, longitude: null });
    for (let index = 0; index < services; index++) {
      const ipv4 = addressesOf(cluster, index, 0);
      federation.setBackend(name, serviceKeyText(index), {
        readyEndpoints: ipv4.length,
        wantedEndpoints: ipv4.length,
        said: NOTHING_SAID,
        ipv4,
        ipv6: [],
      });
    }
  }
}

/** Exact names with one A record each. */
function zoneOfRecords(records: number): Zone {
  const origin = nameOf(recordZone);
  const zone = apexOf(origin);
  for (let index = 0; index < records; index++) {
    const rdata = new Uint8Array(4);
    putU32(rdata, 0, (10 << 24) | index);
    zone.put(prepend(recordLabel(index), origin), { type: 1, ttlSeconds: 300, rdatas: [rdata] });
  }
  return zone;
}

function apexOf(origin: Name): Zone {
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
