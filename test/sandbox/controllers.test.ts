/** The controllers: what they make of Services and Deployments within a turn of the event loop. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { KubeObject } from "../../src/sandbox/object/object.ts";
import { startServer } from "./server.ts";

const loadBalancer = {
  ipv4Prefix: "192.0.2.",
  ipv6Prefix: "2001:db8:1::",
  ipv4PerService: 2,
  ipv6PerService: 1,
};
const nodes = [
  { name: "n1", region: "r", zone: "a" },
  { name: "n2", region: "r", zone: "b" },
];
const namespace = "default";

function service(name: string, spec: object = {}): any {
  const ports = [{ port: 80, targetPort: "http" }];
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name, namespace },
    spec: { type: "LoadBalancer", selector: { app: name }, ports, ...spec },
  };
}

function deployment(name: string, replicas: number): any {
  const container = { name: "c", image: "i", ports: [{ name: "http", containerPort: 8080 }] };
  const template = { metadata: { labels: { app: name } }, spec: { containers: [container] } };
  const spec = { replicas, selector: { matchLabels: { app: name } }, template };
  return { apiVersion: "apps/v1", kind: "Deployment", metadata: { name, namespace }, spec };
}

const { server } = await startServer({ loadBalancer, nodes });

describe("controllers", () => {
  const get = (apiVersion: string, kind: string, name: string): any =>
    server.objects.get({ apiVersion, kind, namespace, name });
  const ingressOf = (name: string): readonly string[] =>
    (get("v1", "Service", name).status.loadBalancer.ingress ?? []).map((entry: any) => entry.ip);
  const slicesOf = (name: string): readonly any[] =>
    server.objects
      .list("discovery.k8s.io/v1", "EndpointSlice", namespace)
      .filter(({ metadata }) => metadata.labels?.["kubernetes.io/service-name"] === name);
  const readyOf = (name: string): readonly string[] =>
    slicesOf(name)
      .flatMap((slice) => slice.endpoints ?? [])
      .filter((endpoint) => endpoint.conditions.ready)
      .flatMap((endpoint) => endpoint.addresses);

  test("assign LoadBalancers the lowest free addresses of their families, and release them", async () => {
    server.objects.put(service("one"));
    server.objects.put(service("two", { ipFamilyPolicy: "PreferDualStack" }));
    await server.settled();
    assert.deepEqual(ingressOf("one"), ["192.0.2.10", "192.0.2.11"]);
    assert.deepEqual(ingressOf("two"), ["192.0.2.12", "192.0.2.13", "2001:db8:1::a"]);
    server.objects.patch(
      { apiVersion: "v1", kind: "Service", namespace, name: "one" },
      { spec: { type: "ClusterIP" } },
    );
    server.objects.put(service("three"));
    await server.settled();
    assert.deepEqual([ingressOf("one"), ingressOf("three")], [[], ["192.0.2.10", "192.0.2.11"]]);
  });

  test("keep a status written by others, and leave Services with a load balancer class alone", async () => {
    server.objects.put(service("mine"));
    await server.settled();
    const ref = { apiVersion: "v1", kind: "Service", namespace, name: "mine" };
    server.objects.patch(ref, { status: { loadBalancer: { ingress: [{ ip: "192.0.2.200" }] } } }, "status");
    server.objects.put(service("classy", { loadBalancerClass: "example.net/other" }));
    await server.settled();
    assert.deepEqual([ingressOf("mine"), ingressOf("classy")], [["192.0.2.200"], []]);
  });

  test("make a Deployment ready and give its Service endpoints with node, zone and port", async () => {
    server.objects.put(service("web"));
    server.objects.put(deployment("web", 3));
    await server.settled();
    const { status, metadata } = get("apps/v1", "Deployment", "web");
    assert.deepEqual(
      [status.replicas, status.readyReplicas, status.observedGeneration],
      [3, 3, metadata.generation],
    );
    const [slice, ...others] = slicesOf("web");
    assert.equal(others.length, 0);
    assert.equal(slice.addressType, "IPv4");
    assert.deepEqual(slice.ports, [{ name: "", protocol: "TCP", port: 8080 }]);
    assert.deepEqual(slice.endpoints.map((one: any) => `${one.nodeName} ${one.zone}`).sort(), [
      "n1 a",
      "n1 a",
      "n2 b",
    ]);
    assert.equal(get("v1", "Endpoints", "web").subsets[0].addresses.length, 3);
  });

  test("remove the endpoints of a Deployment without replicas, leave a slice with nulls, and bring them back", async () => {
    const scale = async (replicas: number): Promise<void> => {
      server.objects.patch(
        { apiVersion: "apps/v1", kind: "Deployment", namespace, name: "web" },
        { spec: { replicas } },
      );
      await server.settled();
    };
    await scale(0);
    assert.deepEqual(readyOf("web"), []);
    const [slice] = slicesOf("web");
    assert.deepEqual([slice.endpoints, slice.ports], [null, null]);
    await scale(3);
    assert.equal(readyOf("web").length, 3);
  });

  test("keep a pod that is not ready in the slice, but not among the ready endpoints", async () => {
    const [pod] = server.objects
      .list("v1", "Pod", namespace)
      .filter(({ metadata }) => metadata.labels?.["app"] === "web");
    const conditions = [{ type: "Ready", status: "False" }];
    server.objects.putStatus(pod as KubeObject, { ...(pod as any).status, conditions });
    await server.settled();
    assert.equal(readyOf("web").length, 2);
    assert.equal(slicesOf("web")[0].endpoints.length, 3);
    assert.equal(get("apps/v1", "Deployment", "web").status.readyReplicas, 2);
  });

  test("give a dual-stack Service a slice per family", async () => {
    server.objects.put(service("dual", { ipFamilyPolicy: "RequireDualStack" }));
    server.objects.put(deployment("dual", 1));
    await server.settled();
    const families = slicesOf("dual").map((slice) => slice.addressType);
    assert.deepEqual(
      families.toSorted((a, b) => a.localeCompare(b)),
      ["IPv4", "IPv6"],
    );
  });

  test("delete all dependents of a deleted Deployment and Service", async () => {
    server.objects.delete({ apiVersion: "apps/v1", kind: "Deployment", namespace, name: "dual" });
    server.objects.delete({ apiVersion: "v1", kind: "Service", namespace, name: "dual" });
    await server.settled();
    assert.deepEqual(slicesOf("dual"), []);
    const left = ["ReplicaSet", "Pod", "Endpoints"].flatMap((kind) =>
      server.objects
        .list(kind === "ReplicaSet" ? "apps/v1" : "v1", kind, namespace)
        .filter(({ metadata }) => metadata.name.startsWith("dual")),
    );
    assert.deepEqual(left, []);
  });

  test("keep an owner deleted in the foreground until its dependents are gone, and orphan them on request", async () => {
    for (const [name, propagation] of [
      ["front", "Foreground"],
      ["loose", "Orphan"],
    ] as const) {
      server.objects.put(deployment(name, 1));
      await server.settled();
      server.objects.delete({ apiVersion: "apps/v1", kind: "Deployment", namespace, name }, { propagation });
      assert.ok(get("apps/v1", "Deployment", name).metadata.deletionTimestamp, "still there, marked");
      await server.settled();
      assert.equal(get("apps/v1", "Deployment", name), undefined);
    }
    const sets = server.objects.list("apps/v1", "ReplicaSet", namespace).map(({ metadata }) => metadata.name);
    assert.equal(
      sets.some((name) => name.startsWith("front")),
      false,
    );
    assert.equal(
      sets.some((name) => name.startsWith("loose")),
      true,
    );
  });

  test("move pods off a deleted node, and leave them pending while there is none", async () => {
    const remove = async (name: string): Promise<void> => {
      server.objects.delete({ apiVersion: "v1", kind: "Node", name });
      await server.settled();
    };
    await remove("n1");
    assert.deepEqual(new Set(slicesOf("web")[0].endpoints.map((one: any) => one.nodeName)), new Set(["n2"]));
    await remove("n2");
    assert.deepEqual(readyOf("web"), []);
    server.objects.put({ apiVersion: "v1", kind: "Node", metadata: { name: "n3" } });
    await server.settled();
    assert.equal(readyOf("web").length, 3);
  });
});
