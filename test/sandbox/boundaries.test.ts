/** Rules that clients rely on: fields and objects that cannot be changed or deleted, warnings, and the root of the API. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { configMap, configMaps } from "./client.ts";
import { crds, widget, widgetDefinition, widgets } from "./widgets.ts";
import { startServer } from "./server.ts";

const { server, client } = await startServer();

describe("an API server", () => {
  test("does not let a client change the creation time", async () => {
    const { body } = await client.create(configMaps, configMap("dated"));
    const change = { metadata: { creationTimestamp: "2020-01-01T00:00:00Z" } };
    const { code, body: status } = await client.patch(`${configMaps}/dated`, change);
    assert.equal(code, 422);
    assert.match(status.message, /metadata\.creationTimestamp: Invalid value: .*: field is immutable$/);
    const { metadata: _, ...rest } = body;
    const replaced = await client.call(`${configMaps}/dated`, {
      method: "PUT",
      body: { ...rest, metadata: { name: "dated", creationTimestamp: null } },
    });
    assert.equal(replaced.body.metadata.creationTimestamp, body.metadata.creationTimestamp);
  });

  test("refuses to delete the namespaces that every cluster needs", async () => {
    for (const name of ["default", "kube-public", "kube-system"]) {
      const { code, body } = await client.call(`/api/v1/namespaces/${name}`, { method: "DELETE" });
      assert.equal(code, 403);
      assert.equal(body.message, `namespaces "${name}" is forbidden: this namespace may not be deleted`);
    }
  });

  test("does not answer for a version in the future", async () => {
    await client.create(configMaps, configMap("early"));
    const { code, body } = await client.call(`${configMaps}/early?resourceVersion=999999`);
    assert.equal(code, 504);
    assert.equal(body.details.causes[0].reason, "ResourceVersionTooLarge");
    assert.equal((await client.call(`${configMaps}/early?resourceVersion=0`)).code, 200);
  });

  test("allocates each cluster IP and node port once, and lets a Service keep its own", async () => {
    const services = "/api/v1/namespaces/default/services";
    const service = (name: string, spec: object): object => ({
      metadata: { name },
      spec: { type: "NodePort", ports: [{ port: 80, nodePort: 31_000 }], ...spec },
    });
    const { body: first } = await client.create(services, service("first", {}));
    const { body: port } = await client.create(services, service("second", {}));
    assert.match(
      port.message,
      /spec\.ports\[0\]\.nodePort: Invalid value: 31000: provided port is already allocated/,
    );
    const { clusterIP } = first.spec;
    const { body: address } = await client.create(
      services,
      service("third", { ports: [{ port: 80 }], clusterIP }),
    );
    assert.match(address.message, /spec\.clusterIPs: .*provided IP is already allocated/);
    assert.equal((await client.call(`${services}/first`, { method: "PUT", body: first })).code, 200);
    const headless = { type: "ClusterIP", clusterIP: "None", ports: [{ port: 80 }] };
    for (const name of ["h1", "h2"])
      assert.equal((await client.create(services, service(name, headless))).code, 201);
  });

  test("recreates its own Service when it is deleted", async () => {
    await client.call("/api/v1/namespaces/default/services/kubernetes", { method: "DELETE" });
    await server.settled();
    const { body } = await client.call("/api/v1/namespaces/default/services/kubernetes");
    assert.equal(body.spec.clusterIP, "10.96.0.1");
  });

  test("lists its paths at the root, and its health checks when asked to be verbose", async () => {
    const { body } = await client.call("/");
    for (const path of ["/api/v1", "/apis/apps", "/apis/apps/v1", "/livez"])
      assert.ok(body.paths.includes(path));
    assert.equal((await client.call("/readyz")).body, "ok");
    assert.equal((await client.call("/readyz?verbose")).body, "[+]ping ok\nreadyz check passed\n");
  });

  test("warns every user of a deprecated version, readers included, which version to use", async () => {
    const definition = widgetDefinition((one) => {
      one.spec.versions[0].deprecated = true;
    });
    await client.create(crds, definition);
    const { headers } = await client.call(widgets);
    assert.equal(
      headers["warning"],
      '299 - "example.com/v1 Widget is deprecated; use example.com/v2 Widget"',
    );
  });

  test("warns that it calls no conversion webhook and evaluates no validation rules", async () => {
    const { headers } = await client.create(
      crds,
      widgetDefinition((one) => {
        one.metadata.name = "gizmos.example.net";
        one.spec.group = "example.net";
        one.spec.names = { plural: "gizmos", kind: "Gizmo" };
        one.spec.conversion = { strategy: "Webhook", webhook: { conversionReviewVersions: ["v1"] } };
        one.spec.versions[0].schema.openAPIV3Schema["x-kubernetes-validations"] = [{ rule: "true" }];
      }),
    );
    assert.match(
      String(headers["warning"]),
      /does not evaluate x-kubernetes-validations.*calls no conversion webhook/,
    );
  });

  test("gives the same warnings to a server-side apply", async () => {
    const definition = widgetDefinition((one) => {
      one.metadata.name = "doodads.example.net";
      one.spec.group = "example.net";
      one.spec.names = { plural: "doodads", kind: "Doodad" };
      one.spec.conversion = { strategy: "Webhook", webhook: { conversionReviewVersions: ["v1"] } };
    });
    const path = `${crds}/doodads.example.net?fieldManager=x`;
    const { code, headers } = await client.patch(path, definition, "application/apply-patch+yaml");
    assert.equal(code, 201);
    assert.match(String(headers["warning"]), /calls no conversion webhook/);
  });

  test("stores only the fields that the storage version declares", async () => {
    const body = { ...widget("both", { later: 1 }), apiVersion: "example.com/v2" };
    const written = await client.create(widgets.replace("v1", "v2"), body);
    assert.equal(written.body.apiVersion, "example.com/v2");
    assert.deepEqual(written.body.spec, { color: "red", size: 1, level: "low" });
    const { body: read } = await client.call(`${widgets}/both`);
    assert.deepEqual([read.apiVersion, read.spec], ["example.com/v1", written.body.spec]);
  });

  test("converts stored objects to the schema of the requested version", async () => {
    const definition = widgetDefinition((one) => {
      one.metadata.name = "gears.example.net";
      one.spec.group = "example.net";
      one.spec.names = { plural: "gears", kind: "Gear" };
      const color = { type: "object", properties: { color: { type: "string" } } };
      one.spec.versions[1].schema.openAPIV3Schema = { type: "object", properties: { spec: color } };
    });
    await client.create(crds, definition);
    const path = widgets.replace("example.com", "example.net").replace("widgets", "gears");
    const gear = { ...widget("narrow"), apiVersion: "example.net/v1", kind: "Gear" };
    assert.equal((await client.create(path, gear)).body.spec.level, "low");
    const { body: list } = await client.call(path.replace("v1", "v2"));
    assert.deepEqual(list.items[0].spec, { color: "red" });
  });

  test("selects custom resources by the selectable fields of their definition", async () => {
    const definition = widgetDefinition((one) => {
      one.metadata.name = "gadgets.example.org";
      one.spec.group = "example.org";
      one.spec.names = { plural: "gadgets", kind: "Gadget" };
      one.spec.versions.pop();
      one.spec.versions[0].selectableFields = [{ jsonPath: ".spec.color" }];
    });
    assert.equal((await client.create(crds, definition)).code, 201);
    const path = widgets.replace("example.com", "example.org").replace("widgets", "gadgets");
    for (const color of ["red", "green"]) {
      const one = { ...widget(color, { color }), apiVersion: "example.org/v1", kind: "Gadget" };
      assert.equal((await client.create(path, one)).code, 201);
    }
    const { body } = await client.call(`${path}?fieldSelector=spec.color%3Dgreen`);
    assert.deepEqual(
      body.items.map(({ metadata }: any) => metadata.name),
      ["green"],
    );
    assert.equal((await client.call(`${path}?fieldSelector=spec.size%3D1`)).code, 400);
  });

  const wrongNames: readonly (readonly [string, (spec: any) => void, string])[] = [
    [
      "a plural in upper case",
      (spec) => (spec.names.plural = "Widgets"),
      'spec.names.plural: Invalid value: "Widgets"',
    ],
    [
      "a short name that is no label",
      (spec) => (spec.names.shortNames = ["w_d"]),
      'spec.names.shortNames[0]: Invalid value: "w_d"',
    ],
    [
      "a field to select by that there is none of",
      (spec) => (spec.versions[0].selectableFields = [{ jsonPath: ".spec.tags" }]),
      'spec.versions[0].selectableFields[0].jsonPath: Invalid value: ".spec.tags"',
    ],
  ];
  for (const [what, change, sentence] of wrongNames) {
    test(`refuses a definition with ${what}`, async () => {
      const { code, body } = await client.create(
        crds,
        widgetDefinition((one) => change(one.spec)),
      );
      assert.equal(code, 422);
      assert.ok(body.message.includes(sentence), body.message);
    });
  }
});
