/** `managedFields` of updates and patches, which clients and `kubectl` rely on. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Answer } from "./client.ts";
import { configMap, configMaps } from "./client.ts";
import { startServer } from "./server.ts";

const { server, client } = await startServer();

describe("plain writes", () => {
  test("own the fields they change, and take them from other managers", async () => {
    const managers = (body: any): readonly string[] =>
      body.metadata.managedFields.map(
        (one: any) => `${one.manager} ${Object.keys(one.fieldsV1["f:data"]).join()}`,
      );
    const made = await client.create(`${configMaps}?fieldManager=maker`, {
      ...configMap("plain"),
      data: { a: "1", b: "1" },
    });
    assert.deepEqual(managers(made.body), ["maker f:a,f:b"]);
    const { body } = await client.patch(`${configMaps}/plain?fieldManager=changer`, {
      data: { b: "2", c: "2" },
    });
    assert.deepEqual(managers(body).toSorted(), ["changer f:b,f:c", "maker f:a"]);
    const { body: cut } = await client.patch(`${configMaps}/plain?fieldManager=changer`, {
      data: { a: null },
    });
    assert.deepEqual(managers(cut), ["changer f:b,f:c"]);
  });

  test("may rewrite the managed fields, and an empty list ends the tracking", async () => {
    const { body } = await client.create(`${configMaps}?fieldManager=maker`, {
      ...configMap("moved"),
      data: { a: "1" },
    });
    const entry = { ...body.metadata.managedFields[0], manager: "heir", operation: "Apply" };
    const moved = await client.patch(`${configMaps}/moved`, { metadata: { managedFields: [entry] } });
    assert.deepEqual(moved.body.metadata.managedFields, [entry]);
    const reset = await client.patch(`${configMaps}/moved`, { metadata: { managedFields: [] } });
    assert.equal(reset.body.metadata.managedFields, undefined);
    const later = await client.patch(`${configMaps}/moved`, { data: { a: "2" } });
    assert.equal(later.body.metadata.managedFields, undefined);
  });

  test("within the process leave the managed fields as they are", async () => {
    const { body } = await client.create(
      `${configMaps}?fieldManager=maker`,
      configMap("inside", { labels: { a: "b" } }),
    );
    server.objects.patch(
      { apiVersion: "v1", kind: "ConfigMap", namespace: "default", name: "inside" },
      { data: { x: "y" } },
    );
    const { body: later } = await client.call(`${configMaps}/inside`);
    assert.deepEqual(later.metadata.managedFields, body.metadata.managedFields);
  });

  test("of a client-side kubectl apply can be taken over by a server-side one until other managers change them", async () => {
    const config = (data: object): any => ({
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: "csa" },
      data,
    });
    const apply = (data: object): Promise<Answer> =>
      client.patch(`${configMaps}/csa?fieldManager=kubectl`, config(data), "application/apply-patch+yaml");
    const annotation = "kubectl.kubernetes.io/last-applied-configuration";
    const body = {
      ...config,
      metadata: { name: "csa", annotations: { [annotation]: JSON.stringify(config({ a: "1", b: "1" })) } },
    };
    await client.create(`${configMaps}?fieldManager=kubectl-client-side-apply`, body);
    const taken = await apply({ a: "2", b: "1" });
    assert.equal(taken.code, 200, taken.body.message);
    assert.deepEqual(JSON.parse(taken.body.metadata.annotations[annotation]).data, { a: "2", b: "1" });
    await client.patch(`${configMaps}/csa?fieldManager=other`, { data: { b: "9" } });
    const late = await apply({ a: "2", b: "1" });
    assert.match(late.body.message, /conflict with "other" using v1: \.data\.b$/);
  });

  test("with force are refused: only an apply can be forced", async () => {
    const { code, body } = await client.patch(`${configMaps}/plain?force=true`, {});
    assert.deepEqual([code, body.details.causes[0].field], [422, "force"]);
  });

  test("with a duplicate field are refused under Strict, with its path", async () => {
    const text = '{"metadata":{"name":"twice"},"data":{"a":"1","a":"2"}}';
    const { body } = await client.call(`${configMaps}?fieldValidation=Strict`, {
      method: "POST",
      body: text,
    });
    assert.match(body.message, /strict decoding error: duplicate field "data\.a"$/);
    const warned = await client.call(configMaps, { method: "POST", body: text });
    assert.deepEqual([warned.code, warned.headers["warning"]], [201, '299 - "duplicate field \\"data.a\\""']);
  });
});
