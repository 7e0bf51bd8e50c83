/**
 * The data plane of fedns under load: a prepared picture, and the serve process as the supervisor keeps it.
 *
 *   node bench/fedns-host.ts PORT DIRECTORY
 *
 * The picture holds the zone that all contenders serve, and as many federated services, each with three addresses in
 * one cluster. Nothing of it is special to the bench: the same writer, the same process, the same defaults. But for
 * one: the load generator's address is exempt from the rate limit, which still counts its answers.
 */
import { writeFileSync } from "node:fs";
import { NOTHING_SAID } from "../src/federation/pool.ts";
import { join } from "node:path";
import { systemClock } from "../src/clock.ts";
import { parseConfig } from "../src/config/file.ts";
import { fromHex } from "../src/dns/hex.ts";
import { nameOf } from "../src/dns/name.ts";
import { Federation } from "../src/federation/federation.ts";
import { createLog } from "../src/log.ts";
import { createShared } from "../src/native/mapping.ts";
import { PictureStore } from "../src/publish/picture-store.ts";
import { preparePicture } from "../src/publish/prepare.ts";
import { Publisher } from "../src/publish/publisher.ts";
import { EVENLY } from "../src/publish/service-writer.ts";
import { Board, BOARD_OCTETS } from "../src/serve/board.ts";
import { serveKeeper } from "../src/supervise/serve-keeper.ts";
import { openSockets } from "../src/supervise/sockets.ts";
import { generatedZone } from "../src/zone/generated.ts";
import type { Zone } from "../src/zone/zone.ts";
import { addressesPerName, addressNumber, createRandom, nameCount, zoneName } from "./load/zone.ts";

const DOMAIN = "federation.example";
const FEDERATION = "bench";
const QUERIES = 50_000;
const [port = "0", directory = "."] = process.argv.slice(2);
const log = createLog({ level: "warn", process: "bench", pretty: false });
const picturePath = join(directory, "picture");

function zoneOf(domain: string): Zone {
  const name = nameOf(`ns1.${domain}`);
  const rname = nameOf(`hostmaster.${domain}`);
  const times = {
    serial: 0,
    refreshSeconds: 3600,
    retrySeconds: 600,
    expireSeconds: 604_800,
    negativeTtlSeconds: 300,
  };
  const nameserver = { name, ipv4: [Uint8Array.of(127, 0, 0, 1)], ipv6: [] };
  return generatedZone({
    origin: nameOf(domain),
    soa: { mname: name, rname, ...times },
    nameservers: [nameserver],
    ttlSeconds: 300,
  });
}

function staticZone(): Zone {
  const zone = zoneOf(zoneName);
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

function publish(): void {
  preparePicture(picturePath, log, Date.now());
  const store = new PictureStore({
    path: picturePath,
    log,
    passedSerial: (serial) => serial,
    onReplaced: () => undefined,
  });
  let publisher: Publisher | null = null;
  const listener = {
    onService: (key: string): void => publisher?.touchService(key),
    onLocality: (): void => publisher?.touchStructure(),
    onNamespace: () => undefined,
  };
  const federation = new Federation(listener, 128);
  publisher = new Publisher({
    store,
    federation,
    federations: [{ id: 0, name: FEDERATION, domain: nameOf(DOMAIN) }],
    zones: [staticZone(), zoneOf(DOMAIN)],
    ttlSeconds: 30,
    maxAnswers: 8,
    spillBelow: 0.7,
    steering: EVENLY,
    clock: systemClock,
    log,
  });
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
        said: NOTHING_SAID,
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
  const suffixes = [DOMAIN, `us-west.${DOMAIN}`, `a.eu-central.${DOMAIN}`];
  let text = "";
  for (let i = 0; i < QUERIES; i++) {
    const suffix = suffixes[Math.floor(random() * suffixes.length)] as string;
    text += `s${Math.floor(random() * nameCount)}.demo.${FEDERATION}.svc.${suffix}. A\n`;
  }
  return text;
}

const verdict = parseConfig(
  `federations: [{ name: ${FEDERATION}, domain: ${DOMAIN} }]
nameservers: [{ name: ns1.${DOMAIN}, addresses: [127.0.0.1] }]
listen: [{ address: 127.0.0.1, port: ${port} }]
serve: { workers: 1 }
# Rate limiting counts every answer like anybody's; only the load generator's address has no limit.
rateLimit: { exempt: [127.0.0.1/32] }
`,
  "bench.yaml",
);
if (!("config" in verdict)) throw new Error(JSON.stringify(verdict));
publish();
writeFileSync(join(directory, "federated.txt"), federatedQueries());
const shared = createShared("bench-board", BOARD_OCTETS);
const board = new Board(shared.mapping.buffer);
const sockets = openSockets(verdict.config);
const keeper = serveKeeper({
  settings: verdict.config,
  picturePath,
  board,
  boardFd: shared.fd,
  sockets,
  codeCache: join(directory, "code-cache"),
  clock: systemClock,
  log,
});
keeper.start();
process.on("SIGTERM", () => void keeper.stop().then(() => process.exit(0)));
