/** From raw Services, slices, nodes and namespaces to facts: what counts, and that no object makes a projection throw. */
import assert from "node:assert/strict";
import { NO_ANNOTATIONS } from "../../../src/federation/members/backend.ts";
import { test } from "node:test";
import * as fc from "fast-check";
import { projectNode, sameNode } from "../../../src/fleet/observe/project.ts";
import { projectSlice, sameSlice, type SliceFacts } from "../../../src/fleet/sources/endpoint-slice.ts";
import {
  projectService as project,
  sameService,
  type ServiceFacts,
} from "../../../src/fleet/sources/service.ts";

const projectService = project({
  namespaces: [],
  externalIPs: true,
  balancerHostnames: "resolve",
  readsExternalDns: false,
  readsInternalHostnames: false,
});

const metadata = { namespace: "demo", name: "hello" };

function service(status: unknown, spec: unknown = { type: "LoadBalancer" }, more: object = {}): unknown {
  return { metadata: { ...metadata, ...more }, spec, status };
}

function ingress(...items: readonly unknown[]): unknown {
  return { loadBalancer: { ingress: items } };
}

function slice(endpoints: unknown, labels: unknown = { "kubernetes.io/service-name": "hello" }): unknown {
  return {
    metadata: { namespace: "demo", name: "hello-x.1", labels },
    addressType: "IPv4",
    ports: null,
    endpoints,
  };
}

function node(labels: unknown): unknown {
  return { metadata: { name: "n1", labels } };
}

function announcedBy(facts: ServiceFacts | undefined): unknown {
  return [facts?.ips, facts?.hostnames];
}

test("addresses and host names of a LoadBalancer are kept", () => {
  const status = ingress(
    { ip: "192.0.2.1", ports: [] },
    { hostname: "lb.example.net" },
    { ip: "2001:db8::1", ipMode: "VIP" },
  );
  const projected = projectService(service(status));
  assert.equal(projected?.key, "demo/hello");
  assert.deepEqual(announcedBy(projected?.value), [["192.0.2.1", "2001:db8::1"], ["lb.example.net"]]);
  assert.equal(projected?.value.annotations, NO_ANNOTATIONS);
});

test("the host name in an entry with an address is ignored", () => {
  const status = ingress(
    { ip: "192.0.2.1", hostname: "lb.example.net" },
    { ip: "", hostname: "other.example.net" },
  );
  assert.deepEqual(announcedBy(projectService(service(status))?.value), [
    ["192.0.2.1"],
    ["other.example.net"],
  ]);
});

test("a LoadBalancer without an address yet is declared", () => {
  for (const status of [
    undefined,
    null,
    {},
    { loadBalancer: {} },
    { loadBalancer: { ingress: null } },
    ingress(),
    ingress({}),
  ])
    assert.deepEqual(announcedBy(projectService(service(status))?.value), [[], []]);
});

test("services of other types, and those being deleted, do not count", () => {
  for (const type of ["ClusterIP", "NodePort", "", null, undefined, 3])
    assert.equal(projectService(service(ingress({ ip: "192.0.2.1" }), { type })), null);
  assert.equal(
    projectService(service({}, { type: "LoadBalancer" }, { deletionTimestamp: "2026-01-01T00:00:00Z" })),
    null,
  );
});

test("a deletionTimestamp of null does not count", () => {
  assert.ok(projectService(service({}, { type: "LoadBalancer" }, { deletionTimestamp: null })) !== null);
});

test("a service whose name is not a DNS label does not count", () => {
  for (const name of ["a.b", "A", "-a", "a-", "a_b", "", "a".repeat(64), "a/b", "ä", null, 7])
    assert.equal(projectService(service({}, { type: "LoadBalancer" }, { name })), null, String(name));
  for (const namespace of ["a.b", "A", "", "a/b", null])
    assert.equal(
      projectService(service({}, { type: "LoadBalancer" }, { namespace })),
      null,
      String(namespace),
    );
  assert.ok(projectService(service({}, { type: "LoadBalancer" }, { name: "a".repeat(63) })) !== null);
});

test("at most 64 addresses of one service count", () => {
  const items = Array.from({ length: 1000 }, (_, i) => ({ ip: `10.0.${i >> 8}.${i & 255}` }));
  assert.equal(projectService(service(ingress(...items)))?.value.ips.length, 64);
});

test("endpoints with an address count when they are ready or do not say", () => {
  const ready = (endpoints: unknown): number | undefined =>
    projectSlice(slice(endpoints))?.value.ready.length;
  const addresses = ["10.0.0.1"];
  assert.equal(ready([{ addresses, conditions: { ready: true } }]), 1);
  const others = [["10.0.0.2"], ["10.0.0.3"]] as const;
  assert.equal(
    ready([
      { addresses, conditions: {} },
      { addresses: others[0] },
      { addresses: others[1], conditions: { ready: null } },
    ]),
    3,
  );
  assert.equal(ready([{ addresses }, { addresses }]), 1, "the same one twice");
  assert.equal(ready([{ addresses, conditions: { ready: false, serving: true } }]), 0);
  assert.equal(ready([{ addresses: [], conditions: { ready: true } }, { addresses: null }, {}, null]), 0);
  for (const none of [null, undefined, [], {}, "x"]) assert.equal(ready(none), 0);
});

test("a slice belongs to the service that its label names, in its own namespace", () => {
  const projected = projectSlice(slice(null));
  const { service: of, addressType, ready, waiting } = projected?.value ?? assert.fail();
  assert.deepEqual(
    [projected?.key, of, addressType, ready, waiting],
    ["demo/hello-x.1", "demo/hello", "IPv4", [], []],
  );
  for (const labels of [
    null,
    {},
    { "kubernetes.io/service-name": "" },
    { "kubernetes.io/service-name": "a.b" },
  ])
    assert.equal(projectSlice(slice([], labels)), null);
});

test("a node's place comes from its labels, the old ones where the new ones are missing", () => {
  const placeOf = (labels: unknown): unknown => projectNode(node(labels))?.value.place ?? null;
  const [region, zone] = ["topology.kubernetes.io/region", "topology.kubernetes.io/zone"];
  const [oldRegion, oldZone] = [
    "failure-domain.beta.kubernetes.io/region",
    "failure-domain.beta.kubernetes.io/zone",
  ];
  assert.deepEqual(placeOf({ [region]: "us-west", [zone]: "us-west-1a" }), {
    region: "us-west",
    zone: "us-west-1a",
  });
  assert.deepEqual(placeOf({ [oldRegion]: "R_1", [oldZone]: "Z.1" }), { region: "r-1", zone: "z-1" });
  assert.deepEqual(placeOf({ [region]: "new", [oldRegion]: "old", [oldZone]: "a" }), {
    region: "new",
    zone: "a",
  });
  assert.deepEqual(placeOf({ [region]: "", [oldRegion]: "old" }), { region: "old", zone: null });
  assert.deepEqual(placeOf({ [region]: "r", [zone]: "___" }), { region: "r", zone: null });
  for (const labels of [undefined, null, {}, { [zone]: "a" }, { [region]: "-" }, { [region]: 1 }])
    assert.equal(placeOf(labels), null);
});

test("no value makes a projection throw", () => {
  const keys = [
    "metadata",
    "name",
    "namespace",
    "labels",
    "spec",
    "type",
    "status",
    "loadBalancer",
    "ingress",
    "ip",
  ];
  const object = fc.object({
    key: fc.constantFrom(...keys, "endpoints", "conditions", "__proto__"),
    maxDepth: 5,
  });
  fc.assert(
    fc.property(fc.oneof(object, fc.anything()), (value) => {
      for (const project of [projectService, projectSlice, projectNode]) project(value);
    }),
    { numRuns: 1000 },
  );
  const inherited: unknown = Object.create({ metadata, spec: { type: "LoadBalancer" } });
  assert.equal(projectService(inherited), null);
});

test("facts are equal when all their parts are", () => {
  const facts = projectService(service(ingress({ ip: "192.0.2.1" })))?.value ?? assert.fail();
  const annotations = { createdAt: "", values: { "fedns.io/ttl": "5" } };
  assert.ok(sameService(facts, { ...facts, ips: [...facts.ips], annotations: { ...NO_ANNOTATIONS } }));
  const others: readonly Partial<ServiceFacts>[] = [
    { hostnames: ["a"] },
    { ips: ["b"] },
    { annotations },
    { isAlias: true },
    { createdSeconds: 7 },
    { exposure: "nodes" },
  ];
  for (const other of others) assert.ok(!sameService(facts, { ...facts, ...other }));
  const one = projectSlice(slice([]))?.value ?? assert.fail();
  const slices: readonly Partial<SliceFacts>[] = [
    { service: "a/c" },
    { addressType: "IPv6" },
    { ready: [2] },
    { waiting: [2] },
    { nodes: ["n"] },
  ];
  for (const other of slices) assert.ok(!sameSlice(one, { ...one, ...other }));
  const west = projectNode(node({ "topology.kubernetes.io/region": "west" }))?.value ?? assert.fail();
  assert.ok(sameNode(west, { ...west, place: { region: "west", zone: null } }));
  for (const place of [null, { region: "west", zone: "a" }, { region: "east", zone: null }])
    assert.ok(!sameNode(west, { ...west, place }));
  assert.ok(!sameNode(west, { ...west, external: ["192.0.2.1"] }));
});
