/**
 * The data plane of fedns under load: a prepared picture, and a serve process started as the supervisor starts it.
 *
 *   node bench/fedns-host.ts PORT DIRECTORY
 *
 * The picture holds the zone that all contenders serve, and as many federated services, each with three addresses in
 * one cluster. Writer, process and defaults are those of production, with the exceptions in load/data-plane.ts.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fromHex } from "../src/dns/message/hex.ts";
import { nameOf } from "../src/dns/message/name.ts";
import { NO_ANNOTATIONS } from "../src/federation/members/backend.ts";
import type { Zone } from "../src/dns/zone/zone.ts";
import { apexOf, openBridge } from "./load/bridge.ts";
import { type DataPlane, createDataPlane, serveUntilStopped } from "./load/data-plane.ts";
import { domain, federationLabel } from "./load/federation.ts";
import { addressesPerName, addressNumber, createRandom, nameCount, zoneName } from "./load/zone.ts";

const QUERIES = 50_000;
const [port = "0", directory = "."] = process.argv.slice(2);

function staticZone(): Zone {
  const zone = apexOf(nameOf(zoneName));
  for (let index = 0; index < nameCount; index++) {
    const rdatas = Array.from({ length: addressesPerName }, (_, host) =>
      fromHex(
        addressNumber(index, host + 1)
          .toString(16)
          .padStart(8, "0"),
      ),
    );
    zone.put(nameOf(`n${index}.${zoneName}`), { type: 1, ttlSeconds: 300, rdatas });
  }
  return zone;
}

function publish(plane: DataPlane): void {
  const { federation, publisher } = openBridge(plane, [staticZone(), apexOf(nameOf(domain))]);
  for (const name of ["us-west", "eu-central", "ap-northeast"]) {
    federation.join(name);
    federation.setLocality(name, {
      places: ["a", "b"].map((zone) => ({ region: name, zone })),
      latitude: null,
      longitude: null,
    });
    for (let index = 0; index < nameCount; index++) {
      const ipv4 = [1, 2, 3].map((host) => addressNumber(index, host));
      federation.setBackend(name, `demo/s${index}`, {
        readyEndpoints: 3,
        wantedEndpoints: 3,
        annotations: NO_ANNOTATIONS,
        ipv4,
        ipv6: [],
      });
    }
  }
  publisher.complete();
  publisher.flush();
}

function federatedQueries(): string {
  const random = createRandom(11);
  const suffixes = [domain, `us-west.${domain}`, `a.eu-central.${domain}`];
  let text = "";
  for (let i = 0; i < QUERIES; i++) {
    const suffix = suffixes[Math.floor(random() * suffixes.length)] as string;
    text += `s${Math.floor(random() * nameCount)}.demo.${federationLabel}.svc.${suffix}. A\n`;
  }
  return text;
}

const plane = createDataPlane(directory);
publish(plane);
writeFileSync(join(directory, "federated.txt"), federatedQueries());
serveUntilStopped(plane, Number(port));
