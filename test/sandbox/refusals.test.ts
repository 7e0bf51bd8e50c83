/** How refusals tell apart what is missing: a group, a kind, a namespace, an object. */
import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { stepsOf } from "./api-steps.ts";
import { configMap, configMaps } from "./client.ts";
import { startServer } from "./server.ts";
import { crds, widget, widgetDefinition, widgets } from "./widgets.ts";

const { server, client } = await startServer();
const { apply, merge, put, remove } = stepsOf(client);

describe("a request", () => {
  before(async () => {
    await client.create(crds, widgetDefinition());
    await server.settled();
  });

  const unserved = [
    ["a group that is not served", "/apis/nothing.example.net/v1/namespaces/default/things"],
    ["a version of a custom group that is not served", widgets.replace("/v1/", "/v9/")],
    ["a kind of a custom group that is not served", widgets.replace("widgets", "gadgets")],
    ["a path outside of the API", "/nothing/here"],
  ] as const;
  for (const [what, path] of unserved) {
    test(`for ${what} gets 404 as plain text`, async () => {
      for (const answer of [await client.call(path), await merge(path, {})]) {
        assert.deepEqual([answer.code, answer.body], [404, "404 page not found\n"]);
        assert.match(String(answer.headers["content-type"]), /^text\/plain/);
      }
    });
  }

  test("for a kind or version of a built-in group that is not served gets a Status without details", async () => {
    for (const path of [
      "/apis/apps/v1/namespaces/default/things",
      "/apis/apps/v9/deployments",
      "/api/v1/things",
    ]) {
      const { code, body } = await client.call(path);
      assert.deepEqual(
        [code, body.reason, body.message, body.details],
        [404, "NotFound", "the server could not find the requested resource", {}],
      );
    }
  });

  test("to a namespace that is missing names the namespace, also in a dry run", async () => {
    const path = configMaps.replace("default", "nowhere");
    for (const query of ["", "&dryRun=All"]) {
      const { code, body } = await apply(path, configMap("x", { namespace: "nowhere" }), "fedns", query);
      assert.deepEqual([code, body.details], [404, { name: "nowhere", kind: "namespaces" }]);
    }
  });

  test("for an object that is missing names the object, whatever the verb", async () => {
    const path = `${configMaps}/missing`;
    const answers = [
      await client.call(path),
      await put(path, configMap("missing")),
      await merge(path, { data: {} }),
      await remove(path),
    ];
    for (const { code, body } of answers)
      assert.deepEqual(
        [code, body.reason, body.details],
        [404, "NotFound", { name: "missing", kind: "configmaps" }],
      );
    const { body } = await client.call(`${widgets}/missing`);
    assert.deepEqual(body.details, { name: "missing", group: "example.com", kind: "widgets" });
  });

  test("for a subresource that a custom kind does not have is answered like one for a missing object", async () => {
    await client.create(widgets, widget("whole"));
    const { code, body } = await client.call(`${widgets}/whole/bindings`);
    assert.deepEqual([code, body.details.name], [404, "whole"]);
  });

  test("to create in a terminating namespace is 403 with a cause, while its objects can be changed", async () => {
    await client.create("/api/v1/namespaces", { metadata: { name: "ending" } });
    const path = configMaps.replace("default", "ending");
    await client.create(path, { metadata: { name: "held", finalizers: ["example.com/x"] } });
    await remove("/api/v1/namespaces/ending");
    await server.settled();
    const { code, body } = await apply(path, configMap("new", { namespace: "ending" }));
    assert.deepEqual([code, body.reason], [403, "Forbidden"]);
    assert.deepEqual(body.details.causes, [
      {
        reason: "NamespaceTerminating",
        message: "namespace ending is being terminated",
        field: "metadata.namespace",
      },
    ]);
    assert.equal((await merge(`${path}/held`, { data: { a: "1" } })).code, 200);
  });
});
