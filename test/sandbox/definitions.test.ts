/** CustomResourceDefinitions over plain HTTPS: what they bring, what their schemas do to objects, and how they go. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { startApiServer } from "../../src/sandbox/api/server.ts";
import type { ApiServer } from "../../src/sandbox/api/server.ts";
import { dnsEndpointDefinition } from "../../src/sandbox/custom/dns-endpoint.ts";
import { gatewayDefinitions } from "../../src/sandbox/custom/gateway.ts";
import { until } from "../support/until.ts";
import { Client } from "./client.ts";

const crds = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
const widgets = "/apis/example.com/v1/namespaces/default/widgets";

const spec = {
  type: "object",
  required: ["color"],
  properties: {
    color: { type: "string", enum: ["red", "green"] },
    size: { type: "integer", minimum: 0, maximum: 5, default: 1 },
    ratio: { type: "number", multipleOf: 0.5 },
    name: { type: "string", pattern: "^[a-z]+$", minLength: 2, maxLength: 4 },
    port: { "x-kubernetes-int-or-string": true },
    free: { type: "object", "x-kubernetes-preserve-unknown-fields": true },
    maybe: { type: "string", nullable: true },
    level: { type: "string", default: "low" },
    since: { type: "string", format: "date-time" },
    tags: { type: "array", "x-kubernetes-list-type": "set", maxItems: 3, items: { type: "string" } },
    limits: { type: "object", minProperties: 1, additionalProperties: { type: "integer" } },
    inner: {
      type: "object",
      "x-kubernetes-embedded-resource": true,
      properties: { data: { type: "string" } },
    },
    choice: {
      type: "object",
      properties: { a: { type: "string" }, b: { type: "string" } },
      oneOf: [{ required: ["a"] }, { required: ["b"] }],
    },
    parts: {
      type: "array",
      "x-kubernetes-list-type": "map",
      "x-kubernetes-list-map-keys": ["name"],
      items: {
        type: "object",
        required: ["name"],
        properties: { name: { type: "string" }, weight: { type: "integer", default: 7 } },
      },
    },
  },
};

function widgetDefinition(change: (definition: any) => void = () => undefined): any {
  const status = { type: "object", properties: { ready: { type: "integer" } } };
  const definition = {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: "widgets.example.com" },
    spec: {
      group: "example.com",
      scope: "Namespaced",
      names: { plural: "widgets", kind: "Widget", shortNames: ["wd"], categories: ["all"] },
      versions: [
        {
          name: "v1",
          served: true,
          storage: true,
          subresources: {
            status: {},
            scale: { specReplicasPath: ".spec.size", statusReplicasPath: ".status.ready" },
          },
          schema: { openAPIV3Schema: { type: "object", required: ["spec"], properties: { spec, status } } },
          additionalPrinterColumns: [
            { name: "Size", type: "integer", jsonPath: ".spec.size" },
            { name: "Heavy", type: "integer", jsonPath: '.spec.parts[?(@.name=="b")].weight' },
            {
              name: "Note",
              type: "string",
              jsonPath: ".metadata.annotations.example\\.com/note",
              priority: 1,
            },
            { name: "Since", type: "date", jsonPath: ".spec.since" },
          ],
        },
        {
          name: "v2",
          served: true,
          storage: false,
          schema: { openAPIV3Schema: { type: "object", "x-kubernetes-preserve-unknown-fields": true } },
        },
      ],
    },
  };
  change(definition);
  return definition;
}

const widget = (name: string, own: object = {}): any => ({
  apiVersion: "example.com/v1",
  kind: "Widget",
  metadata: { name },
  spec: { color: "red", ...own },
});

describe("a definition", () => {
  let server: ApiServer;
  let client: Client;
  before(async () => {
    server = await startApiServer();
    client = new Client(server);
    assert.equal((await client.create(crds, widgetDefinition())).code, 201);
  });
  after(async () => {
    await client.close();
    await server.close();
  });

  test("is established, and its resource is served at once", async () => {
    const { body } = await client.call(`${crds}/widgets.example.com`);
    assert.deepEqual(
      body.status.conditions.map(({ type, status }: any) => `${type} ${status}`),
      ["NamesAccepted True", "Established True"],
    );
    assert.deepEqual(body.status.acceptedNames, { ...body.spec.names });
    assert.deepEqual([body.spec.names.singular, body.spec.names.listKind], ["widget", "WidgetList"]);
    assert.deepEqual(body.status.storedVersions, ["v1"]);
    const { body: listed } = await client.call(widgets);
    assert.deepEqual([listed.kind, listed.items], ["WidgetList", []]);
    const { body: found } = await client.call("/apis/example.com/v1");
    assert.deepEqual(
      found.resources.map(({ name }: any) => name),
      ["widgets", "widgets/status", "widgets/scale"],
    );
    assert.equal((await client.call("/apis/example.com")).body.preferredVersion.version, "v2");
  });

  test("fills defaults in and drops fields nobody declared, deep down", async () => {
    const own = { stray: 1, maybe: null, level: null, free: { any: [1] }, parts: [{ name: "a", x: 1 }] };
    const inner = {
      apiVersion: "v1",
      kind: "Inner",
      metadata: { name: "i", labels: { a: "b" } },
      data: "d",
      junk: 1,
    };
    const { code, body, headers } = await client.create(widgets, widget("filled", { ...own, inner }));
    assert.equal(code, 201);
    assert.deepEqual(body.spec, {
      color: "red",
      size: 1,
      level: "low",
      maybe: null,
      free: { any: [1] },
      parts: [{ name: "a", weight: 7 }],
      inner: { apiVersion: "v1", kind: "Inner", metadata: { name: "i", labels: { a: "b" } }, data: "d" },
    });
    assert.match(String(headers["warning"]), /unknown field \\"spec\.stray\\".*spec\.parts\[0\]\.x/);
    const strict = await client.create(`${widgets}?fieldValidation=Strict`, widget("strict", own));
    assert.deepEqual([strict.code, strict.body.reason], [400, "BadRequest"]);
    assert.match(
      strict.body.message,
      /^Widget in version "v1" cannot be handled as a Widget: strict decoding error: unknown field "spec\.stray"/,
    );
  });

  test("keeps its status apart, checked as well, and counts generations of the rest", async () => {
    await client.create(widgets, { ...widget("apart"), status: { ready: 9 } });
    const { body: made } = await client.call(`${widgets}/apart`);
    assert.equal(made.status, undefined);
    const { body } = await client.patch(`${widgets}/apart/status`, {
      status: { ready: 2, junk: 1 },
      spec: { size: 4 },
    });
    assert.deepEqual([body.status, body.spec.size, body.metadata.generation], [{ ready: 2 }, 1, 1]);
    const wrong = await client.patch(`${widgets}/apart/status`, { status: { ready: "x" } });
    assert.equal(wrong.body.details.causes[0].field, "status.ready");
    const { body: scaled } = await client.patch(`${widgets}/apart/scale`, { spec: { replicas: 3 } });
    assert.deepEqual([scaled.spec.replicas, scaled.status.replicas], [3, 2]);
    assert.equal((await client.call(`${widgets}/apart`)).body.metadata.generation, 2);
  });

  test("shows the same objects in each of its versions, and watches of one see writes of the other", async () => {
    await client.create(widgets, widget("both"));
    const other = widgets.replace("v1", "v2");
    const { body } = await client.call(`${other}/both`);
    assert.equal(body.apiVersion, "example.com/v2");
    const watch = await client.watch(`${widgets}?watch=1&resourceVersion=${server.store.version}`);
    await client.patch(`${other}/both`, { spec: { size: 5 } });
    assert.deepEqual(await watch.saw(1), ["MODIFIED both"]);
    assert.equal(watch.events[0]?.object.apiVersion, "example.com/v1");
    watch.close();
  });

  test("has columns by path: the first that is found, ages for dates, nothing where there is nothing", async () => {
    const since = new Date(Date.now() - 3 * 3_600_000).toISOString();
    const parts = [{ name: "a" }, { name: "b", weight: 3 }];
    const note = { metadata: { name: "rows", annotations: { "example.com/note": "hi" } } };
    await client.create(widgets, { ...widget("rows", { since, parts }), ...note });
    const accept = "application/json;as=Table;v=v1;g=meta.k8s.io";
    const { body } = await client.call(`${widgets}?fieldSelector=metadata.name=rows`, { accept });
    assert.deepEqual(
      body.columnDefinitions.map(({ name, priority }: any) => `${name} ${priority}`),
      ["Name 0", "Size 0", "Heavy 0", "Note 1", "Since 0"],
    );
    assert.deepEqual(body.rows[0].cells, ["rows", 1, 3, "hi", "3h"]);
  });

  const faults: readonly (readonly [object, string])[] = [
    [{ color: "blue" }, 'spec.color: Unsupported value: "blue": supported values: "red", "green"'],
    [{ color: undefined }, "spec.color: Required value"],
    [{ size: 6 }, "spec.size: Invalid value: 6: spec.size in body should be less than or equal to 5"],
    [{ size: -1 }, "spec.size: Invalid value: -1: spec.size in body should be greater than or equal to 0"],
    [
      { size: "x" },
      'spec.size: Invalid value: "string": spec.size in body must be of type integer: "string"',
    ],
    [
      { size: 1.5 },
      'spec.size: Invalid value: "number": spec.size in body must be of type integer: "number"',
    ],
    [{ ratio: 0.7 }, "spec.ratio: Invalid value: 0.7: spec.ratio in body should be a multiple of 0.5"],
    [{ name: "AB" }, `spec.name: Invalid value: "AB": spec.name in body should match '^[a-z]+$'`],
    [{ name: "a" }, 'spec.name: Invalid value: "a": spec.name in body should be at least 2 chars long'],
    [{ name: "abcde" }, "spec.name: Too long: may not be more than 4 bytes"],
    [
      { port: true },
      'spec.port: Invalid value: "boolean": spec.port in body must be of type integer,string: "boolean"',
    ],
    [
      { since: "soon" },
      'spec.since: Invalid value: "soon": spec.since in body must be of type date-time: "soon"',
    ],
    [{ tags: ["a", "b", "a"] }, 'spec.tags[2]: Duplicate value: "a"'],
    [{ tags: ["a", "b", "c", "d"] }, "spec.tags: Too many: 4: must have at most 3 items"],
    [{ tags: "a" }, 'spec.tags: Invalid value: "string": spec.tags in body must be of type array: "string"'],
    [{ limits: {} }, "spec.limits: Invalid value: 0: spec.limits in body should have at least 1 properties"],
    [
      { limits: { cpu: "x" } },
      'spec.limits.cpu: Invalid value: "string": spec.limits.cpu in body must be of type integer: "string"',
    ],
    [{ parts: [{ name: "a" }, { name: "a" }] }, 'spec.parts[1]: Duplicate value: {"name":"a"}'],
    [{ parts: [{}] }, "spec.parts[0].name: Required value"],
    [
      { choice: {} },
      'spec.choice: Invalid value: "": "spec.choice" must validate one and only one schema (oneOf). Found none valid',
    ],
  ];
  for (const [own, sentence] of faults) {
    test(`refuses ${JSON.stringify(own)} as a real server words it`, async () => {
      const { code, body } = await client.create(widgets, widget("wrong", own));
      assert.equal(code, 422);
      assert.equal(body.message, `Widget.example.com "wrong" is invalid: ${sentence}`);
    });
  }

  const broken: readonly (readonly [string, (definition: any) => void, RegExp])[] = [
    [
      "another name than its plural and group",
      (one) => (one.metadata.name = "w.example.com"),
      /metadata\.name: Invalid value: "w\.example\.com": must be spec\.names\.plural\+"\."\+spec\.group/,
    ],
    ["no scope", (one) => delete one.spec.scope, /spec\.scope: Required value/],
    [
      "a group without a dot",
      (one) => (one.spec.group = "x"),
      /spec\.group: Invalid value: "x": should be a domain with at least one dot/,
    ],
    [
      "two versions to store",
      (one) => (one.spec.versions[1].storage = true),
      /must have exactly one version marked as storage version/,
    ],
    [
      "no schema",
      (one) => delete one.spec.versions[0].schema,
      /spec\.versions\[0\]\.schema\.openAPIV3Schema: Required value: schemas are required/,
    ],
    [
      "a field without a type",
      (one) => (one.spec.versions[0].schema.openAPIV3Schema.properties.status = {}),
      /openAPIV3Schema\.properties\[status\]\.type: Required value: must not be empty for specified object fields/,
    ],
    [
      "a list of nothing",
      (one) => (one.spec.versions[1].schema.openAPIV3Schema.properties = { l: { type: "array" } }),
      /properties\[l\]\.items: Required value: must be specified/,
    ],
    [
      "a key that items need not have",
      (one) =>
        delete one.spec.versions[0].schema.openAPIV3Schema.properties.spec.properties.parts.items.required,
      /properties\[parts\]\.items\.properties\[name\]\.default: Required value/,
    ],
    [
      "a default that is not valid",
      (one) => (one.spec.versions[0].schema.openAPIV3Schema.properties.spec.properties.size.default = 9),
      /properties\[size\]\.default: Invalid value: 9/,
    ],
    [
      "a column with a path of no kind",
      (one) => (one.spec.versions[0].additionalPrinterColumns[0].jsonPath = "{.x}"),
      /additionalPrinterColumns\[0\]\.jsonPath: Invalid value/,
    ],
    [
      "a group of Kubernetes' own, unapproved",
      (one) => {
        one.spec.group = "x.k8s.io";
        one.metadata.name = "widgets.x.k8s.io";
      },
      /metadata\.annotations\[api-approved\.kubernetes\.io\]: Required value: protected groups/,
    ],
  ];
  for (const [what, change, sentence] of broken) {
    test(`with ${what} is refused`, async () => {
      const definition = structuredClone(widgetDefinition());
      change(definition);
      const { code, body } = await client.create(`${crds}?dryRun=All`, definition);
      assert.equal(code, 422, JSON.stringify(body));
      assert.match(body.message, sentence);
    });
  }

  test("that takes names of another is not established, and nothing of it is served", async () => {
    const rival = widgetDefinition((one) => {
      one.metadata.name = "gadgets.example.com";
      one.spec.names = { plural: "gadgets", kind: "Gadget", shortNames: ["wd"] };
    });
    await client.create(crds, rival);
    const { body } = await client.call(`${crds}/gadgets.example.com`);
    assert.deepEqual(
      body.status.conditions.map(({ type, status }: any) => `${type} ${status}`),
      ["NamesAccepted False", "Established False"],
    );
    assert.equal((await client.call(widgets.replace("widgets", "gadgets"))).code, 404);
    await client.call(`${crds}/gadgets.example.com`, { method: "DELETE" });
    assert.equal((await client.call(`${crds}/gadgets.example.com`)).code, 404);
    assert.equal((await client.call(widgets)).code, 200);
  });

  test("that changes is followed: a version that is no longer served is gone, a stored one must stay", async () => {
    const changed = (versions: (all: any[]) => any[]): Promise<any> =>
      client.patch(`${crds}/widgets.example.com`, {
        spec: { versions: versions(widgetDefinition().spec.versions) },
      });
    const unstored = await changed(([, second]) => [{ ...second, storage: true }]);
    assert.match(
      unstored.body.message,
      /status\.storedVersions\[0\]: Invalid value: "v1": must appear in spec\.versions/,
    );
    await changed(([first]) => [first]);
    assert.equal((await client.call(widgets.replace("v1", "v2"))).code, 404);
    assert.equal((await client.call(`${widgets}/both`)).body.spec.size, 5);
    const fixed = await client.patch(`${crds}/widgets.example.com`, { spec: { scope: "Cluster" } });
    assert.match(fixed.body.message, /spec\.scope: Invalid value: "Cluster": field is immutable/);
  });

  test("that is deleted takes its objects with it, waits for those that are held, and ends watches", async () => {
    await client.create(widgets, {
      ...widget("held"),
      metadata: { name: "held", finalizers: ["example.com/hold"] },
    });
    const watch = await client.watch(`${widgets}?watch=1&resourceVersion=${server.store.version}`);
    await client.call(`${crds}/widgets.example.com`, { method: "DELETE" });
    await server.settled();
    const { body } = await client.call(widgets);
    assert.deepEqual(
      body.items.map(({ metadata }: any) => metadata.name),
      ["held"],
    );
    assert.ok((await client.call(`${crds}/widgets.example.com`)).body.metadata.deletionTimestamp);
    await client.patch(`${widgets}/held`, { metadata: { finalizers: null } });
    await until("the end of the watch", () => watch.isEnded);
    assert.ok((await watch.saw(1)).includes("DELETED held"));
    assert.equal((await client.call(`${crds}/widgets.example.com`)).code, 404);
    assert.equal((await client.call(widgets)).code, 404);
  });

  for (const definition of [...gatewayDefinitions, dnsEndpointDefinition]) {
    test(`of ${definition.metadata.name}, as the sandbox brings it, is taken and established`, async () => {
      const { code, body } = await client.create(crds, definition);
      assert.equal(code, 201, body.message);
      await server.settled();
      const { body: made } = await client.call(`${crds}/${definition.metadata.name}`);
      assert.equal(made.status.conditions[1].status, "True");
    });
  }
});
