/** Server-side apply over HTTPS: ownership, conflicts, and the removal of fields without an owner. */
import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import type { Answer } from "./client.ts";
import { configMap, configMaps } from "./client.ts";
import { crds, widget, widgetDefinition, widgets } from "./widgets.ts";
import { startServer } from "./server.ts";

const services = "/api/v1/namespaces/default/services";
const deployments = "/apis/apps/v1/namespaces/default/deployments";

const service = (name: string, ports: object[]): any => ({
  apiVersion: "v1",
  kind: "Service",
  metadata: { name },
  spec: { ports },
});

const deployment = (name: string, spec: object = {}, container: object = {}): any => {
  const template = {
    metadata: { labels: { app: name } },
    spec: { containers: [{ name: "c", image: "i", ...container }] },
  };
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name },
    spec: { selector: { matchLabels: { app: name } }, template, ...spec },
  };
};

const { server, client } = await startServer();

describe("server-side apply", () => {
  before(async () => {
    await client.create(crds, widgetDefinition());
  });

  const apply = (path: string, config: any, manager: string, query = ""): Promise<Answer> =>
    client.patch(
      `${path}/${config.metadata.name}?fieldManager=${manager}${query}`,
      config,
      "application/apply-patch+yaml",
    );
  /** The fields of an object by their manager. */
  const owners = (body: any): Record<string, any> =>
    Object.fromEntries(
      body.metadata.managedFields.map((one: any) => [
        `${one.manager} ${one.operation}${one.subresource ? ` ${one.subresource}` : ""}`,
        one.fieldsV1,
      ]),
    );
  const cm = (name: string, data: object, labels?: object): any => ({
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name, ...(labels && { labels }) },
    data,
  });

  test("creates a missing object, records the owner of each field, and changes nothing the second time", async () => {
    const config = cm("fresh", { a: "1" }, { tier: "x" });
    const { code, body } = await apply(configMaps, config, "one");
    assert.equal(code, 201);
    assert.deepEqual(body.metadata.managedFields, [
      {
        manager: "one",
        operation: "Apply",
        apiVersion: "v1",
        time: body.metadata.creationTimestamp,
        fieldsType: "FieldsV1",
        fieldsV1: { "f:data": { "f:a": {} }, "f:metadata": { "f:labels": { "f:tier": {} } } },
      },
    ]);
    const again = await apply(configMaps, config, "one");
    assert.deepEqual([again.code, again.body], [200, body]);
  });

  test("accepts YAML", async () => {
    const yaml = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: yaml\ndata:\n  a: b\n";
    const { body } = await client.patch(
      `${configMaps}/yaml?fieldManager=y`,
      yaml,
      "application/apply-patch+yaml",
    );
    assert.deepEqual(body.data, { a: "b" });
  });

  test("removes fields that their manager no longer applies, and keeps those of other managers", async () => {
    await apply(configMaps, cm("shrunk", { a: "1", b: "2" }, { l: "1" }), "one");
    await apply(configMaps, cm("shrunk", { b: "2", c: "3" }), "two");
    const { body } = await apply(configMaps, cm("shrunk", {}), "one");
    assert.deepEqual(body.data, { b: "2", c: "3" });
    assert.equal(body.metadata.labels, undefined);
    assert.deepEqual(owners(body)["two Apply"], { "f:data": { "f:b": {}, "f:c": {} } });
  });

  test("is a conflict naming field and manager where another manager owns a different value", async () => {
    await apply(configMaps, cm("contested", { a: "1", b: "1" }), "one");
    assert.equal((await apply(configMaps, cm("contested", { a: "1" }), "two")).code, 200);
    const { code, body } = await apply(configMaps, cm("contested", { a: "2" }), "two");
    assert.deepEqual([code, body.reason], [409, "Conflict"]);
    assert.equal(body.message, 'Apply failed with 1 conflict: conflict with "one": .data.a');
    assert.deepEqual(body.details.causes, [
      { reason: "FieldManagerConflict", message: 'conflict with "one"', field: ".data.a" },
    ]);
    const both = await apply(configMaps, cm("contested", { a: "2", b: "2" }), "three");
    assert.equal(
      both.body.message,
      'Apply failed with 3 conflicts: conflicts with "one":\n- .data.a\n- .data.b\nconflicts with "two":\n- .data.a',
    );
  });

  test("takes a field over from all other managers when forced", async () => {
    const { body } = await apply(configMaps, cm("contested", { a: "2" }), "three", "&force=true");
    assert.equal(body.data.a, "2");
    assert.deepEqual(owners(body), {
      "one Apply": { "f:data": { "f:b": {} } },
      "three Apply": { "f:data": { "f:a": {} } },
    });
  });

  test("conflicts with updates too, and names their API version", async () => {
    await apply(deployments, deployment("scaled", { replicas: 1 }), "one");
    await client.patch(`${deployments}/scaled/scale?fieldManager=hpa`, { spec: { replicas: 5 } });
    const { body } = await apply(deployments, deployment("scaled", { replicas: 1 }), "one");
    assert.equal(
      body.message,
      'Apply failed with 1 conflict: conflict with "hpa" with subresource "scale" using apps/v1: .spec.replicas',
    );
    const without = await apply(deployments, deployment("scaled"), "one");
    assert.equal(without.body.spec.replicas, 5);
  });

  test("sets defaults without an owner, which any manager may change", async () => {
    const { body } = await apply(deployments, deployment("defaulted"), "one");
    assert.equal(body.spec.replicas, 1);
    assert.equal("f:replicas" in owners(body)["one Apply"]["f:spec"], false);
    assert.equal(
      (await apply(deployments, { ...deployment("defaulted", { replicas: 3 }) }, "two")).body.spec.replicas,
      3,
    );
  });

  test("merges keyed lists by their keys and keeps entries of other managers", async () => {
    await apply(services, service("keyed", [{ name: "http", port: 80 }]), "one");
    const { code, body } = await apply(
      services,
      service("keyed", [{ name: "dns", port: 53, protocol: "UDP" }]),
      "two",
    );
    assert.equal(code, 200, body.message);
    assert.deepEqual(
      body.spec.ports.map(({ name }: any) => name),
      ["dns", "http"],
    );
    assert.deepEqual(owners(body)["one Apply"], {
      "f:spec": { "f:ports": { 'k:{"port":80,"protocol":"TCP"}': { ".": {}, "f:name": {}, "f:port": {} } } },
    });
    const gone = await apply(services, service("keyed", []), "two");
    assert.deepEqual(
      gone.body.spec.ports.map(({ name }: any) => name),
      ["http"],
    );
    const clash = await apply(services, service("keyed", [{ name: "web", port: 80 }]), "two");
    assert.equal(
      clash.body.message,
      'Apply failed with 1 conflict: conflict with "one": .spec.ports[port=80,protocol="TCP"].name',
    );
  });

  test("is refused for list entries without a key or with a duplicate one", async () => {
    const keyless = await apply(services, service("odd", [{ name: "x" }]), "one");
    assert.equal(keyless.code, 500);
    assert.match(
      keyless.body.message,
      /^failed to create typed patch object \(\/odd; v1, Kind=Service\): \.spec\.ports: element 0: associative list with keys has an element that omits key field "port"/,
    );
    const twice = await apply(services, service("odd", [{ port: 1 }, { port: 1 }]), "one");
    assert.match(twice.body.message, /duplicate entries for key/);
  });

  test("merges custom resources by the list types of their schema", async () => {
    await apply(widgets, widget("w", { parts: [{ name: "a", weight: 1 }], tags: ["x"] }), "one");
    const { body } = await apply(widgets, widget("w", { parts: [{ name: "b" }], tags: ["y"] }), "two");
    assert.deepEqual(body.spec.parts, [
      { name: "b", weight: 7 },
      { name: "a", weight: 1 },
    ]);
    assert.deepEqual(body.spec.tags, ["y", "x"]);
    assert.deepEqual(owners(body)["two Apply"]["f:spec"]["f:tags"], { 'v:"y"': {} });
    const stray = await apply(widgets, widget("w", { stray: 1 }), "two");
    assert.deepEqual(
      [stray.code, stray.body.message],
      [
        500,
        "failed to create typed patch object (/w; example.com/v1, Kind=Widget): .spec.stray: field not declared in schema",
      ],
    );
  });

  test("to the status owns only the status", async () => {
    await client.create(widgets, widget("s"));
    const status = {
      apiVersion: "example.com/v1",
      kind: "Widget",
      metadata: { name: "s" },
      status: { ready: 3 },
    };
    const config = "application/apply-patch+yaml";
    const { body } = await client.patch(`${widgets}/s/status?fieldManager=boss`, status, config);
    assert.deepEqual([body.status, body.spec.color], [{ ready: 3 }, "red"]);
    assert.deepEqual(owners(body)["boss Apply status"], { "f:status": { "f:ready": {} } });
    const missing = await client.patch(
      `${widgets}/none/status?fieldManager=boss`,
      { ...status, metadata: { name: "none" } },
      config,
    );
    assert.equal(missing.code, 404);
  });

  test("records an earlier owner for the fields of an object created within the process", async () => {
    server.objects.put(configMap("old") as never);
    server.objects.patch(
      { apiVersion: "v1", kind: "ConfigMap", namespace: "default", name: "old" },
      { data: { a: "1" } },
    );
    const { body } = await apply(configMaps, cm("old", { a: "2" }), "one");
    assert.match(body.message, /conflict with "before-first-apply" using v1: \.data\.a$/);
    const { body: taken } = await apply(configMaps, cm("old", { b: "2" }), "one");
    assert.deepEqual(Object.keys(owners(taken)), ["one Apply", "before-first-apply Update"]);
  });

  test("in a dry run gives the same answer, conflicts included, and stores nothing", async () => {
    const version = server.objects.version;
    assert.equal((await apply(configMaps, cm("dry", { a: "1" }), "one", "&dryRun=All")).code, 201);
    assert.equal((await apply(configMaps, cm("contested", { a: "7" }), "one", "&dryRun=All")).code, 409);
    assert.equal(server.objects.version, version);
  });

  const refusals: readonly (readonly [string, string, any, number, RegExp])[] = [
    ["without a manager", "", cm("r", {}), 422, /fieldManager: Required value: is required for apply patch/],
    [
      "without a kind",
      "?fieldManager=x",
      { apiVersion: "v1", metadata: { name: "r" } },
      400,
      /Object 'Kind' is missing/,
    ],
    ["of another kind", "?fieldManager=x", { ...cm("r", {}), kind: "Pod" }, 400, /kind does not match/],
    [
      "with managed fields of its own",
      "?fieldManager=x",
      { ...cm("r", {}), metadata: { name: "r", managedFields: [] } },
      400,
      /metadata\.managedFields must be nil/,
    ],
    [
      "with an unknown field",
      "?fieldManager=x",
      { ...cm("r", {}), dta: {} },
      500,
      /\.dta: field not declared in schema/,
    ],
    [
      "of an older version",
      "?fieldManager=x",
      { ...cm("fresh", {}), metadata: { name: "fresh", resourceVersion: "1" } },
      409,
      /the object has been modified/,
    ],
    [
      "by a manager with too long a name",
      `?fieldManager=${"x".repeat(129)}`,
      cm("r", {}),
      422,
      /fieldManager: Too long/,
    ],
  ];
  for (const [what, query, config, expected, sentence] of refusals) {
    test(`${what} is refused`, async () => {
      const path = `${configMaps}/${config.metadata.name}${query}`;
      const { code, body } = await client.patch(path, config, "application/apply-patch+yaml");
      assert.equal(code, expected, body.message);
      assert.match(body.message, sentence);
    });
  }
});
