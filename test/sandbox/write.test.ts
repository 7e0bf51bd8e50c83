/** Writes over HTTPS: what is stored, what is refused, and the messages. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { configMap, configMaps } from "./client.ts";
import type { Client } from "./client.ts";
import { startServer } from "./server.ts";

const services = "/api/v1/namespaces/default/services";
const service = (name: string, spec: object): unknown => ({
  apiVersion: "v1",
  kind: "Service",
  metadata: { name },
  spec,
});

const { server, client } = await startServer();

describe("a write", () => {
  test("of a new object gets uid, creationTimestamp and version, and is answered 201", async () => {
    const { code, body } = await client.create(configMaps, configMap("new"));
    assert.equal(code, 201);
    assert.match(body.metadata.uid, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    assert.match(body.metadata.creationTimestamp, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    assert.equal(body.metadata.resourceVersion, String(server.objects.version));
  });

  test("of a new object that exists is 409 AlreadyExists", async () => {
    await client.create(configMaps, configMap("twice"));
    const { code, body } = await client.create(configMaps, configMap("twice"));
    assert.equal(code, 409);
    assert.deepEqual(body, {
      kind: "Status",
      apiVersion: "v1",
      metadata: {},
      status: "Failure",
      message: 'configmaps "twice" already exists',
      reason: "AlreadyExists",
      details: { name: "twice", kind: "configmaps" },
      code: 409,
    });
  });

  test("with generateName gets a different name each time", async () => {
    const body = { apiVersion: "v1", kind: "ConfigMap", metadata: { generateName: "gen-" } };
    const made = await Promise.all([client.create(configMaps, body), client.create(configMaps, body)]);
    const [first, second] = made.map((answer) => answer.body.metadata.name as string);
    assert.match(first ?? "", /^gen-[a-z0-9]{5}$/);
    assert.notEqual(first, second);
  });

  test("to a namespace that does not exist is 404", async () => {
    const { code, body } = await client.create("/api/v1/namespaces/nowhere/configmaps", {});
    assert.deepEqual([code, body.message], [404, 'namespaces "nowhere" not found']);
  });

  test("with an older version is 409 Conflict, and without a version succeeds", async () => {
    const { body: old } = await client.create(configMaps, configMap("raced"));
    await client.patch(`${configMaps}/raced`, { data: { a: "1" } });
    const late = await client.call(`${configMaps}/raced`, {
      method: "PUT",
      body: { ...old, data: { a: "2" } },
    });
    assert.deepEqual([late.code, late.body.reason], [409, "Conflict"]);
    assert.match(
      late.body.message,
      /^Operation cannot be fulfilled on configmaps "raced": the object has been modified/,
    );
    const blind = await client.call(`${configMaps}/raced`, { method: "PUT", body: configMap("raced") });
    assert.equal(blind.code, 200);
  });

  test("of a lease requires its version", async () => {
    const leases = "/apis/coordination.k8s.io/v1/namespaces/default/leases";
    const lease = { apiVersion: "coordination.k8s.io/v1", kind: "Lease", metadata: { name: "l" } };
    const { body } = await client.create(leases, lease);
    const blind = await client.call(`${leases}/l`, {
      method: "PUT",
      body: { ...lease, spec: { holderIdentity: "me" } },
    });
    assert.equal(blind.code, 422);
    const named = await client.call(`${leases}/l`, {
      method: "PUT",
      body: { ...body, spec: { holderIdentity: "me" } },
    });
    assert.equal(named.code, 200);
  });

  test("of a lease has times with six digits after the seconds", async () => {
    const leases = "/apis/coordination.k8s.io/v1/namespaces/default/leases";
    const make = (name: string, renewTime: string): ReturnType<typeof client.create> =>
      client.create(leases, { metadata: { name }, spec: { holderIdentity: "me", renewTime } });
    const { code, body } = await make("millis", "2026-01-02T03:04:05.678Z");
    assert.equal(code, 400);
    assert.match(
      body.message,
      /parsing time "2026-01-02T03:04:05\.678Z" as "2006-01-02T15:04:05\.000000Z07:00"/,
    );
    const right = await make("micros", "2026-01-02T03:04:05.678000Z");
    assert.deepEqual([right.code, right.body.spec.renewTime], [201, "2026-01-02T03:04:05.678000Z"]);
  });

  test("without changes creates no new version and no event", async () => {
    await client.create(configMaps, configMap("same"));
    const version = server.objects.version;
    const { body } = await client.patch(`${configMaps}/same`, { metadata: { labels: null } });
    assert.equal(server.objects.version, version);
    assert.equal(body.metadata.name, "same");
  });

  test("in a dry run gives the same answer and stores nothing", async () => {
    const version = server.objects.version;
    assert.equal((await client.create(`${configMaps}?dryRun=All`, configMap("dry"))).code, 201);
    assert.equal((await client.call(`${configMaps}/dry`)).code, 404);
    assert.equal((await client.create(`${configMaps}?dryRun=Some`, configMap("dry"))).code, 400);
    assert.equal(server.objects.version, version);
  });

  test("of the spec increases the generation; of labels or status it does not", async () => {
    const path = "/apis/networking.k8s.io/v1/namespaces/default/ingresses";
    const backend = { service: { name: "x", port: { number: 80 } } };
    const ingress = { metadata: { name: "i" }, spec: { defaultBackend: backend } };
    assert.equal((await client.create(path, ingress)).body.metadata.generation, 1);
    const labelled = await client.patch(`${path}/i`, { metadata: { labels: { a: "b" } } });
    assert.equal(labelled.body.metadata.generation, 1);
    const status = { loadBalancer: { ingress: [{ ip: "192.0.2.1" }] } };
    const noted = await client.patch(`${path}/i/status`, { status, spec: { ingressClassName: "ignored" } });
    assert.equal(noted.body.metadata.generation, 1);
    assert.equal(noted.body.spec.ingressClassName, undefined);
    const changed = await client.patch(`${path}/i`, {
      spec: { ingressClassName: "nginx" },
      status: { loadBalancer: null },
    });
    assert.equal(changed.body.metadata.generation, 2);
    assert.deepEqual(changed.body.status, status);
  });

  test("that deletes an object with a finalizer marks it, and removing the last finalizer removes it", async () => {
    await client.create(configMaps, configMap("held", { finalizers: ["example.com/hold"] }));
    const { body } = await client.call(`${configMaps}/held`, { method: "DELETE" });
    assert.ok(body.metadata.deletionTimestamp);
    const more = await client.patch(`${configMaps}/held`, {
      metadata: { finalizers: ["example.com/hold", "example.com/late"] },
    });
    assert.equal(more.code, 422);
    await client.patch(`${configMaps}/held`, { metadata: { finalizers: null } });
    assert.equal((await client.call(`${configMaps}/held`)).code, 404);
  });

  test("that deletes with failing preconditions is refused", async () => {
    const { body } = await client.create(configMaps, configMap("guarded"));
    const remove = (preconditions: object): ReturnType<Client["call"]> =>
      client.call(`${configMaps}/guarded`, { method: "DELETE", body: { preconditions } });
    assert.equal((await remove({ uid: "another" })).code, 409);
    assert.equal((await remove({ resourceVersion: "1" })).code, 409);
    const gone = await remove({ uid: body.metadata.uid });
    assert.deepEqual([gone.code, gone.body.status], [200, "Success"]);
    assert.deepEqual(gone.body.details, { name: "guarded", kind: "configmaps", uid: body.metadata.uid });
  });

  test("that deletes a collection removes the objects that its selector matches", async () => {
    for (const name of ["x", "y"])
      await client.create(configMaps, configMap(name, { labels: { sweep: name } }));
    const { body } = await client.call(`${configMaps}?labelSelector=sweep%3Dx`, { method: "DELETE" });
    assert.equal(body.items.length, 1);
    assert.equal((await client.call(`${configMaps}/x`)).code, 404);
    assert.equal((await client.call(`${configMaps}/y`)).code, 200);
  });

  test("that deletes a namespace removes its content first, and refuses new content meanwhile", async () => {
    await client.create("/api/v1/namespaces", { metadata: { name: "ending" } });
    const content = "/api/v1/namespaces/ending/configmaps";
    await client.create(
      content,
      configMap("stuck", { namespace: "ending", finalizers: ["example.com/hold"] }),
    );
    await client.call("/api/v1/namespaces/ending", { method: "DELETE" });
    await server.settled();
    const { body } = await client.call("/api/v1/namespaces/ending");
    assert.equal(body.status.phase, "Terminating");
    const late = await client.create(content, configMap("late", { namespace: "ending" }));
    assert.deepEqual([late.code, late.body.reason], [403, "Forbidden"]);
    await client.patch(`${content}/stuck`, { metadata: { finalizers: null } });
    await server.settled();
    assert.equal((await client.call("/api/v1/namespaces/ending")).code, 404);
  });

  test("with invalid fields is 422, with a cause for each", async () => {
    const { code, body } = await client.create(
      services,
      service("Bad_Name", { type: "Odd", ports: [{ port: 0 }] }),
    );
    assert.equal(code, 422);
    assert.deepEqual(
      body.details.causes.map((cause: any) => [cause.field, cause.reason]),
      [
        ["metadata.name", "FieldValueInvalid"],
        ["spec.type", "FieldValueNotSupported"],
        ["spec.ports[0].port", "FieldValueInvalid"],
        ["spec.ports[0].targetPort", "FieldValueInvalid"],
      ],
    );
    const portless = await client.create(services, service("portless", {}));
    assert.equal(portless.body.message, 'Service "portless" is invalid: spec.ports: Required value');
  });

  test("cannot change a cluster IP", async () => {
    await client.create(services, service("fixed", { ports: [{ port: 80 }] }));
    const { code, body } = await client.patch(`${services}/fixed`, { spec: { clusterIP: "10.96.9.9" } });
    assert.equal(code, 422);
    assert.match(body.message, /spec\.clusterIPs\[0\]: Invalid value: .*: may not change once set$/);
  });

  test("to the scale subresource changes only the replicas", async () => {
    const path = "/apis/apps/v1/namespaces/default/deployments";
    const template = {
      metadata: { labels: { app: "s" } },
      spec: { containers: [{ name: "c", image: "i" }] },
    };
    const spec = { selector: { matchLabels: { app: "s" } }, template };
    await client.create(path, { metadata: { name: "s" }, spec });
    const { body } = await client.patch(`${path}/s/scale`, { spec: { replicas: 4 } });
    assert.deepEqual([body.kind, body.spec.replicas, body.status.selector], ["Scale", 4, "app=s"]);
    assert.equal((await client.call(`${path}/s`)).body.spec.replicas, 4);
    assert.equal((await client.patch(`${path}/s/scale`, { spec: { replicas: -1 } })).code, 422);
  });

  test("as a strategic merge identifies list entries by their keys, where the kind has any", async () => {
    const type = "application/strategic-merge-patch+json";
    await client.create(
      services,
      service("strategic", {
        ports: [
          { name: "a", port: 1 },
          { name: "b", port: 2 },
        ],
      }),
    );
    const path = `${services}/strategic`;
    const { body } = await client.patch(path, { spec: { ports: [{ port: 2, targetPort: 9 }] } }, type);
    assert.deepEqual(
      body.spec.ports.map(({ name, targetPort }: any) => [name, targetPort]),
      [
        ["a", 1],
        ["b", 9],
      ],
    );
    assert.equal((await client.patch(path, [], type)).code, 400);
    const refused = await client.patch(path, {}, "text/plain");
    assert.deepEqual([refused.code, refused.body.reason], [415, "UnsupportedMediaType"]);
  });

  test("with unknown fields is refused under Strict, answered with warnings under Warn, and never stores them", async () => {
    const body = { ...configMap("stray"), dta: {} };
    const strict = await client.create(`${configMaps}?fieldValidation=Strict`, body);
    assert.equal(strict.code, 400);
    assert.match(strict.body.message, /strict decoding error: unknown field "dta"$/);
    const warned = await client.create(`${configMaps}?fieldValidation=Warn`, body);
    assert.equal(warned.headers["warning"], '299 - "unknown field \\"dta\\""');
    assert.equal(warned.body.dta, undefined);
  });

  const refusals: readonly (readonly [string, string, Parameters<Client["call"]>[1], number])[] = [
    ["a body that is no JSON", configMaps, { method: "POST", body: "{" }, 400],
    ["a list as a body", configMaps, { method: "POST", body: [] }, 400],
    ["another kind", configMaps, { method: "POST", body: { kind: "Pod", metadata: {} } }, 400],
    ["another namespace", configMaps, { method: "POST", body: configMap("a", { namespace: "b" }) }, 400],
    [
      "labels that are not a map",
      configMaps,
      { method: "POST", body: { metadata: { name: "a", labels: [1] } } },
      400,
    ],
    ["no name", configMaps, { method: "POST", body: { metadata: {} } }, 422],
    ["a body of an unknown type", configMaps, { method: "POST", body: "x", type: "text/plain" }, 415],
    ["a body that is too large", configMaps, { method: "POST", body: "x".repeat(4_000_000) }, 413],
    ["an unknown method", configMaps, { method: "OPTIONS" }, 405],
    ["a post to an object", `${configMaps}/a`, { method: "POST", body: {} }, 405],
    ["an unknown resource", "/api/v1/namespaces/default/unicorns", {}, 404],
    ["an unknown subresource", `${configMaps}/new/status`, {}, 404],
    ["a broken escape", "/api/v1/namespaces/%zz/pods", {}, 404],
    [
      "invalid protobuf",
      configMaps,
      { method: "POST", body: "k8s\0\xff\xff", type: "application/vnd.kubernetes.protobuf" },
      400,
    ],
  ];
  for (const [what, path, options, expected] of refusals) {
    test(`with ${what} is ${expected}, as a Status`, async () => {
      const { code, body } = await client.call(path, options);
      assert.deepEqual([code, body.kind, body.code], [expected, "Status", expected]);
    });
  }
});
