/** What the fuzzers ask: a federation with everything in it, and zones that are mazes of wildcards, aliases and cuts. */
import { Desk } from "../../src/answer/desk.ts";
import { nameOf } from "../../src/dns/name.ts";
import { sortPlaces } from "../../src/federation/cluster.ts";
import { Federation } from "../../src/federation/federation.ts";
import { silentLog } from "../../src/log.ts";
import { Publisher } from "../../src/publish/publisher.ts";
import { EVENLY } from "../../src/publish/service-writer.ts";
import { Picture } from "../../src/snapshot/picture.ts";
import { generatedZone } from "../../src/zone/generated.ts";
import type { Zone } from "../../src/zone/zone.ts";
import { zoneOf } from "../differential/ours.ts";
import { makeWorld, type World } from "../differential/world.ts";
import { storeOf } from "../support/desk.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { parseFleet } from "../support/fleet.ts";
import { newPicture, type TestPicture } from "../support/picture.ts";

const FLEET = `
  zone example.com ttl=3600 negative=30
    ns ns1.example.com 192.0.2.53 2001:db8::53
    ns ns2.elsewhere.example
  answers 20
  cluster west us-west/a us-west/b
    demo/hello ready=1 192.0.2.17 2001:db8::17
    demo/many ready=1 ${Array.from({ length: 60 }, (_, i) => `2001:db8::${i + 1}`).join(" ")}
  cluster east us-east/a
    demo/hello ready=0 192.0.2.33
    demo/down ready=1 192.0.2.34`;

/** Worlds of the differential test: any will do, as long as there is something of everything. */
const MAZES: readonly World[] = Array.from({ length: 12 }, (_, i) => makeWorld(3, i));

/** Written names that have records. */
export const MAZE_NAMES: readonly string[] = MAZES.flatMap(({ zones }) =>
  zones.flatMap(({ entries }) => entries.map(({ owner }) => owner)),
);

export type FuzzFront = { readonly desk: Desk; readonly picture: TestPicture };

/** `octets`: of the picture. `extra`: zones beside the usual ones. */
export function fuzzFront(octets: number, extra: readonly Zone[] = []): FuzzFront {
  const fleet = parseFleet(FLEET);
  const picture = newPicture({ octets, endpointCapacity: 500 });
  let publisher: Publisher | null = null;
  const federation = new Federation(
    {
      onService: (key) => publisher?.touchService(key),
      onLocality: () => publisher?.touchStructure(),
      onNamespace: () => undefined,
    },
    128,
  );
  const mazes = MAZES.flatMap(({ zones }) => zones.map(zoneOf));
  publisher = new Publisher({
    store: storeOf(picture),
    federation,
    federations: fleet.federations.map(({ name, domain }, id) => ({ id, name, domain: nameOf(domain) })),
    zones: [...fleet.zones.map(generatedZone), ...mazes, ...extra],
    ttlSeconds: fleet.ttlSeconds,
    maxAnswers: fleet.maxAnswers,
    spillBelow: 0.7,
    steering: EVENLY,
    clock: new FakeClock(),
    log: silentLog,
  });
  for (const { name, places, services } of fleet.clusters) {
    federation.join(name);
    federation.setLocality(name, { places: sortPlaces(places), latitude: null, longitude: null });
    for (const [key, backend] of services) federation.setBackend(name, key, backend);
  }
  publisher.complete();
  publisher.flush();
  if (publisher.health.problem !== null) throw new Error(publisher.health.problem);
  return { desk: new Desk(new Picture(picture.memory), { seed: 7 }), picture };
}
