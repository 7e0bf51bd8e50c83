/** Values of the wrong type in built-in kinds: refused as Go refuses to read them, wherever they come from. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { startApiServer } from "../../src/sandbox/api/server.ts";
import type { ApiServer } from "../../src/sandbox/api/server.ts";
import { Client, configMap, configMaps } from "./client.ts";

const services = "/api/v1/namespaces/default/services";

describe("a built-in kind", () => {
  let server: ApiServer;
  let client: Client;
  before(async () => {
    server = await startApiServer();
    client = new Client(server);
  });
  after(async () => {
    await client.close();
    await server.close();
  });

  const mistyped: readonly (readonly [string, object, string])[] = [
    [
      "/api/v1/namespaces/default/configmaps",
      { data: { a: true } },
      "bool into Go struct field ConfigMap.data of type string",
    ],
    [
      services,
      { spec: { ports: [{ port: "80" }] } },
      "string into Go struct field Service.spec.ports.port of type int32",
    ],
    [
      services,
      { spec: { selector: [] } },
      "array into Go struct field Service.spec.selector of type map[string]interface {}",
    ],
    [
      "/apis/apps/v1/namespaces/default/deployments",
      { spec: { template: { spec: { containers: [{ name: "c", env: [{ name: "A", value: 1 }] }] } } } },
      "number into Go struct field Deployment.spec.template.spec.containers.env.value of type string",
    ],
  ];
  for (const [path, body, sentence] of mistyped) {
    test(`with a value of the wrong type is 400: ${sentence}`, async () => {
      const { code, body: status } = await client.create(path, { metadata: { name: "mistyped" }, ...body });
      assert.equal(code, 400);
      assert.ok(status.message.endsWith(`json: cannot unmarshal ${sentence}`), status.message);
    });
  }

  test("takes numbers and texts where both are meant, null for absent, and fields nobody listed", async () => {
    const ports = [
      { name: "a", port: 1, targetPort: "http" },
      { name: "b", port: 2, targetPort: 8080, later: [1] },
    ];
    const body = { metadata: { name: "fine", labels: null }, spec: { ports, selector: null } };
    assert.equal((await client.create(services, body)).code, 201);
  });

  test("is looked at after a patch and an apply too", async () => {
    await client.create(configMaps, configMap("typed"));
    const patched = await client.patch(`${configMaps}/typed`, { data: { a: 1 } });
    const config = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "typed" }, data: { a: 1 } };
    const applied = await client.patch(
      `${configMaps}/typed?fieldManager=x`,
      config,
      "application/apply-patch+yaml",
    );
    assert.deepEqual([patched.code, applied.code], [400, 400]);
  });
});
