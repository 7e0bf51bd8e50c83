/** The page of `fedns status`, also of what servers of other versions reply. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as fc from "fast-check";
import { readStatus } from "../../src/cli/text/status-document.ts";
import { statusText } from "../../src/cli/text/status-text.ts";

const held = { addresses: 40, held: 12, until: "2026-01-01T03:12:30.000Z", unprovable: ["2 other replicas"] };
const order = {
  order: "drain",
  cluster: "us-west",
  service: null,
  address: null,
  since: "2026-01-01T03:07:00.000Z",
  until: "2026-01-01T03:17:00.000Z",
  share: 128,
  by: "anna",
  reason: "new switches",
  held,
};
const status = {
  version: "0.1.0",
  startedAt: "2026-01-01T00:00:00.000Z",
  now: "2026-01-01T03:12:00.000Z",
  ready: true,
  reasons: [],
  isStale: true,
  listen: [
    { address: "127.0.0.1", port: 1053 },
    { address: "::1", port: 1053 },
  ],
  picture: { serial: 42, committedAt: "2026-01-01T03:11:48.000Z", servicesAndNamespaces: 20 },
  clusters: [
    {
      name: "us-west",
      isSynced: true,
      lastSeen: "2026-01-01T03:09:00.000Z",
      places: [
        { region: "us-west", zone: "a" },
        { region: "us-west", zone: "b" },
      ],
      services: 3,
      hosts: 2,
      connection: { credentials: "loaded", problem: null },
      watches: { services: { state: "watching", lastError: "an old error" } },
      sources: { ingresses: { state: "refused", lastError: "403 Forbidden: ingresses may not be listed" } },
    },
    {
      name: "eu-central",
      isSynced: true,
      lastSeen: "now",
      places: [{ region: "eu", zone: null }],
      services: 12,
    },
    { name: "ap-south", isSynced: false, lastSeen: "now", places: [], services: 0 },
  ],
  zones: {
    zones: [
      { zone: "example.com", file: "x", records: 12, serial: 7 },
      {
        zone: "example.net",
        file: "n",
        records: 3,
        serial: 8,
        kept: { file: "n.inc", line: 4, reason: "no SOA" },
      },
    ],
    notServed: [{ zone: "example.org", file: "o", line: 2, reason: "odd" }],
    problems: ["x.zone:3: error: no SOA"],
  },
  orders: {
    orders: [
      order,
      { ...order, cluster: "eu-central", service: "demo/hello", share: 0, until: order.since, reason: null },
      { ...order, order: "force down", cluster: "ap-south", share: null, until: null, held: null },
    ],
    problem: null,
  },
  fleet: {
    conditions: [{ name: "sa-east", source: "host", reason: "FleetFull", message: "there are 128 clusters" }],
  },
  steering: {
    problems: [{ object: "service demo/hello in us-west", message: "fedns.io/ttl must be seconds from 1" }],
    conflicts: [
      {
        service: "demo/hello",
        text: 'fedns.io/policy "geo" of the service in a (the oldest) wins over "all" in b',
      },
    ],
  },
  hosts: {
    claimed: 3,
    answered: 2,
    problemCount: 1,
    problems: [
      {
        host: "www.example.com",
        cluster: "us-west",
        object: "Ingress shop/web",
        reason: "reserved",
        sentence: "the zone has records there",
      },
    ],
    overflowing: [],
  },
  problem: null,
};

const page = (raw: unknown, width = 100): string => statusText(readStatus(raw), { width });

describe("statusText", () => {
  it("has clusters, orders and problems on one page", () => {
    assert.equal(
      page(status),
      `fedns 0.1.0 is ready, up 3h12m
DNS on 127.0.0.1 port 1053, ::1 port 1053
picture 42, written 12s ago, 20 services, hosts and namespaces; not all clusters were read

CLUSTER     READ     SERVICES  HOSTS  PLACES          TRAFFIC
us-west     3m ago          3      2  us-west (a, b)  draining, 50 % left, until 03:17:00 UTC
eu-central  now            12      0  eu              1 order for a part of it
ap-south    not yet         0      0  unknown         forced down since 03:07:00 UTC

Orders, of this server alone
  us-west: draining, 50 % left, until 03:17:00 UTC
    ordered 5m ago by anna: new switches
  demo/hello in eu-central: drained since 03:07:00 UTC
    ordered 5m ago by anna
    12 of the 40 addresses may still be in caches, until 03:12:30 UTC
    not proved: 2 other replicas
  ap-south: forced down since 03:07:00 UTC
    ordered 5m ago by anna: new switches

Zones from files
  example.org  its file is not served: o:2: odd
  example.net  3 records, serial 8, as before: n.inc:4: no SOA
  example.com  12 records, serial 7

Problems
  us-west: ingresses: 403 Forbidden: ingresses may not be listed
  sa-east of the host: there are 128 clusters
  x.zone:3: error: no SOA
  service demo/hello in us-west: fedns.io/ttl must be seconds from 1
  www.example.com, which Ingress shop/web in us-west claims: the zone has records there

Conflicts
  demo/hello: fedns.io/policy "geo" of the service in a (the oldest) wins over "all" in b
`,
    );
  });

  it("has the members of the host, and until when each is reached without it", () => {
    const expires = "2026-01-08T03:00:00.000Z";
    const host = {
      namespace: "fed",
      isSeen: false,
      members: [
        { name: "us-west", state: "ready", kubernetesVersion: "v1.34.1", token: { expires } },
        { name: "eu-central", state: null, kubernetesVersion: null, token: null },
        "of another version",
      ],
      problems: [{ object: "KubeFedCluster x", sentence: "its Secret is missing; run fedns join" }],
    };
    const text = page({ ...status, host });
    assert.match(
      text,
      /\n\nHost cluster, namespace fed: not seen: its members stay as last declared\n {2}us-west: ready, v1\.34\.1, token until 2026-01-08 03:00:00 UTC\n {2}eu-central: not probed yet, unknown version\n\n/,
    );
    assert.match(text, /\n {2}KubeFedCluster x: its Secret is missing; run fedns join\n/);
  });

  it("names the places without Nodes that are remembered", () => {
    const now = new Date(Date.parse(status.now) - 7_200_000).toISOString();
    const places = [{ cluster: "us-west", place: "us-west/a", lastSeen: now }];
    const text = page({ ...status, rememberedPlaces: { places, problem: "places.json: no JSON" } });
    assert.match(
      text,
      /\n\nPlaces without Nodes, whose names lead up the ladder\n {2}us-west\/a: last seen 2h ago in us-west\n\n/,
    );
    assert.match(text, /\nProblems\n[^]* {2}places\.json: no JSON\n/);
  });

  it("names the clusters that were never read, and those that are forgotten", () => {
    const since = "2026-01-01T03:00:00.000Z";
    const forgotten = {
      clusters: [{ cluster: "ap-south", since, by: "anna", reason: "destroyed" }],
      problem: "forgotten.json: no JSON",
    };
    const text = page({ ...status, notes: ["cluster eu-north was never read (no route)"], forgotten });
    assert.match(text, /is ready, up 3h12m\n {2}cluster eu-north was never read \(no route\)\nDNS on/);
    assert.match(text, /^ap-south {4}forgotten /m);
    assert.match(
      text,
      /\n\nForgotten until they are read\n {2}ap-south: forgotten by anna at 03:00:00 UTC: destroyed\n\n/,
    );
    assert.match(text, /\nProblems\n[^]* {2}forgotten\.json: no JSON\n/);
  });

  it("shows since when the configuration file has an error, and which settings need a restart", () => {
    const settings = {
      inForceSince: "2026-01-01T00:00:00.000Z",
      problems: ["fedns.yaml:3:1: ttl: is not a setting; did you mean ttlSeconds?"],
      problemsSince: "2026-01-01T03:10:00.000Z",
      needRestart: ["listen"],
    };
    assert.ok(
      page({ ...status, settings }).includes(`
settings: the file has an error since 03:10:00 UTC; those of 00:00:00 UTC are in force
  fedns.yaml:3:1: ttl: is not a setting; did you mean ttlSeconds?
settings: listen needs a restart of fedns; the running value stays until then
`),
    );
    const quiet = { ...settings, problems: [], problemsSince: null, needRestart: [] };
    assert.equal(page({ ...status, settings: quiet }), page(status));
  });

  it("counts the results of probes, and shows that the fleet's guard holds", () => {
    const health = { targets: 9, up: 4, down: 2, unknown: 3, guard: "watching", guardSinceWallMs: null };
    assert.match(page({ ...status, health }), /^probes of 9 targets: 4 up, 2 down, 3 never seen up\n\n/m);
    const holding = { ...health, guard: "holding", guardSinceWallMs: Date.UTC(2026, 0, 1, 3, 11) };
    assert.match(
      page({ ...status, health: holding }),
      /up\n {2}most of the fleet fails at once since 03:11:00 UTC: no address is removed\n/,
    );
    for (const guardSinceWallMs of [1e300, -1e300, "soon"])
      assert.match(page({ ...status, health: { ...holding, guardSinceWallMs } }), /at once.*: no address is/);
    assert.doesNotMatch(page({ ...status, health: { ...health, targets: 0 } }), /probes/);
  });

  it("names the day where it is another one", () => {
    const orders = { orders: [{ ...order, share: 0, until: "2025-12-24T18:00:00.000Z" }], problem: null };
    assert.match(page({ ...status, orders }), /us-west: drained since 2025-12-24 18:00:00 UTC\n/);
  });

  it("shows orders of the propagator", () => {
    const removal = { ...order, order: "removal", service: "shop/web", share: 0 };
    const text = page({ ...status, orders: { orders: [removal], problem: null } });
    assert.match(text, /shop\/web in us-west: no clients since .* UTC, as copies are to go\n/);
  });

  it("shows what it waits for, and that control is dead", () => {
    const text = page({
      ...status,
      ready: false,
      reasons: ["stopping"],
      orders: null,
      problem: "control does not answer",
    });
    assert.match(text, /^fedns 0\.1\.0 is NOT READY, up 3h12m\n {2}stopping\n/);
    assert.match(text, /\nProblems\n {2}control does not answer\n/);
  });

  for (const width of [20, 60, 80, 100, 200, 500]) {
    it(`keeps to ${width} columns, within reason`, () => {
      const places = Array.from({ length: 30 }, (_, i) => ({ region: `region-${i}`, zone: "a" }));
      const wide = { ...status, clusters: [{ ...status.clusters[0], places }, ...status.clusters] };
      const lines = page(wide, width).split("\n");
      const room = Math.min(140, Math.max(60, width));
      // A cluster's marks are never cut: they are what the page is for.
      const table = lines.filter((line) => /^(us-west|CLUSTER|eu-central|ap-south)\b/.test(line));
      for (const line of lines) if (!table.includes(line)) assert.ok(line.length <= room, line);
      for (const line of table) assert.ok(line.length <= Math.max(room, 100), line);
    });
  }

  it("is bounded: of thousands of orders and problems it shows some, and counts the rest", () => {
    const many = {
      ...status,
      orders: { orders: Array.from({ length: 4096 }, () => order), problem: null },
      steering: {
        problems: Array.from({ length: 900 }, () => ({ object: "o", message: "m" })),
        conflicts: [],
      },
    };
    const text = page(many);
    assert.ok(text.split("\n").length < 300);
    assert.match(text, /\n {2}and 4046 more: --json has all\n/);
    assert.match(text, /\n {2}and 854 more: --json has all\n/);
  });

  it("never throws, and moves no cursor, whatever the server says", () => {
    const near = fc.record(
      Object.fromEntries(
        Object.keys(status).map((key) => [
          key,
          fc.oneof(fc.anything(), fc.constant(status[key as keyof typeof status])),
        ]),
      ),
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(fc.oneof(fc.anything(), near), fc.string({ unit: "binary" }), (raw, name) => {
        for (const facts of [raw, { ...status, clusters: [{ ...status.clusters[0], name }] }])
          assert.match(page(facts), /^[^\p{Cc}]*(\n[^\p{Cc}]*)*$/u);
      }),
      { numRuns: 300 },
    );
  });
});
