/** What the fuzzers ask: a federation with everything in it, hosts, and zones that are mazes of wildcards, aliases and cuts. */
import { WorkerContext } from "../../src/answer/context/worker-context.ts";
import { nameOf } from "../../src/dns/message/name.ts";
import { sortPlaces } from "../../src/federation/members/cluster.ts";
import { Federation } from "../../src/federation/members/federation.ts";
import { silentLog } from "../../src/kernel/log.ts";
import { Publisher } from "../../src/picture/publish/publisher.ts";
import { EQUAL_SHARES, type TrafficPlanner } from "../../src/picture/publish/traffic-planner.ts";
import { PLAIN_PLAN } from "../../src/picture/content/content.ts";
import { POLICIES } from "../../src/federation/policy/policies.ts";
import { Picture } from "../../src/picture/format/picture.ts";
import { generatedZone } from "../../src/dns/zone/generated.ts";
import type { Zone } from "../../src/dns/zone/zone.ts";
import { zoneOf } from "../differential/ours.ts";
import { makeWorld, type World } from "../differential/world.ts";
import { change, type Front, setHealth, storeOf } from "../support/worker-context.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { parseFleet } from "../support/fleet.ts";
import { newPicture } from "../support/picture.ts";
import { RememberedPlaces } from "../../src/run/forget/remembered-places.ts";
import { ChangeFeed } from "../../src/traffic/plan/change-feed.ts";
import { place } from "../support/traffic.ts";

const listOf = (count: number, prefix: string): string =>
  Array.from({ length: count }, (_, i) => `${prefix}${i + 1}`).join(" ");

const FLEET = `
  zone example.com ttl=3600 negative=30
    ns ns1.example.com 192.0.2.53 2001:db8::53
    ns ns2.elsewhere.example
  answers 20
  cluster west us-west/a us-west/b
    demo/hello ready=1 port=http/tcp/80 port=dns/udp/53 192.0.2.17 2001:db8::17
    demo/many ready=1 port=http/tcp/80 ${listOf(60, "2001:db8::")}
    demo/much ready=1 port=http/tcp/80 ${listOf(40, "192.0.3.")} ${listOf(20, "2001:db8:1::")}
    demo/named ready=1 alias=lb.example.net. 192.0.2.36
    demo/inside ready=1 alias=shop.example.com. 192.0.2.37
    demo/circle ready=1 alias=circle.demo.myfed.svc.example.com. 192.0.2.38
    demo/round ready=1 alias=to-sub.example.com.
    demo/mixed ready=1 alias=lb.example.net. 192.0.2.39
    host shop.example.com ready=1 192.0.2.41 2001:db8::41
    host *.apps.example.com ready=2 192.0.2.42 192.0.2.43
    host a.b.apps.example.com ready=1 2001:db8::44
    host a.w000001.test ready=1 192.0.2.45
    host *.ent.w000003.test ready=1 192.0.2.46
  cluster east us-east/a
    demo/hello ready=0 port=http/tcp/8080 192.0.2.33
    demo/down ready=1 port=http/tcp/80 192.0.2.34
    demo/asleep ready=0 port=http/tcp/80 192.0.2.35
    demo/named ready=2 alias=${"a".repeat(60)}.${"b".repeat(60)}.${"c".repeat(60)}.${"d".repeat(60)}.example. 192.0.2.36
    demo/round ready=1 alias=named.demo.myfed.svc.us-east.example.com.
    demo/mixed ready=1 192.0.2.40
    host shop.example.com ready=3 192.0.2.47
    host *.apps.example.com ready=1 192.0.2.48 2001:db8::48
    host down.example.com ready=1 192.0.2.49
    host *.example.com ready=1 192.0.2.50
    host b.c.w000005.test ready=1 ${listOf(70, "2001:db8:2::")}`;

/** Host names of the fleet, and names below and beside them. */
export const HOST_NAMES: readonly string[] = [
  ...parseFleet(FLEET).clusters.flatMap(({ services }) => [...services.keys()]),
  "b.apps.example.com",
  "alias.example.com",
  "sub.example.com",
  "to-sub.example.com",
].filter((name) => !name.includes("/"));

/** Records other than addresses that objects declare at hosts. */
const HOST_RECORDS = [
  `record alias.example.com CNAME _http._tcp.hello.demo.myfed.svc.b.us-west.example.com.`,
  `record sub.example.com NS shop.example.com.`,
  `record to-sub.example.com CNAME www.sub.example.com.`,
  `record _sip._tcp.example.com SRV 0 5 5060 shop.example.com.`,
];

/** Every policy, a tier in reserve, and a cluster without a share of a host. */
const POLICY_OF: { readonly [key: string]: number } = {
  "demo/many": POLICIES.all.number,
  "demo/much": POLICIES.weighted.number,
  "shop.example.com": POLICIES.nearest.number,
  "*.apps.example.com": POLICIES.failover.number,
  "*.example.com": POLICIES.all.number,
};
const PLANNER: TrafficPlanner = {
  ...EQUAL_SHARES,
  planOf: (key) => ({
    plan: {
      ...PLAIN_PLAN,
      policy: POLICY_OF[key] ?? POLICIES.geo.number,
      draws: key.startsWith("*") ? 2 : 1,
    },
    placementOf: (cluster) => ({
      tier: cluster === "east" ? 1 : 0,
      weight: key.startsWith("a.") ? 0 : 1 + cluster.length,
    }),
    capacityOf: () => null,
  }),
};
/** Some clients are near to one cluster, so that the client subnet matters. */
const NETWORKS = {
  "192.0.2.0/24": "east",
  "2001:db8::/32": "west",
  "198.51.100.0/25": { latitude: 1, longitude: 2 },
};
const PLACES = { west: { latitude: 37, longitude: -122 }, east: { latitude: 40, longitude: -75 } };

/** Worlds of the differential test: any will do, as long as there is something of everything. */
const MAZES: readonly World[] = Array.from({ length: 12 }, (_, i) => makeWorld(3, i));

/** Written names that have records. */
export const MAZE_NAMES: readonly string[] = MAZES.flatMap(({ zones }) =>
  zones.flatMap(({ entries }) => entries.map(({ owner }) => owner)),
);

/** `octets`: those of the picture. `extra`: further zones. */
export function fuzzFront(octets: number, extra: readonly Zone[] = []): Front {
  const fleet = parseFleet(FLEET);
  const clock = new FakeClock();
  const picture = newPicture({ octets, endpointCapacity: 500 });
  const changes = new ChangeFeed();
  const federation = new Federation(changes, 128);
  const mazes = MAZES.flatMap(({ zones }) => zones.map(zoneOf));
  const publisher = new Publisher({
    store: storeOf(picture),
    federation,
    federations: fleet.federations.map(({ name, domain }, id) => ({ id, name, domain: nameOf(domain) })),
    zones: [...fleet.zones.map(generatedZone), ...mazes, ...extra],
    hostSuffixes: [...fleet.zones, ...mazes].map(({ origin }) => ({ name: origin, clusters: [] })),
    ttlSeconds: fleet.ttlSeconds,
    maxAnswers: fleet.maxAnswers,
    spillBelow: 0.7,
    planner: PLANNER,
    clock,
    log: silentLog,
  });
  changes.subscribe({
    onService: (key, member) => publisher.touchService(key, member),
    onLocality: () => publisher.touchStructure(),
  });
  for (const { name, places, services } of fleet.clusters) {
    federation.join(name);
    federation.setLocality(name, { places: sortPlaces(places), latitude: null, longitude: null });
    for (const [key, backend] of services) federation.setBackend(name, key, backend);
  }
  publisher.complete();
  const context = new WorkerContext(new Picture(picture.memory), { seed: 7 });
  // Clusters do not move here.
  const places = new RememberedPlaces({ path: null, federation, keptMs: () => 0, clock, log: silentLog });
  const front: Front = { clock, picture, federation, places, publisher, context };
  for (const line of HOST_RECORDS) change(front, line);
  place(front, NETWORKS, PLACES);
  for (const address of ["192.0.2.34", "192.0.2.49", "192.0.2.42"]) setHealth(front, address, 0);
  if (publisher.health.problem !== null) throw new Error(publisher.health.problem);
  return front;
}
