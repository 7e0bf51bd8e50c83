/** The same zones through our own way: zone file, Publisher, picture, answer, in this process. */
import { Desk } from "../../src/answer/desk.ts";
import type { Name } from "../../src/dns/name.ts";
import type { RRset } from "../../src/dns/record.ts";
import { Federation } from "../../src/federation/federation.ts";
import { silentLog } from "../../src/log.ts";
import { Publisher } from "../../src/publish/publisher.ts";
import { EVENLY } from "../../src/publish/service-writer.ts";
import { Picture } from "../../src/snapshot/picture.ts";
import { formatProblem } from "../../src/zone/problem.ts";
import { Zone } from "../../src/zone/zone.ts";
import { parseZoneFile } from "../../src/zone/zone-file.ts";
import { storeOf } from "../support/desk.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { newPicture, type TestPicture } from "../support/picture.ts";
import { wireName } from "../support/query.ts";
import { TYPES } from "./rdata.ts";
import { type World, type WorldZone, zoneText } from "./world.ts";

/** Room for a few hundred worlds. */
const PICTURE_OCTETS = 16 << 20;

export type Ours = { readonly desk: Desk; readonly picture: TestPicture };

export function publishWorlds(worlds: readonly World[]): Ours {
  const picture = newPicture({ octets: PICTURE_OCTETS, endpointCapacity: 10 });
  const publisher = new Publisher({
    store: storeOf(picture),
    federation: new Federation(
      { onService: () => undefined, onLocality: () => undefined, onNamespace: () => undefined },
      128,
    ),
    federations: [],
    zones: worlds.flatMap((world) => world.zones.map(readZone)),
    ttlSeconds: 60,
    maxAnswers: 20,
    spillBelow: 0.7,
    steering: EVENLY,
    clock: new FakeClock(),
    log: silentLog,
  });
  publisher.complete();
  publisher.flush();
  if (publisher.health.problem !== null) throw new Error(publisher.health.problem);
  return { desk: new Desk(new Picture(picture.memory), { seed: 7 }), picture };
}

/** The way of a zone file. */
function readZone(zone: WorldZone): Zone {
  const { zone: read, problems } = parseZoneFile({
    name: `${zone.origin}zone`,
    text: zoneText(zone),
    origin: nameFrom(zone.origin),
    readInclude: () => ({ problem: "is not there" }),
  });
  if (problems.length > 0) throw new Error(problems.map(formatProblem).join("\n"));
  return read;
}

/** The same without a file. */
export function zoneOf({ origin, entries }: WorldZone): Zone {
  const zone = new Zone(nameFrom(origin));
  const sets = new Map<
    string,
    { readonly owner: string; readonly rrset: RRset & { rdatas: Uint8Array[] } }
  >();
  for (const { owner, ttl, type, rdata } of entries) {
    const key = `${owner} ${type}`;
    const set = sets.get(key) ?? { owner, rrset: { type: TYPES[type], ttlSeconds: ttl, rdatas: [] } };
    set.rrset.rdatas.push(rdata.wire);
    sets.set(key, set);
  }
  for (const { owner, rrset } of sets.values()) zone.put(nameFrom(owner), rrset);
  return zone;
}

function nameFrom(text: string): Name {
  return Uint8Array.from(wireName(text)) as Name;
}
