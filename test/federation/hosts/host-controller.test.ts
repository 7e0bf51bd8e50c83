/** HostController: hosts are published as clusters are read, and keep their owners until then. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { HostBackend } from "../../../src/federation/hosts/host-answer.ts";
import type { HostAuthority } from "../../../src/federation/hosts/authority.ts";
import { ROUTING_KINDS } from "../../../src/fleet/sources/source-table.ts";
import { HostController } from "../../../src/federation/hosts/host-controller.ts";
import type { RRset } from "../../../src/dns/message/record.ts";
import { Federation } from "../../../src/federation/members/federation.ts";
import { type Backend, NO_ANNOTATIONS } from "../../../src/federation/members/backend.ts";
import { objectKey } from "../../../src/federation/hosts/declaration.ts";
import { ALL, declaration, OURS } from "./claim-rig.ts";
import { FakeClock } from "../../support/fake-clock.ts";

const NEW: Backend = {
  readyEndpoints: 1,
  wantedEndpoints: 1,
  annotations: NO_ANNOTATIONS,
  ipv4: [1],
  ipv6: [],
};
const OLD: Backend = { readyEndpoints: 1, wantedEndpoints: 1, annotations: null, ipv4: [1], ipv6: [] };
const TXT: readonly RRset[] = [{ type: 16, ttlSeconds: 60, rdatas: [Uint8Array.of(1, 65)] }];

type Rig = {
  readonly controller: HostController;
  readonly federation: Federation;
  readonly clock: FakeClock;
  /** The last addresses that the view of a cluster got, by "cluster host". */
  readonly told: Map<string, string | null>;
  readonly records: Map<string, readonly RRset[]>;
  readonly calls: () => number;
};

function open(
  remembered: readonly (readonly [string, string])[] = [],
  withRecords: readonly string[] = [],
): Rig {
  const clock = new FakeClock();
  const nothing = (): void => undefined;
  const listener = { onService: nothing, onLocality: nothing, onNamespace: nothing };
  const federation = new Federation(listener, 8);
  const records = new Map(withRecords.map((host) => [host, TXT]));
  const publish = {
    hostsWithRecords: withRecords,
    setHostRecords: (host: string, rrsets: readonly RRset[]) => void records.set(host, rrsets),
    touchService: nothing,
  };
  const controller = new HostController({
    rules: ALL,
    authority: OURS,
    routingKinds: ROUTING_KINDS,
    federation,
    publish,
    ttlSeconds: 30,
    clock,
  });
  const told = new Map<string, string | null>();
  let calls = 0;
  for (const cluster of ["west", "east"]) {
    federation.join(cluster);
    const setHost = (host: string, backend: HostBackend | null): void => {
      calls++;
      const [target] = backend?.targets ?? [];
      told.set(`${cluster} ${host}`, target?.kind === "addresses" ? target.addresses.join() : null);
      federation.setBackend(cluster, host, backend === null ? null : NEW);
    };
    controller.join(cluster, { setHost, aliasOf: () => null });
  }
  for (const [cluster, host] of remembered) federation.setBackend(cluster, host, OLD);
  return { controller, federation, clock, told, records, calls: () => calls };
}

function declare({ controller }: Rig, cluster: string, line: string): void {
  const declared = declaration(line);
  controller.declare(cluster, objectKey(declared), declared);
}

test("a cluster's view gets its hosts when the cluster has been read, and not before", () => {
  const rig = open();
  declare(rig, "west", "Ingress shop/web 2026-01-01 a.example.com 192.0.2.1");
  rig.controller.flush();
  assert.equal(rig.told.has("west a.example.com"), false);
  rig.controller.read("west");
  rig.controller.flush();
  assert.equal(rig.told.get("west a.example.com"), "192.0.2.1");
});

test("hosts from an earlier run stay until their cluster is read, and go if they are not declared again", () => {
  const rig = open([
    ["west", "gone.example.com"],
    ["east", "kept.example.com"],
  ]);
  rig.controller.read("west");
  rig.controller.flush();
  assert.equal(rig.federation.member("west")?.backends.size, 0);
  assert.equal(rig.federation.member("east")?.backends.get("kept.example.com"), OLD);
  rig.controller.read("east");
  rig.controller.flush();
  assert.equal(rig.federation.member("east")?.backends.size, 0);
});

test("a host is not given to another cluster while a cluster that had it has not been read", () => {
  const rig = open([["east", "a.example.com"]]);
  declare(rig, "west", "Ingress blog/thief 2026-02-01 a.example.com 192.0.2.66");
  rig.controller.read("west");
  rig.controller.flush();
  assert.equal(rig.told.has("west a.example.com"), false);
  assert.equal(rig.federation.member("east")?.backends.get("a.example.com"), OLD);
  declare(rig, "east", "Ingress shop/web 2026-01-01 a.example.com 198.51.100.1");
  rig.controller.read("east");
  rig.controller.flush();
  assert.equal(rig.told.get("east a.example.com"), "198.51.100.1");
  assert.equal(rig.told.get("west a.example.com") ?? null, null);
});

test("a host goes to another cluster when the one that had it does not declare it any more", () => {
  const rig = open([["east", "a.example.com"]]);
  declare(rig, "west", "Ingress blog/heir 2026-02-01 a.example.com 192.0.2.1");
  for (const cluster of ["west", "east"]) rig.controller.read(cluster);
  rig.controller.flush();
  assert.equal(rig.told.get("west a.example.com"), "192.0.2.1");
  assert.equal(rig.federation.member("east")?.backends.size, 0);
});

test("records from an earlier run stay until all clusters have been read", () => {
  const rig = open([], ["text.example.com"]);
  rig.controller.read("west");
  rig.controller.flush();
  assert.equal(rig.records.get("text.example.com"), TXT);
  rig.controller.read("east");
  rig.controller.flush();
  assert.deepEqual(rig.records.get("text.example.com"), []);
});

test("a cluster that leaves gives its hosts to the others that claim them, and waits for nobody", () => {
  const rig = open();
  declare(rig, "west", "Ingress shop/web 2026-01-01 a.example.com 192.0.2.1");
  declare(rig, "east", "Ingress blog/heir 2026-02-01 a.example.com 198.51.100.1");
  for (const cluster of ["west", "east"]) rig.controller.read(cluster);
  rig.controller.flush();
  assert.equal(rig.told.get("east a.example.com") ?? null, null);
  rig.controller.leave("west");
  rig.controller.flush();
  assert.equal(rig.told.get("east a.example.com"), "198.51.100.1");
});

test("hosts that were kept back for an unread cluster go to the others when it leaves", () => {
  const rig = open([["east", "a.example.com"]], ["text.example.com"]);
  declare(rig, "west", "Ingress blog/heir 2026-02-01 a.example.com 192.0.2.1");
  rig.controller.read("west");
  rig.controller.flush();
  assert.equal(rig.told.has("west a.example.com"), false);
  rig.controller.leave("east");
  rig.controller.flush();
  assert.equal(rig.told.get("west a.example.com"), "192.0.2.1");
  assert.deepEqual(rig.records.get("text.example.com"), []);
});

test("a cluster that is read again keeps its hosts until then, and loses those that it does not declare again", () => {
  const rig = open();
  declare(rig, "west", "Ingress shop/web 2026-01-01 a.example.com 192.0.2.1");
  declare(rig, "west", "Ingress shop/gone 2026-01-01 b.example.com 192.0.2.2");
  declare(rig, "east", "Ingress blog/thief 2026-02-01 a.example.com 198.51.100.1");
  for (const cluster of ["west", "east"]) rig.controller.read(cluster);
  rig.controller.flush();
  const again = new Map<string, HostBackend | null>();
  const setHost = (host: string, backend: HostBackend | null): void => void again.set(host, backend);
  rig.controller.join("west", { setHost, aliasOf: () => null });
  declare(rig, "east", "Ingress blog/thief 2026-02-01 a.example.com 198.51.100.2");
  rig.controller.flush();
  assert.equal(again.size, 0, "its new view hears nothing before it has been read");
  assert.equal(rig.told.get("east a.example.com") ?? null, null);
  assert.deepEqual([...(rig.federation.member("west")?.backends.keys() ?? [])].sort(), [
    "a.example.com",
    "b.example.com",
  ]);
  declare(rig, "west", "Ingress shop/web 2026-01-01 a.example.com 192.0.2.1");
  rig.controller.read("west");
  rig.controller.flush();
  assert.deepEqual([again.get("b.example.com"), again.get("a.example.com") !== null], [null, true]);
});

test("a thousand objects of one host that change together cause one update, in the cluster that has it", () => {
  const rig = open();
  for (const cluster of ["west", "east"]) rig.controller.read(cluster);
  for (let i = 0; i < 1000; i++)
    declare(rig, "west", `Ingress shop/web${i} 2026-01-01 a.example.com 192.0.2.1`);
  rig.clock.advance(5);
  assert.deepEqual([rig.told.get("west a.example.com"), rig.calls()], ["192.0.2.1", 1]);
});

test("a host is not answered while a zone has records at its name", () => {
  const rig = open();
  for (const cluster of ["west", "east"]) rig.controller.read(cluster);
  declare(rig, "west", "Ingress shop/web 2026-01-01 a.example.com 192.0.2.1");
  rig.controller.flush();
  assert.equal(rig.controller.status.answered, 1);
  const occupied: HostAuthority["occupied"] = (host) =>
    host === "a.example.com" ? "the zone has records there" : null;
  rig.controller.setAuthority({ ...OURS, occupied });
  rig.controller.flush();
  assert.equal(rig.told.get("west a.example.com"), null);
  assert.deepEqual(
    rig.controller.status.problems.map(({ reason }) => reason),
    ["reserved"],
  );
  rig.controller.setAuthority(OURS);
  rig.controller.flush();
  assert.equal(rig.told.get("west a.example.com"), "192.0.2.1");
});

test("a cluster that is read in part has the hosts it declares, and keeps those of an earlier run", () => {
  const rig = open([
    ["west", "old.example.com"],
    ["west", "said.example.com"],
  ]);
  rig.controller.read("east");
  declare(rig, "west", "Ingress shop/web 2026-01-01 said.example.com 192.0.2.1");
  declare(rig, "west", "Ingress shop/new 2026-01-01 new.example.com 192.0.2.2");
  rig.controller.readInPart("west");
  rig.controller.flush();
  assert.deepEqual(
    ["said", "new"].map((name) => rig.told.get(`west ${name}.example.com`)),
    ["192.0.2.1", "192.0.2.2"],
  );
  rig.controller.touch("old.example.com");
  rig.controller.flush();
  assert.equal(rig.federation.member("west")?.backends.get("old.example.com"), OLD);
  // Removals of what was declared in this run are known at once.
  rig.controller.declare("west", "Ingress shop/new", null);
  rig.controller.flush();
  assert.equal(rig.told.get("west new.example.com"), null);
  rig.controller.read("west");
  rig.controller.flush();
  assert.equal(rig.federation.member("west")?.backends.has("old.example.com"), false);
});

test("a host that a partly read cluster may still have is not given to another cluster", () => {
  const rig = open([["west", "a.example.com"]]);
  rig.controller.readInPart("west");
  declare(rig, "east", "Ingress blog/thief 2026-02-01 a.example.com 192.0.2.66");
  rig.controller.read("east");
  rig.controller.flush();
  assert.equal(rig.told.has("east a.example.com"), false);
  rig.controller.read("west");
  rig.controller.flush();
  assert.equal(rig.told.get("east a.example.com"), "192.0.2.66");
});

const recordsOf = ({ records }: Rig): string[] =>
  [...records].flatMap(([host, rrsets]) => rrsets.map(({ rdatas }) => `${host} ${rdatas.length}`)).sort();

test("records of hosts count for the quota of their cluster, and come when there is room", () => {
  const rig = open();
  rig.federation.setQuota({ names: 2, endpoints: 3 });
  for (const cluster of ["west", "east"]) rig.controller.read(cluster);
  declare(rig, "west", "DNSEndpoint a/one 2026-01-01 one.example.com TXT=x");
  declare(rig, "west", "DNSEndpoint a/two 2026-01-02 two.example.com TXT=x");
  declare(rig, "west", "DNSEndpoint a/three 2026-01-03 three.example.com TXT=x");
  declare(rig, "east", "DNSEndpoint a/four 2026-01-04 four.example.com TXT=x");
  rig.controller.flush();
  assert.deepEqual(recordsOf(rig), ["four.example.com 1", "one.example.com 1", "two.example.com 1"]);
  const { names, endpoints, refused, refusedFirst } = rig.federation.quotaOf("west");
  assert.deepEqual([names.used, endpoints.used, refused, refusedFirst], [2, 2, 1, ["three.example.com"]]);
  assert.deepEqual([...rig.federation.refused()], ["three.example.com"]);
  rig.controller.declare("west", "DNSEndpoint a/one", null);
  rig.controller.flush();
  rig.clock.advance(5);
  assert.deepEqual(recordsOf(rig), ["four.example.com 1", "three.example.com 1", "two.example.com 1"]);
  assert.equal(rig.federation.quotaOf("west").refused, 0);
});

test("records that are published stay as they are when more of them would be over the quota", () => {
  const rig = open([], ["old.example.com"]);
  rig.federation.setQuota({ names: 1, endpoints: 1 });
  rig.controller.read("east");
  declare(rig, "west", "DNSEndpoint a/one 2026-01-01 one.example.com TXT=x");
  declare(rig, "west", "DNSEndpoint a/old 2026-01-02 old.example.com TXT=x");
  rig.controller.read("west");
  rig.controller.flush();
  assert.deepEqual(recordsOf(rig), ["old.example.com 1"]);
  declare(rig, "west", "DNSEndpoint a/old 2026-01-02 old.example.com TXT=xy");
  rig.controller.flush();
  assert.deepEqual(recordsOf(rig), ["old.example.com 1"]);
  assert.equal(rig.federation.quotaOf("west").refused, 2);
});

test("a host that may have been served before is only where an earlier run had it", () => {
  const rig = open([["west", "kept.example.com"]]);
  const perhaps = declaration("HTTPRoute shop/web 2026-01-01 kept.example.com,new.example.com 192.0.2.1");
  const claims = perhaps.claims.map((claim) => ({ ...claim, isTentative: true }));
  rig.controller.declare("west", objectKey(perhaps), { ...perhaps, claims });
  declare(rig, "west", "Ingress blog/heir 2026-02-01 new.example.com 192.0.2.2");
  for (const cluster of ["west", "east"]) rig.controller.read(cluster);
  rig.controller.flush();
  assert.equal(rig.told.get("west kept.example.com"), "192.0.2.1");
  assert.equal(rig.told.get("west new.example.com"), "192.0.2.2", "it takes no name from another object");
});
