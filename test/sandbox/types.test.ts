/** Values of a wrong type in built-in kinds, refused with the messages of Go's decoder, in every kind of write. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { configMap, configMaps } from "./client.ts";
import { startServer } from "./server.ts";

const services = "/api/v1/namespaces/default/services";

const { client } = await startServer();

describe("a built-in kind", () => {
  const mistyped: readonly (readonly [string, object, string])[] = [
    [
      "/api/v1/namespaces/default/configmaps",
      { data: { a: true } },
      "bool into Go struct field ConfigMap.data of type string",
    ],
    [
      services,
      { spec: { ports: [{ port: "80" }] } },
      "string into Go struct field ServicePort.spec.ports.port of type int32",
    ],
    [
      services,
      { spec: { selector: [] } },
      "array into Go struct field ServiceSpec.spec.selector of type map[string]string",
    ],
    [
      "/apis/apps/v1/namespaces/default/deployments",
      { spec: { template: { spec: { containers: [{ name: "c", env: [{ name: "A", value: 1 }] }] } } } },
      "number into Go struct field EnvVar.spec.template.spec.containers.env.value of type string",
    ],
  ];
  for (const [path, body, sentence] of mistyped) {
    test(`with a value of the wrong type is 400: ${sentence}`, async () => {
      const { code, body: status } = await client.create(path, { metadata: { name: "mistyped" }, ...body });
      assert.equal(code, 400);
      assert.ok(status.message.endsWith(`json: cannot unmarshal ${sentence}`), status.message);
    });
  }

  test("with an unknown field is 400 under Strict, at any depth", async () => {
    const containers = [{ name: "c", image: "i", ports: [{ containerport: 80 }] }];
    const spec = { replica: 3, template: { metadata: { lables: {} }, spec: { containers } } };
    const path = "/apis/apps/v1/namespaces/default/deployments?fieldValidation=Strict";
    const { code, body } = await client.create(path, { metadata: { name: "strange" }, spec });
    assert.equal(code, 400);
    assert.equal(
      body.message,
      'Deployment in version "v1" cannot be handled as a Deployment: strict decoding error: unknown field "spec.replica", ' +
        'unknown field "spec.template.metadata.lables", unknown field "spec.template.spec.containers[0].ports[0].containerport"',
    );
  });

  test("loses unknown fields otherwise, with a warning for each", async () => {
    const ports = [{ port: 80, later: [1] }];
    const { code, body, headers } = await client.create(services, {
      metadata: { name: "lossy" },
      spec: { ports },
    });
    assert.equal(code, 201);
    assert.equal(body.spec.ports[0].later, undefined);
    assert.match(String(headers["warning"]), /^299 - "unknown field \\"spec\.ports\[0\]\.later\\""$/);
  });

  test("with an unknown field is 422 for a strict patch and 500 for an apply", async () => {
    await client.create(configMaps, configMap("patched"));
    const merged = await client.patch(`${configMaps}/patched?fieldValidation=Strict`, { dta: { a: "b" } });
    assert.equal(merged.code, 422);
    assert.match(
      merged.body.message,
      /^ "" is invalid: patch: Invalid value: .*strict decoding error: unknown field "dta"$/,
    );
    const config = { apiVersion: "v1", kind: "Service", metadata: { name: "x" }, spec: { port: [] } };
    const applied = await client.patch(
      `${services}/x?fieldManager=x`,
      config,
      "application/apply-patch+yaml",
    );
    assert.equal(applied.code, 500);
    assert.match(applied.body.message, /\.spec\.port: field not declared in schema$/);
  });

  test("accepts quantities as numbers and strings, and refuses invalid ones", async () => {
    const pod = (cpu: unknown): object => ({
      metadata: { name: "sized" },
      spec: { containers: [{ name: "c", image: "i", resources: { limits: { cpu } } }] },
    });
    const pods = "/api/v1/namespaces/default/pods";
    const refused = await client.create(pods, pod("much"));
    assert.equal(refused.code, 400);
    assert.match(refused.body.message, /quantities must match the regular expression/);
    assert.equal((await client.create(pods, pod(2))).code, 201);
  });

  test("names the position of invalid base64 in a secret", async () => {
    const secrets = "/api/v1/namespaces/default/secrets";
    const { code, body } = await client.create(secrets, {
      metadata: { name: "s" },
      data: { a: "not base64!" },
    });
    assert.equal(code, 400);
    assert.match(body.message, /illegal base64 data at input byte 3$/);
  });

  test("accepts numbers and strings for int-or-string fields, and null for absent ones", async () => {
    const ports = [
      { name: "a", port: 1, targetPort: "http" },
      { name: "b", port: 2, targetPort: 8080 },
    ];
    const body = { metadata: { name: "fine", labels: null }, spec: { ports, selector: null } };
    assert.equal((await client.create(services, body)).code, 201);
  });

  test("is checked after a patch and an apply, too", async () => {
    await client.create(configMaps, configMap("typed"));
    const patched = await client.patch(`${configMaps}/typed`, { data: { a: 1 } });
    const config = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "typed" }, data: { a: 1 } };
    const applied = await client.patch(
      `${configMaps}/typed?fieldManager=x`,
      config,
      "application/apply-patch+yaml",
    );
    assert.equal(patched.code, 400);
    assert.equal(applied.code, 500);
    assert.match(
      applied.body.message,
      /\.data\.a: expected string, got &value\.valueUnstructured\{Value:1\}$/,
    );
  });
});
