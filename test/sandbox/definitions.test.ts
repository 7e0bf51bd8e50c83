/** CustomResourceDefinitions over HTTPS: the resources they define, their validation, and their deletion. */
import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { dnsEndpointDefinition } from "../../src/sandbox/bundled/dns-endpoint.ts";
import { gatewayDefinitions } from "../../src/sandbox/bundled/gateway.ts";
import { until } from "../support/until.ts";
import type { Answer } from "./client.ts";
import { crds, widget, widgetDefinition, widgets } from "./widgets.ts";
import { startServer } from "./server.ts";

const { server, client } = await startServer();

describe("a definition", () => {
  before(async () => {
    assert.equal((await client.create(crds, widgetDefinition())).code, 201);
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

  const broken: readonly (readonly [string, (definition: any) => void, RegExp])[] = [
    [
      "a name other than its plural and group",
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
      "two storage versions",
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
      "a list without items",
      (one) => (one.spec.versions[1].schema.openAPIV3Schema.properties = { l: { type: "array" } }),
      /properties\[l\]\.items: Required value: must be specified/,
    ],
    [
      "an optional field as the key of a list",
      (one) =>
        delete one.spec.versions[0].schema.openAPIV3Schema.properties.spec.properties.parts.items.required,
      /properties\[parts\]\.items\.properties\[name\]\.default: Required value/,
    ],
    [
      "an invalid default",
      (one) => (one.spec.versions[0].schema.openAPIV3Schema.properties.spec.properties.size.default = 9),
      /properties\[size\]\.default: Invalid value: 9/,
    ],
    [
      "a column with an invalid path",
      (one) => (one.spec.versions[0].additionalPrinterColumns[0].jsonPath = "{.x}"),
      /additionalPrinterColumns\[0\]\.jsonPath: Invalid value/,
    ],
    [
      "a protected group without approval",
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

  test("whose names are taken is not established, and its resource is not served", async () => {
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

  test("can stop serving a version, but not drop a stored one", async () => {
    await client.create(widgets, widget("kept"));
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
    assert.equal((await client.call(`${widgets}/kept`)).body.spec.size, 1);
    const fixed = await client.patch(`${crds}/widgets.example.com`, { spec: { scope: "Cluster" } });
    assert.match(fixed.body.message, /spec\.scope: Invalid value: "Cluster": field is immutable/);
  });

  test("deletes its objects with it, waits for those with finalizers, and ends their watches", async () => {
    await client.create(widgets, {
      ...widget("held"),
      metadata: { name: "held", finalizers: ["example.com/hold"] },
    });
    const watch = await client.watch(`${widgets}?watch=1&resourceVersion=${server.objects.version}`);
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

  test("of another project replaces the one that the sandbox installed, whatever its versions", async () => {
    const [brought] = gatewayDefinitions;
    const { body: made } = await client.create(crds, brought);
    const path = `${crds}/${made.metadata.name}`;
    const inVersion = async (name: string): Promise<Answer> => {
      const { body } = await client.call(path);
      const [version] = body.spec.versions;
      const annotations = { "api-approved.kubernetes.io": "https://example.com/approval" };
      const metadata = { ...body.metadata, annotations };
      const spec = { ...body.spec, versions: [{ ...version, name }] };
      return client.call(path, { method: "PUT", body: { metadata, spec } });
    };
    await server.settled();
    const { code, body } = await inVersion("v7");
    assert.equal(code, 200, body.message);
    assert.deepEqual(body.status.storedVersions, ["v7"]);
    assert.equal((await inVersion("v8")).code, 422);
    await client.call(path, { method: "DELETE" });
    await server.settled();
  });

  for (const definition of [...gatewayDefinitions, dnsEndpointDefinition]) {
    test(`of ${definition.metadata.name}, as the sandbox installs it, is accepted and established`, async () => {
      const { code, body } = await client.create(crds, definition);
      assert.equal(code, 201, body.message);
      await server.settled();
      const { body: made } = await client.call(`${crds}/${definition.metadata.name}`);
      assert.equal(made.status.conditions[1].status, "True");
    });
  }
});
