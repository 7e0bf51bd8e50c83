/** Custom resources over HTTPS: defaults, pruning, validation and printer columns. */
import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { crds, widget, widgetDefinition, widgets } from "./widgets.ts";
import { startServer } from "./server.ts";

const { server, client } = await startServer();

describe("an object of a custom resource", () => {
  before(async () => {
    assert.equal((await client.create(crds, widgetDefinition())).code, 201);
  });

  test("gets the defaults of its schema and loses undeclared fields, at any depth", async () => {
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

  test("has a validated status of its own, and a generation that counts all other changes", async () => {
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

  test("is served in every version, and a watch of one version sees writes to another", async () => {
    await client.create(widgets, widget("both"));
    const other = widgets.replace("v1", "v2");
    const { body } = await client.call(`${other}/both`);
    assert.equal(body.apiVersion, "example.com/v2");
    const watch = await client.watch(`${widgets}?watch=1&resourceVersion=${server.objects.version}`);
    await client.patch(`${other}/both`, { spec: { size: 5 } });
    assert.deepEqual(await watch.saw(1), ["MODIFIED both"]);
    assert.equal(watch.events[0]?.object.apiVersion, "example.com/v1");
    watch.close();
  });

  test("has printer columns by path: the first value found, ages for dates, empty where nothing is found", async () => {
    const since = new Date(Date.now() - 3 * 3_600_000).toISOString();
    const parts = [{ name: "a" }, { name: "b", weight: 3 }];
    const note = { metadata: { name: "rows", annotations: { "example.com/note": "hi" } } };
    await client.create(widgets, { ...widget("rows", { since, parts, tags: ["x", "y"] }), ...note });
    const accept = "application/json;as=Table;v=v1;g=meta.k8s.io";
    const { body } = await client.call(`${widgets}?fieldSelector=metadata.name=rows`, { accept });
    assert.deepEqual(
      body.columnDefinitions.map(({ name, priority }: any) => `${name} ${priority}`),
      ["Name 0", "Size 0", "Heavy 0", "Note 1", "Last 0", "Odd 0", "Since 0"],
    );
    assert.deepEqual(body.rows[0].cells, ["rows", 1, 3, "hi", "y", null, "3h"]);
  });

  test("has a status like any other field, counted by the generation, where there is no status subresource", async () => {
    const body = {
      apiVersion: "example.com/v2",
      kind: "Widget",
      metadata: { name: "whole" },
      spec: {},
      status: { ready: 1 },
    };
    const path = widgets.replace("v1", "v2");
    const { body: made } = await client.create(path, body);
    assert.deepEqual([made.status, made.metadata.generation], [{ ready: 1 }, 1]);
    const { body: changed } = await client.patch(`${path}/whole`, { status: { ready: 2 } });
    assert.deepEqual([changed.status, changed.metadata.generation], [{ ready: 2 }, 2]);
    assert.equal((await client.call(`${path}/whole/status`)).code, 404);
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
    test(`refuses ${JSON.stringify(own)} with the message of a real server`, async () => {
      const { code, body } = await client.create(widgets, widget("wrong", own));
      assert.equal(code, 422);
      assert.equal(body.message, `Widget.example.com "wrong" is invalid: ${sentence}`);
    });
  }
});
