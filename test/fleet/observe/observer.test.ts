/** The observer of one member against an API server: from Services, endpoints and nodes to backends and places. */
import assert from "node:assert/strict";
import { NO_ANNOTATIONS } from "../../../src/federation/members/backend.ts";
import { test } from "node:test";
import type { Backend } from "../../../src/federation/members/backend.ts";
import { until } from "../../support/until.ts";
import {
  at,
  backendIn,
  ipv4,
  node,
  NODES,
  placesIn,
  service,
  SERVICES,
  slice,
  SLICES,
  world,
} from "./observed-cluster.ts";

test("a cluster has no backends before both its services and its endpoints have been listed", async (t) => {
  for (const late of [SERVICES, SLICES]) {
    const { server, transport, ...rest } = await world(t);
    const here = { server, transport, ...rest };
    server.put(SERVICES, service("hello", [at(1)]));
    server.put(SLICES, slice("hello", 3));
    const release = transport.hold(late);
    here.start();
    await until("the other watches stand", () => server.openWatches === 3);
    assert.deepEqual([backendIn(here, "hello"), here.observer.isSynced, here.syncs()], [undefined, false, 0]);
    release();
    await until("the backend is there", () => backendIn(here, "hello") !== undefined);
    assert.deepEqual(backendIn(here, "hello"), {
      readyEndpoints: 3,
      wantedEndpoints: 3,
      annotations: NO_ANNOTATIONS,
      ipv4: [ipv4(1)],
      ipv6: [],
    });
    assert.deepEqual([here.observer.isSynced, here.syncs(), here.reads()], [true, 2, 1]);
  }
});

test("a cluster is not read before its Nodes are, whose places its names need; its backends do not wait for them", async (t) => {
  const here = await world(t);
  here.server.put(SERVICES, service("hello", [at(1)]));
  here.server.put(SLICES, slice("hello", 3));
  here.server.put(NODES, node("n1", "us-west", "a"));
  const release = here.transport.hold(NODES);
  here.start();
  await until("the backend is there", () => backendIn(here, "hello") !== undefined);
  assert.deepEqual([here.observer.isSynced, here.syncs(), here.reads()], [false, 0, 0]);
  release();
  await until("it is read", () => here.reads() === 1);
  assert.deepEqual([here.observer.isSynced, placesIn(here)], [true, "us-west/a"]);
});

test("a cluster whose Nodes may not be read is read without places", async (t) => {
  const here = await world(t);
  here.server.put(SERVICES, service("hello", [at(1)]));
  here.transport.refused.add(NODES);
  here.start();
  await until("it is read", () => here.reads() === 1);
  assert.deepEqual([here.observer.isSynced, placesIn(here)], [true, ""]);
});

test("backends from an earlier run stay until the cluster has been listed; then those that it does not have go", async (t) => {
  const old = {
    readyEndpoints: 1,
    wantedEndpoints: 1,
    annotations: NO_ANNOTATIONS,
    ipv4: [ipv4(9)],
    ipv6: [],
  };
  const here = await world(t, {
    remembered: new Map([
      ["demo/gone", old],
      ["demo/hello", old],
    ]),
  });
  here.server.put(SERVICES, service("hello", [at(1)]));
  const release = here.transport.hold(SLICES);
  here.start();
  await until("the other watches stand", () => here.server.openWatches === 3);
  assert.deepEqual([backendIn(here, "gone"), backendIn(here, "hello")], [old, old]);
  release();
  await until("it has gone", () => backendIn(here, "gone") === undefined);
  assert.deepEqual(backendIn(here, "hello"), {
    readyEndpoints: 0,
    wantedEndpoints: 0,
    annotations: NO_ANNOTATIONS,
    ipv4: [ipv4(1)],
    ipv6: [],
  });
});

test("changes of services and endpoints change backends at once", async (t) => {
  const here = await world(t);
  const { server } = here;
  server.put(SERVICES, service("hello", [at(1)]));
  server.put(SLICES, slice("hello", 2));
  here.start();
  await until("all watches stand", () => server.openWatches === 4 && here.observer.isSynced);
  const becomes = (claim: string, isSo: (backend: Backend | undefined) => boolean): Promise<void> =>
    until(claim, () => isSo(backendIn(here, "hello")));
  server.put(SLICES, slice("hello", 5, "hello-2"));
  await becomes("two slices add up", (backend) => backend?.readyEndpoints === 7);
  server.put(SLICES, slice("hello", 0));
  await becomes("endpoints may be null", (backend) => backend?.readyEndpoints === 5);
  server.remove(SLICES, "demo/hello-2");
  await becomes("a slice goes", (backend) => backend?.readyEndpoints === 0);
  server.put(SERVICES, service("hello", [at(2), { ip: "127.0.0.1" }]));
  await becomes("the address changes", (backend) => backend?.ipv4[0] === ipv4(2));
  assert.deepEqual([...here.observer.view.refusals.keys()], ["demo/hello"]);
  server.put(SERVICES, service("hello", [at(2)], "ClusterIP"));
  await becomes("another type is no service of ours", (backend) => backend === undefined);
  assert.equal(here.observer.view.refusals.size, 0);
  server.put(SERVICES, service("hello", []));
  await becomes("one without an address is declared", (backend) => backend?.ipv4.length === 0);
  server.remove(SERVICES, "demo/hello");
  await becomes("a deleted one is not", (backend) => backend === undefined);
});

test("a slice that moves to another service is counted there", async (t) => {
  const here = await world(t);
  const { server } = here;
  for (const name of ["one", "two"]) server.put(SERVICES, service(name, [at(1)]));
  server.put(SLICES, slice("one", 2, "wanderer"));
  here.start();
  await until("it is at one", () => backendIn(here, "one")?.readyEndpoints === 2);
  server.put(SLICES, slice("two", 2, "wanderer"));
  await until("it is at two", () => backendIn(here, "two")?.readyEndpoints === 2);
  assert.equal(backendIn(here, "one")?.readyEndpoints, 0);
});

test("a balancer's host name is watched while a service has it, and its addresses count once they are known", async (t) => {
  const here = await world(t);
  const { server, watches } = here;
  const lb = { hostname: "lb.example.net" };
  for (const name of ["one", "two"]) {
    server.put(SERVICES, service(name, [lb]));
    server.put(SLICES, slice(name, 1));
  }
  here.start();
  await until(
    "both are there",
    () => backendIn(here, "one") !== undefined && backendIn(here, "two") !== undefined,
  );
  assert.deepEqual([backendIn(here, "one")?.ipv4, watches.size], [[], 1]);
  for (const { tell } of watches) tell({ ipv4: ["192.0.2.7", "127.0.0.1"], ipv6: ["2001:db8::7"] });
  for (const name of ["one", "two"]) assert.deepEqual(backendIn(here, name)?.ipv4, [ipv4(7)]);
  server.remove(SERVICES, "demo/one");
  await until("one is gone", () => backendIn(here, "one") === undefined);
  assert.equal(watches.size, 1);
  server.put(SERVICES, service("two", [at(1)]));
  await until("two has an address", () => backendIn(here, "two")?.ipv4[0] === ipv4(1));
  assert.equal(watches.size, 0);
});

test("addresses from an earlier run stay while a host name is being looked up", async (t) => {
  const old = {
    readyEndpoints: 1,
    wantedEndpoints: 1,
    annotations: NO_ANNOTATIONS,
    ipv4: [ipv4(9)],
    ipv6: [],
  };
  const here = await world(t, { remembered: new Map([["demo/hello", old]]) });
  here.server.put(SERVICES, service("hello", [{ hostname: "lb.example.net" }]));
  here.server.put(SLICES, slice("hello", 4));
  here.start();
  await until("it is synced", () => here.observer.isSynced);
  assert.deepEqual(backendIn(here, "hello"), {
    ...old,
    readyEndpoints: 4,
    wantedEndpoints: 4,
    annotations: NO_ANNOTATIONS,
  });
  for (const { tell } of here.watches) tell({ ipv4: ["192.0.2.7"], ipv6: [] });
  assert.deepEqual(backendIn(here, "hello")?.ipv4, [ipv4(7)]);
});

test("addresses that a service gives up for a host name go, even if the name cannot be looked up", async (t) => {
  const here = await world(t);
  const { server } = here;
  server.put(SERVICES, service("hello", [at(1)]));
  server.put(SLICES, slice("hello", 1));
  here.start();
  await until("it is there", () => backendIn(here, "hello")?.ipv4[0] === ipv4(1));
  server.put(SERVICES, service("hello", [at(2), { hostname: "never.example.net" }]));
  await until("the name is watched", () => here.watches.size === 1);
  assert.deepEqual(backendIn(here, "hello")?.ipv4, [ipv4(2)]);
});

test("a cluster has the places of all its nodes, and keeps them without nodes", async (t) => {
  const here = await world(t, { knownPlaces: [{ region: "old", zone: "a" }] });
  const { server } = here;
  here.start();
  await until("it is synced", () => here.observer.isSynced && server.openWatches === 4);
  assert.equal(placesIn(here), "old/a");
  server.put(NODES, node("n1", "us-west", "a"));
  await until("one zone", () => placesIn(here) === "us-west/a");
  server.put(NODES, node("n2", "us-west", "b"));
  server.put(NODES, node("n3", "us-west", "b"));
  await until("two zones", () => placesIn(here) === "us-west/a us-west/b");
  server.remove(NODES, "/n1");
  await until("one zone is gone", () => placesIn(here) === "us-west/b");
  server.remove(NODES, "/n2");
  server.remove(NODES, "/n3");
  server.put(SERVICES, service("later", [at(1)]));
  await until(
    "all of that has been seen",
    () => backendIn(here, "later") !== undefined && here.observer.health.nodes.objectCount === 0,
  );
  assert.equal(placesIn(here), "us-west/b");
});

test("places in the settings are not changed by nodes", async (t) => {
  const here = await world(t, { places: [{ region: "eu", zone: null }] });
  here.server.put(NODES, node("n1", "us-west", "a"));
  here.start();
  await until("nodes are listed", () => here.observer.health.nodes.objectCount === 1);
  assert.equal(placesIn(here), "eu/null");
});

test("five thousand nodes cause one update of the services on nodes", async (t) => {
  const here = await world(t);
  for (let i = 0; i < 5000; i++) here.server.put(NODES, node(`n${i}`, "us-west", `z${i % 3}`));
  let located = 0;
  const { federation } = here;
  const member = federation.member.bind(federation);
  federation.member = (name) => {
    located++;
    return member(name);
  };
  here.start();
  await until("they are listed", () => here.observer.health.nodes.objectCount === 5000);
  await until("places are known", () => placesIn(here) === "us-west/z0 us-west/z1 us-west/z2");
  assert.ok(located < 1000, `places were put together ${located} times`);
});

test("after a lost connection backends equal the changed cluster", async (t) => {
  const here = await world(t);
  const { server } = here;
  for (const name of ["stays", "goes"]) {
    server.put(SERVICES, service(name, [at(1)]));
    server.put(SLICES, slice(name, 1));
  }
  here.start();
  await until(
    "both are there",
    () => backendIn(here, "stays") !== undefined && backendIn(here, "goes") !== undefined,
  );
  server.outage({ status: 503 });
  server.resetConnections();
  server.remove(SERVICES, "demo/goes");
  server.put(SERVICES, service("comes", [at(3)]));
  server.compact();
  assert.ok(backendIn(here, "goes") !== undefined, "it cannot be known yet");
  server.outage(null);
  await until("it has gone", () => backendIn(here, "goes") === undefined);
  await until("the new one is there", () => backendIn(here, "comes")?.ipv4[0] === ipv4(3));
  assert.deepEqual([backendIn(here, "stays")?.readyEndpoints, here.reads()], [1, 1]);
});
