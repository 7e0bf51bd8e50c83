/** The picture of the fleet, as the control process would write it. */
import { NO_ANNOTATIONS } from "../../src/federation/members/backend.ts";
import { nameOf, prepend } from "../../src/dns/message/name.ts";
import { putU32 } from "../../src/dns/message/wire.ts";
import type { Federation } from "../../src/federation/members/federation.ts";
import type { Zone } from "../../src/dns/zone/zone.ts";
import { apexOf, type Bridge, openBridge } from "../load/bridge.ts";
import type { DataPlane } from "../load/data-plane.ts";
import { domain } from "../load/federation.ts";
import { addressesOf, clusters, recordLabel, recordZone, serviceKeyText, zoneLabel } from "./fleet.ts";

export type BuildTimes = {
  /** The time to turn the records into zones: the work of a zone loader without its parsing. */
  readonly zoneMs: number;
  /** Telling the federation of all backends. */
  readonly federationMs: number;
  /** From there to everything committed in the file. */
  readonly publishMs: number;
};

/** A picture with the whole fleet in it, and how long that took. */
export function buildBridge(
  plane: DataPlane,
  { services, records }: { readonly services: number; readonly records: number },
): { readonly bridge: Bridge; readonly times: BuildTimes } {
  let startedMs = performance.now();
  const lap = (): number => {
    const beganMs = startedMs;
    startedMs = performance.now();
    return Math.round(startedMs - beganMs);
  };
  const zones = [zoneOfRecords(records), apexOf(nameOf(domain))];
  const zoneMs = lap();
  const bridge = openBridge(plane, zones);
  // The empty file is not counted.
  lap();
  fill(bridge.federation, services);
  const federationMs = lap();
  bridge.publisher.complete();
  bridge.publisher.flush();
  return { bridge, times: { zoneMs, federationMs, publishMs: lap() } };
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
        annotations: NO_ANNOTATIONS,
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
