/** Members: labels of places, indexes, backends, and what listeners hear. */
import assert from "node:assert/strict";
import { NO_ANNOTATIONS } from "../../../src/federation/members/backend.ts";
import { test } from "node:test";
import * as fc from "fast-check";
import { samePlaces, sortPlaces } from "../../../src/federation/members/cluster.ts";
import { Federation, isHostKey, keyOf, serviceOf } from "../../../src/federation/members/federation.ts";
import { toDnsLabel } from "../../../src/federation/members/label.ts";
import { portKey, sameBackend } from "../../../src/federation/members/backend.ts";
import { mergePorts, portConflictText } from "../../../src/federation/members/ports.ts";

function watched(capacity: number = 4): { federation: Federation; told: string[] } {
  const told: string[] = [];
  const listener = {
    onService: (key: string) => void told.push(key),
    onLocality: (member: string) => void told.push(`place of ${member}`),
    onNamespace: (namespace: string) => void told.push(`namespace ${namespace}`),
  };
  return { federation: new Federation(listener, capacity), told };
}

const backend = { readyEndpoints: 1, wantedEndpoints: 1, annotations: NO_ANNOTATIONS, ipv4: [1], ipv6: [] };
const place = { region: "r", zone: "a" };

test("where clusters differ about a port the oldest object wins, and the conflict is reported", () => {
  const http = (port: number) => ({ name: "http", protocol: "tcp", port }) as const;
  const west = { cluster: "west", ports: { createdSeconds: 9, list: [http(80)] } };
  const east = {
    cluster: "east",
    ports: { createdSeconds: 5, list: [http(8080), { name: "dns", protocol: "udp", port: 53 } as const] },
  };
  for (const declarations of [
    [west, east],
    [east, west],
  ]) {
    const { ports, conflicts } = mergePorts(declarations);
    assert.deepEqual(ports.map(portKey), ["_dns._udp", "_http._tcp"]);
    assert.equal(ports[1]?.port, 8080);
    assert.deepEqual(conflicts.map(portConflictText), [
      "port _http._tcp is 8080 in east (the oldest), which counts, and 80 in west",
    ]);
  }
  assert.deepEqual(mergePorts([west]), { ports: [http(80)], conflicts: [] });
});

test("keys of services and hosts can be distinguished and parsed", () => {
  for (const key of ["demo/hello", "shop.example.com", "*.apps.example.com"])
    assert.equal(keyOf(serviceOf(key)), key);
  assert.deepEqual([isHostKey("demo/hello"), isHostKey("localhost")], [false, true]);
});

test("a Kubernetes label value becomes a DNS label or null", () => {
  const labels: Readonly<Record<string, string | null>> = {
    "us-west": "us-west",
    "US_West.1a": "us-west-1a",
    "--a--": "a",
    _: null,
    "": null,
    a__b: "a-b",
    "a--b": "a-b",
    Zürich: "z-rich",
    "0": "0",
    "\u212a": "k",
  };
  for (const [value, label] of Object.entries(labels)) assert.equal(toDnsLabel(value), label, value);
});

test("every value gives a valid DNS label or null, and always the same one", () => {
  fc.assert(
    fc.property(
      fc.oneof(fc.string({ unit: "binary", maxLength: 200 }), fc.stringMatching(/^[a-zA-Z0-9._-]{0,120}$/)),
      (value) => {
        const label = toDnsLabel(value);
        if (label !== null) assert.match(label, /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/);
        if (label !== null) assert.equal(toDnsLabel(label), label, "a label stays as it is");
        assert.equal(toDnsLabel(value), label);
      },
    ),
    { numRuns: 2000 },
  );
});

test("long values that differ only in the part that is cut off get different labels", () => {
  const long = "a".repeat(70);
  const labels = new Set([long, `${long}b`, `${long}c`, long.slice(0, 64)].map((value) => toDnsLabel(value)));
  assert.equal(labels.size, 4);
  assert.equal(toDnsLabel("a".repeat(63)), "a".repeat(63));
});

test("places are sorted and unique; a zone belongs to its region", () => {
  const places = [
    place,
    { region: "q", zone: null },
    { ...place },
    { region: "r", zone: null },
    { region: "s", zone: "a" },
  ];
  const sorted = sortPlaces(places);
  assert.deepEqual(sorted, [
    { region: "q", zone: null },
    { region: "r", zone: null },
    place,
    { region: "s", zone: "a" },
  ]);
  assert.ok(samePlaces(sorted, sortPlaces(places.toReversed())));
  assert.ok(!samePlaces(sorted, sorted.slice(1)));
});

test("a member gets the first free index and keeps it, also over a restart", () => {
  const { federation } = watched();
  assert.deepEqual(
    [federation.join("a").index, federation.join("b").index, federation.join("a").index],
    [0, 1, 0],
  );
  federation.leave("a");
  federation.releaseIndexes();
  assert.deepEqual(
    [federation.join("c").index, federation.join("d", 3).index, federation.join("e", 3).index],
    [0, 3, 2],
  );
  assert.throws(() => federation.join("f"), RangeError);
  federation.leave("nobody");
});

test("listeners hear of real differences only", () => {
  const { federation, told } = watched();
  federation.join("a");
  told.length = 0;
  federation.setBackend("a", "ns/s", backend);
  federation.setBackend("a", "ns/s", { ...backend, ipv4: [...backend.ipv4] });
  federation.setBackend("a", "ns/s", {
    ...backend,
    readyEndpoints: 2,
    wantedEndpoints: 2,
    annotations: NO_ANNOTATIONS,
  });
  federation.setBackend("a", "ns/none", null);
  federation.setBackend("stranger", "ns/s", backend);
  federation.setLocality("a", { places: [place], latitude: null, longitude: null });
  federation.setLocality("a", { places: [{ ...place }], latitude: null, longitude: null });
  federation.setLocality("a", { places: [place], latitude: 1, longitude: null });
  federation.setLocality("stranger", { places: [place], latitude: null, longitude: null });
  federation.setBackend("a", "ns/s", null);
  assert.deepEqual(told, ["ns/s", "ns/s", "place of a", "place of a", "ns/s"]);
});

test("a member that leaves takes its backends with it", () => {
  const { federation, told } = watched();
  federation.join("a");
  federation.setBackend("a", "ns/s", backend);
  federation.setBackend("a", "ns/t", backend);
  told.length = 0;
  federation.leave("a");
  assert.deepEqual(told.sort(), ["ns/s", "ns/t", "place of a"]);
  assert.deepEqual([federation.members, federation.member("a")], [[], undefined]);
  assert.equal(federation.join("a").backends.size, 0);
});

test("backends are equal when readiness and addresses are", () => {
  assert.ok(sameBackend(backend, { ...backend }));
  for (const other of [
    { readyEndpoints: 0, wantedEndpoints: 0, annotations: NO_ANNOTATIONS },
    { ipv4: [] },
    { ipv4: [2] },
    { ipv6: [""] },
  ])
    assert.ok(!sameBackend(backend, { ...backend, ...other }));
});

test("serviceOf is the inverse of keyOf", () => {
  assert.deepEqual(serviceOf(keyOf({ namespace: "demo", name: "hello" })), {
    namespace: "demo",
    name: "hello",
  });
});

test("all clusters may be replaced by others at once, as a new configuration does at a restart", () => {
  const { federation } = watched();
  for (const name of ["a", "b", "c"]) federation.join(name);
  for (const name of ["a", "b", "c"]) federation.leave(name);
  for (const name of ["d", "e", "f"]) assert.doesNotThrow(() => federation.join(name), `${name} joins`);
});
