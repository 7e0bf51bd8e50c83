/** Ingresses and Gateways of the sandbox's classes: addresses and statuses. */
import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { sampleEdgeManifests } from "../../src/sandbox/sample-edge.ts";
import { gateway, ingress, pool, route } from "./edge-objects.ts";
import { startServer } from "./server.ts";

const api = "gateway.networking.k8s.io/v1";
const classes = sampleEdgeManifests.filter(({ kind }) => /Definition|Class/.test(kind));

const [ingressServer, gatewayServer] = await Promise.all([
  startServer({ loadBalancer: pool }),
  startServer({ loadBalancer: pool }),
]);

describe("the ingress controller", () => {
  const { server } = ingressServer;

  const addressesOf = (name: string): readonly string[] | undefined =>
    (
      server.objects.get({
        apiVersion: "networking.k8s.io/v1",
        kind: "Ingress",
        namespace: "default",
        name,
      }) as any
    )?.status.loadBalancer.ingress?.map(({ ip }: any) => ip);

  test("leaves Ingresses alone while it has no class, and uses no addresses for them", async () => {
    server.objects.put(ingress("early", "a.example.com", {}));
    await server.settled();
    assert.equal(addressesOf("early"), undefined);
    assert.equal(server.objects.list("v1", "Service", "ingress-system").length, 0);
  });

  test("gives all Ingresses of its class the same addresses, of both families", async () => {
    for (const manifest of classes) server.objects.put(manifest);
    server.objects.put(ingress("named", "b.example.com", { ingressClassName: "sandbox" }));
    await server.settled();
    assert.deepEqual(addressesOf("named"), ["192.0.2.10", "192.0.2.11", "2001:db8:1::a"]);
    assert.deepEqual(addressesOf("early"), addressesOf("named"), "without a class the default one counts");
  });

  test("leaves Ingresses of other classes alone, and keeps a status written by others", async () => {
    server.objects.put(ingress("other", "c.example.com", { ingressClassName: "nginx" }));
    const named = {
      apiVersion: "networking.k8s.io/v1",
      kind: "Ingress",
      namespace: "default",
      name: "named",
    };
    server.objects.patch(named, { status: { loadBalancer: { ingress: [{ ip: "192.0.2.99" }] } } }, "status");
    await server.settled();
    assert.deepEqual([addressesOf("other"), addressesOf("named")], [undefined, ["192.0.2.99"]]);
  });
});

describe("the gateway controller", () => {
  const { server } = gatewayServer;
  before(() => {
    for (const manifest of classes) server.objects.put(manifest);
    server.objects.put({
      apiVersion: "v1",
      kind: "Service",
      metadata: { name: "web", namespace: "default" },
      spec: { ports: [{ port: 80 }] },
    });
    server.objects.put({ apiVersion: "v1", kind: "Namespace", metadata: { name: "far" } });
  });

  const get = (kind: string, name: string, namespace: string | undefined = "default"): any =>
    server.objects.get({ apiVersion: api, kind, name, ...(namespace !== "" && { namespace }) });
  const conditions = (list: any[]): readonly string[] =>
    list.map((one) => `${one.type} ${one.status} ${one.reason}`);
  /** The conditions of a route, one list per parent. */
  const conditionsOf = (name: string, namespace?: string): readonly (readonly string[])[] =>
    get("HTTPRoute", name, namespace).status.parents.map((parent: any) => conditions(parent.conditions));

  test("accepts its class and no other", async () => {
    server.objects.put({
      apiVersion: api,
      kind: "GatewayClass",
      metadata: { name: "foreign" },
      spec: { controllerName: "example.com/other" },
    });
    await server.settled();
    assert.deepEqual(conditions(get("GatewayClass", "sandbox", "").status.conditions), [
      "Accepted True Accepted",
    ]);
    assert.equal(get("GatewayClass", "foreign", "").status, undefined);
  });

  test("gives a Gateway its own addresses and counts the attached routes of each listener", async () => {
    server.objects.put(
      gateway("g", [
        { name: "apps", protocol: "HTTP", port: 80, hostname: "*.apps.example.com" },
        { name: "tls", protocol: "TLS", port: 443 },
        { name: "odd", protocol: "SMTP", port: 25 },
      ]),
    );
    server.objects.put(
      route("ok", { parentRefs: [{ name: "g" }], hostnames: ["a.apps.example.com", "b.example.net"] }),
    );
    await server.settled();
    const { status } = get("Gateway", "g");
    assert.deepEqual(conditions(status.conditions), ["Accepted True Accepted", "Programmed True Programmed"]);
    assert.deepEqual(status.addresses[0], { type: "IPAddress", value: "192.0.2.10" });
    assert.deepEqual(
      status.listeners.map(({ name, attachedRoutes }: any) => `${name} ${attachedRoutes}`),
      ["apps 1", "tls 0", "odd 0"],
    );
    assert.equal(conditions(status.listeners[2].conditions)[0], "Accepted False UnsupportedProtocol");
    assert.deepEqual(conditionsOf("ok"), [["Accepted True Accepted", "ResolvedRefs True ResolvedRefs"]]);
  });

  const refused: readonly (readonly [string, object, string])[] = [
    [
      "no hostname in common",
      { parentRefs: [{ name: "g" }], hostnames: ["x.example.net"] },
      "Accepted False NoMatchingListenerHostname",
    ],
    [
      "a listener that does not exist",
      { parentRefs: [{ name: "g", sectionName: "none" }] },
      "Accepted False NoMatchingParent",
    ],
    [
      "a listener of another protocol",
      { parentRefs: [{ name: "g", sectionName: "tls" }] },
      "Accepted False NotAllowedByListeners",
    ],
    [
      "a backend that does not exist",
      { parentRefs: [{ name: "g" }], rules: [{ backendRefs: [{ name: "none", port: 80 }] }] },
      "ResolvedRefs False BackendNotFound",
    ],
    [
      "a backend of another kind",
      { parentRefs: [{ name: "g" }], rules: [{ backendRefs: [{ kind: "Bucket", name: "b" }] }] },
      "ResolvedRefs False InvalidKind",
    ],
    [
      "a backend of another namespace",
      {
        parentRefs: [{ name: "g" }],
        rules: [{ backendRefs: [{ name: "web", namespace: "far", port: 80 }] }],
      },
      "ResolvedRefs False RefNotPermitted",
    ],
  ];
  for (const [what, spec, condition] of refused) {
    test(`sets the condition of a route with ${what}: ${condition}`, async () => {
      server.objects.put(route("bad", spec));
      await server.settled();
      assert.ok(conditionsOf("bad")[0]?.includes(condition), JSON.stringify(conditionsOf("bad")));
      server.objects.delete({ apiVersion: api, kind: "HTTPRoute", namespace: "default", name: "bad" });
    });
  }

  test("attaches routes of other namespaces where the listener allows it", async () => {
    const parentRefs = [{ name: "g", namespace: "default" }];
    server.objects.put({ ...route("guest", { parentRefs }), metadata: { name: "guest", namespace: "far" } });
    await server.settled();
    assert.equal(conditionsOf("guest", "far")[0]?.[0], "Accepted False NotAllowedByListeners");
    const all = { namespaces: { from: "All" } };
    server.objects.put(gateway("g", [{ name: "apps", protocol: "HTTP", port: 80, allowedRoutes: all }]));
    await server.settled();
    assert.equal(conditionsOf("guest", "far")[0]?.[0], "Accepted True Accepted");
    const [listener] = get("Gateway", "g").status.listeners;
    assert.equal(listener.attachedRoutes, 2);
  });

  test("updates routes when a ReferenceGrant or a Service is created later", async () => {
    const backendRefs = [{ name: "late", namespace: "far", port: 80 }];
    server.objects.put(route("granted", { parentRefs: [{ name: "g" }], rules: [{ backendRefs }] }));
    await server.settled();
    assert.equal(conditionsOf("granted")[0]?.[1], "ResolvedRefs False RefNotPermitted");
    const from = [{ group: "gateway.networking.k8s.io", kind: "HTTPRoute", namespace: "default" }];
    server.objects.put({
      apiVersion: "gateway.networking.k8s.io/v1beta1",
      kind: "ReferenceGrant",
      metadata: { name: "grant", namespace: "far" },
      spec: { from, to: [{ group: "", kind: "Service" }] },
    });
    await server.settled();
    assert.equal(conditionsOf("granted")[0]?.[1], "ResolvedRefs False BackendNotFound");
    server.objects.put({
      apiVersion: "v1",
      kind: "Service",
      metadata: { name: "late", namespace: "far" },
      spec: { ports: [{ port: 80 }] },
    });
    await server.settled();
    assert.equal(conditionsOf("granted")[0]?.[1], "ResolvedRefs True ResolvedRefs");
  });

  test("attaches routes to ListenerSets that a Gateway allows, and TCPRoutes to TCP", async () => {
    const listeners = [{ name: "db", protocol: "TCP", port: 5432 }];
    const plain = gateway("sets", listeners);
    const allowedListeners = { namespaces: { from: "Same" } };
    server.objects.put({
      ...plain,
      spec: { ...(plain["spec"] as object), allowedListeners } as never,
    });
    const shop = [{ name: "shop", protocol: "HTTP", port: 8080, hostname: "*.shop.example.com" }];
    for (const [name, of] of [
      ["allowed", "sets"],
      ["refused", "g"],
    ] as const)
      server.objects.put({
        apiVersion: api,
        kind: "ListenerSet",
        metadata: { name, namespace: "default" },
        spec: { parentRef: { name: of }, listeners: shop },
      });
    const through = (kind: string, name: string): any => ({
      hostnames: [`${name}.shop.example.com`],
      parentRefs: [{ kind, name }],
    });
    server.objects.put(route("cart", through("ListenerSet", "allowed")));
    const { hostnames: _, ...toDb } = { ...through("Gateway", "sets") };
    server.objects.put({ ...route("db", toDb), kind: "TCPRoute" });
    await server.settled();
    const state = (kind: string, name: string): readonly string[] =>
      conditions(get(kind, name).status.conditions);
    assert.deepEqual(state("ListenerSet", "allowed"), [
      "Accepted True Accepted",
      "Programmed True Programmed",
    ]);
    assert.deepEqual(state("ListenerSet", "refused"), [
      "Accepted False NotAllowed",
      "Programmed False NotAllowed",
    ]);
    assert.equal(conditionsOf("cart")[0]?.[0], "Accepted True Accepted");
    assert.equal(conditions(get("TCPRoute", "db").status.parents[0].conditions)[0], "Accepted True Accepted");
    const ports = server.objects.get({
      apiVersion: "v1",
      kind: "Service",
      namespace: "default",
      name: "sets-sandbox",
    }) as any;
    assert.deepEqual(
      ports.spec.ports.map(({ port }: any) => port),
      [5432, 8080],
    );
  });

  test("keeps the conditions of other controllers", async () => {
    const parentRef = { name: "elsewhere" };
    const foreign = { parentRef, controllerName: "example.com/other", conditions: [] };
    server.objects.put(route("shared", { parentRefs: [parentRef, { name: "g" }] }));
    server.objects.patch(
      { apiVersion: api, kind: "HTTPRoute", namespace: "default", name: "shared" },
      { status: { parents: [foreign] } },
      "status",
    );
    await server.settled();
    server.objects.put(
      route("shared", { parentRefs: [parentRef, { name: "g" }], hostnames: ["shared.example.com"] }),
    );
    await server.settled();
    const names = get("HTTPRoute", "shared").status.parents.map((parent: any) => parent.controllerName);
    assert.deepEqual(names, ["example.com/other", "sandbox.fedns.io/gateway"]);
  });

  test("releases the addresses of a deleted Gateway", async () => {
    server.objects.delete({ apiVersion: api, kind: "Gateway", namespace: "default", name: "g" });
    await server.settled();
    assert.equal(
      server.objects.get({ apiVersion: "v1", kind: "Service", namespace: "default", name: "g-sandbox" }),
      undefined,
    );
  });
});
