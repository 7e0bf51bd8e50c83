/** Discovery and OpenAPI documents over HTTPS, in the legacy form and aggregated. */
import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { crds, widgetDefinition } from "./widgets.ts";
import { startServer } from "./server.ts";

const aggregated = (version: string): string =>
  `application/json;g=apidiscovery.k8s.io;v=${version};as=APIGroupDiscoveryList`;

const { server, client } = await startServer();

describe("discovery", () => {
  before(async () => {
    await client.create(crds, widgetDefinition());
  });

  const resourceOf = (body: any, group: string, plural: string): any =>
    body.items
      .find(({ metadata }: any) => (metadata.name ?? "") === group)
      .versions[0].resources.find(({ resource }: any) => resource === plural);

  for (const version of ["v2", "v2beta1"]) {
    test(`aggregated (${version}) lists the same resources as the legacy documents`, async () => {
      const accept = `${aggregated(version)},application/json`;
      const { body, headers } = await client.call("/apis", { accept });
      assert.equal(headers["content-type"], aggregated(version));
      assert.deepEqual(
        [body.kind, body.apiVersion],
        ["APIGroupDiscoveryList", `apidiscovery.k8s.io/${version}`],
      );
      const { body: groups } = await client.call("/apis");
      assert.deepEqual(
        body.items.map(({ metadata, versions }: any) => [
          metadata.name,
          versions.map((one: any) => one.version),
        ]),
        groups.groups.map(({ name, versions }: any) => [name, versions.map((one: any) => one.version)]),
      );
      for (const { metadata, versions } of body.items) {
        for (const { version: own, resources, freshness } of versions) {
          const { body: old } = await client.call(`/apis/${metadata.name}/${own}`);
          const flat = resources.flatMap(({ resource, subresources = [] }: any) => [
            resource,
            ...subresources.map(({ subresource }: any) => `${resource}/${subresource}`),
          ]);
          assert.deepEqual([flat, freshness], [old.resources.map(({ name }: any) => name), "Current"]);
        }
      }
    });
  }

  test("lists verbs, kinds and subresources of a resource", async () => {
    const { body } = await client.call("/apis", { accept: aggregated("v2") });
    assert.deepEqual(resourceOf(body, "apps", "deployments"), {
      resource: "deployments",
      responseKind: { group: "apps", version: "v1", kind: "Deployment" },
      scope: "Namespaced",
      singularResource: "deployment",
      verbs: ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"],
      shortNames: ["deploy"],
      categories: ["all"],
      subresources: [
        {
          subresource: "status",
          responseKind: { group: "apps", version: "v1", kind: "Deployment" },
          verbs: ["get", "patch", "update"],
        },
        {
          subresource: "scale",
          responseKind: { group: "autoscaling", version: "v1", kind: "Scale" },
          verbs: ["get", "patch", "update"],
        },
      ],
    });
    const { body: core } = await client.call("/api", { accept: aggregated("v2") });
    assert.deepEqual([core.items.length, resourceOf(core, "", "nodes").scope], [1, "Cluster"]);
  });

  test("is in the legacy form for clients that do not ask for the aggregated one, or prefer it less", async () => {
    for (const accept of [undefined, "*/*", `application/json,${aggregated("v2")}`, aggregated("v3")]) {
      const { body, headers } = await client.call("/apis", accept === undefined ? {} : { accept });
      assert.equal(body.kind, "APIGroupList", accept);
      assert.equal(headers["vary"], "Accept");
    }
  });

  test("has an ETag that a new definition changes", async () => {
    const accept = aggregated("v2");
    const { headers } = await client.call("/apis", { accept });
    const gadgets = widgetDefinition((one) => {
      one.metadata.name = "gadgets.example.net";
      one.spec.group = "example.net";
      one.spec.names = { plural: "gadgets", kind: "Gadget" };
    });
    await client.create(crds, gadgets);
    const { headers: later, body } = await client.call("/apis", { accept });
    assert.notEqual(later["etag"], headers["etag"]);
    assert.equal(resourceOf(body, "example.net", "gadgets").responseKind.kind, "Gadget");
  });

  test("has the schema of a definition in its OpenAPI document, at a URL that a new definition changes", async () => {
    const { body: index } = await client.call("/openapi/v3");
    const path = index.paths["apis/example.com/v1"].serverRelativeURL;
    const { body } = await client.call(path);
    const schema = Object.values<any>(body.components.schemas).at(-1);
    assert.deepEqual(schema["x-kubernetes-group-version-kind"], [
      { group: "example.com", version: "v1", kind: "Widget" },
    ]);
    assert.equal(schema.properties.spec.properties.size.maximum, 5);
    await client.call(`${crds}/gadgets.example.net`, { method: "DELETE" });
    await server.settled();
    const { body: later } = await client.call("/openapi/v3");
    assert.notEqual(later.paths["apis/example.com/v1"].serverRelativeURL, path);
  });
});
