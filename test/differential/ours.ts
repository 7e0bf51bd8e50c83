/** The same zones through our own way: zone file, clusters, Publisher, picture, answer, in this process. */
import { WorkerContext } from "../../src/answer/context/worker-context.ts";
import type { Name } from "../../src/dns/message/name.ts";
import type { RRset } from "../../src/dns/message/record.ts";
import { Federation } from "../../src/federation/members/federation.ts";
import { silentLog } from "../../src/kernel/log.ts";
import { Publisher } from "../../src/picture/publish/publisher.ts";
import { EQUAL_SHARES } from "../../src/picture/publish/traffic-planner.ts";
import { NO_ANNOTATIONS } from "../../src/federation/members/backend.ts";
import { ANY_ADDRESS } from "../support/address-rules.ts";
import { backendOf } from "../../src/fleet/observe/backend.ts";
import { PLAIN_PLAN } from "../../src/picture/content/content.ts";
import { POLICIES } from "../../src/federation/policy/policies.ts";
import { Picture } from "../../src/picture/format/picture.ts";
import { formatProblem } from "../../src/dns/zone/problem.ts";
import { Zone } from "../../src/dns/zone/zone.ts";
import { parseZoneFile } from "../../src/dns/zonefile/zone-reader.ts";
import { ChangeFeed } from "../../src/traffic/plan/change-feed.ts";
import { storeOf } from "../support/worker-context.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { newPicture, type TestPicture } from "../support/picture.ts";
import { wireName } from "../support/query.ts";
import { FEDERATION, POOL_TTL_SECONDS, SERVICES } from "./pools.ts";
import { addressRdata, someAddress6, TYPES } from "./rdata.ts";
import { type World, type WorldZone, zoneText } from "./world.ts";

/** Room for a few hundred worlds. */
const PICTURE_OCTETS = 16 << 20;

export type Ours = { readonly context: WorkerContext; readonly picture: TestPicture };

export function publishWorlds(worlds: readonly World[]): Ours {
  const picture = newPicture({ octets: PICTURE_OCTETS, endpointCapacity: 20_000 });
  const zones = worlds.flatMap((world) => world.zones);
  const ttls = new Map(
    zones.flatMap(({ entries }) =>
      entries.flatMap(({ owner, ttl, pooled }) => (pooled === "host" ? [[hostKey(owner), ttl]] : [])),
    ),
  );
  const changes = new ChangeFeed();
  const federation = new Federation(changes, 128);
  const federated = zones.filter(({ entries }) => entries.some(({ pooled }) => pooled === "service"));
  const publisher = new Publisher({
    store: storeOf(picture),
    federation,
    federations: federated.map(({ origin }, id) => ({ id, name: FEDERATION, domain: nameFrom(origin) })),
    zones: zones.map(readZone),
    hostSuffixes: zones.map(({ origin }) => ({ name: nameFrom(origin), clusters: [] })),
    ttlSeconds: POOL_TTL_SECONDS,
    maxAnswers: 20,
    spillBelow: 0.7,
    planner: {
      ...EQUAL_SHARES,
      planOf: (key) => ({
        plan: { ...PLAIN_PLAN, policy: POLICIES.all.number, ttlSeconds: ttls.get(key) ?? POOL_TTL_SECONDS },
        placementOf: () => ({ tier: 0, weight: 1 }),
        capacityOf: () => null,
      }),
    },
    clock: new FakeClock(),
    log: silentLog,
  });
  changes.subscribe({
    onService: (key, member) => publisher.touchService(key, member),
    onLocality: () => publisher.touchStructure(),
  });
  declare(federation, zones);
  publisher.complete();
  publisher.flush();
  if (publisher.health.problem !== null) throw new Error(publisher.health.problem);
  return { context: new WorkerContext(new Picture(picture.memory), { seed: 7 }), picture };
}

const CLUSTER = "only";

/** One cluster, in no place, declares all services and the hosts of all zones. */
function declare(federation: Federation, zones: readonly WorldZone[]): void {
  federation.join(CLUSTER);
  federation.setLocality(CLUSTER, { places: [], latitude: null, longitude: null });
  const counts = { readyEndpoints: 1, wantedEndpoints: 1 };
  for (const { key, v4, v6, ports } of SERVICES) {
    const addresses = [...v4.map(addressRdata), ...v6.map(someAddress6)].map(({ text }) => text);
    const { backend } = backendOf(addresses, counts, NO_ANNOTATIONS, ANY_ADDRESS);
    federation.setBackend(CLUSTER, key, { ...backend, ports: { createdSeconds: 0, list: ports } });
  }
  const hosts = new Map<string, string[]>();
  for (const { owner, rdata, pooled } of zones.flatMap(({ entries }) => entries))
    if (pooled === "host") hosts.set(hostKey(owner), [...(hosts.get(hostKey(owner)) ?? []), rdata.text]);
  for (const [key, addresses] of hosts)
    federation.setBackend(CLUSTER, key, backendOf(addresses, counts, NO_ANNOTATIONS, ANY_ADDRESS).backend);
}

function hostKey(owner: string): string {
  return owner.slice(0, -1);
}

/** The way of a zone file. */
function readZone(zone: WorldZone): Zone {
  const { zone: read, problems } = parseZoneFile({
    name: `${zone.origin}zone`,
    text: zoneText({ ...zone, entries: zone.entries.filter(({ pooled }) => pooled === undefined) }),
    origin: nameFrom(zone.origin),
    readInclude: () => ({ problem: "is not there" }),
  });
  if (problems.length > 0) throw new Error(problems.map(formatProblem).join("\n"));
  return read;
}

/** As above, without a file, with records for everything that clusters declare. */
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
