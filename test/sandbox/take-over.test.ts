/** Taking over an object from a controller that wrote it with PUT: who owns what, and what a later apply removes. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { counters, deployment, deployments, owners, stepsOf } from "./api-steps.ts";
import type { Answer } from "./client.ts";
import { configMaps } from "./client.ts";
import { startServer } from "./server.ts";

const { server, client } = await startServer();
const { apply, merge, put } = stepsOf(client);
const read = async (path: string): Promise<any> => (await client.call(path)).body;
const jsonPatch = "application/json-patch+json";

/** Written by a controller without the parameter `fieldManager`. */
async function foreign(name: string, spec: object = {}): Promise<any> {
  const agent = { "user-agent": "controller-manager/v0.10.0 (linux/amd64)" };
  const { code } = await client.call(deployments, {
    method: "POST",
    body: deployment(name, spec),
    headers: agent,
  });
  assert.equal(code, 201);
  await server.settled();
  return read(`${deployments}/${name}`);
}

const config = (data: object, labels?: object): any => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name: "taken", ...(labels && { labels }) },
  data,
});

describe("an object that a controller created", () => {
  test("has an entry named after the client's User-Agent, which owns defaults and no allocated field", async () => {
    const made = await foreign("agent", { replicas: 3 });
    const spec = owners(made)["controller-manager Update"]["f:spec"];
    for (const field of ["f:replicas", "f:strategy", "f:template"]) assert.ok(field in spec, field);
    const services = "/api/v1/namespaces/default/services";
    const { body: service } = await client.create(`${services}?fieldManager=x`, {
      metadata: { name: "s" },
      spec: { type: "NodePort", ports: [{ port: 80 }] },
    });
    const own = owners(service)["x Update"]["f:spec"];
    assert.ok("f:sessionAffinity" in own);
    for (const field of ["f:clusterIP", "f:clusterIPs", "f:ipFamilies"])
      assert.equal(field in own, false, field);
    assert.equal(JSON.stringify(own).includes("nodePort"), false);
    const { body: chosen } = await client.create(`${services}?fieldManager=x`, {
      metadata: { name: "t" },
      spec: { clusterIP: "10.96.3.3", ports: [{ port: 80 }] },
    });
    assert.ok("f:clusterIP" in owners(chosen)["x Update"]["f:spec"], "an address that was sent is owned");
  });

  test("keeps fields that an apply no longer has, while the controller's entry owns them", async () => {
    const labels = { metadata: { labels: { app: "two", extra: "1" } } };
    const template = { ...deployment("two").spec.template, ...labels };
    await foreign("two", { replicas: 3, template });
    await apply(deployments, deployment("two", { replicas: 3, template }), "fedns", "&force=true");
    const { body } = await apply(deployments, deployment("two"), "fedns");
    assert.equal(body.spec.template.metadata.labels.extra, "1");
    assert.equal(body.spec.replicas, 3);
  });

  test("is taken over by one merge patch of managedFields: no generation, and later drops work", async () => {
    const start = await foreign("recipe", { minReadySeconds: 5 });
    const plan = await apply(
      deployments,
      deployment("recipe", { minReadySeconds: 5 }),
      "fedns",
      "&force=true&dryRun=All",
    );
    const managedFields = plan.body.metadata.managedFields.filter(
      ({ manager }: any) => manager !== "controller-manager",
    );
    const { uid, resourceVersion } = start.metadata;
    const { body: taken } = await merge(
      `${deployments}/recipe`,
      { metadata: { uid, resourceVersion, managedFields } },
      "fedns",
    );
    assert.equal(counters(taken).generation, counters(start).generation);
    assert.deepEqual(
      Object.keys(owners(taken)).filter((one) => one !== "kube-controller-manager Update status"),
      ["fedns Apply"],
    );
    const again = await apply(deployments, deployment("recipe", { minReadySeconds: 5 }), "fedns");
    assert.equal(again.body.metadata.resourceVersion, taken.metadata.resourceVersion);
    const { body: dropped } = await apply(deployments, deployment("recipe"), "fedns");
    assert.equal(dropped.spec.minReadySeconds, undefined);
  });

  test("has labels of a patch in an entry of their own, so that the next apply conflicts with its own name", async () => {
    await apply(configMaps, config({ a: "1" }, { hash: "1" }));
    const { body: start } = await client.call(`${configMaps}/taken`);
    const [entry] = start.metadata.managedFields;
    const change = [
      { op: "replace", path: "/metadata/managedFields", value: [entry] },
      { op: "replace", path: "/metadata/labels/hash", value: "2" },
    ];
    const { body } = await client.patch(`${configMaps}/taken?fieldManager=fedns`, change, jsonPatch);
    assert.deepEqual(Object.keys(owners(body)), ["fedns Apply", "fedns Update"]);
    assert.equal("f:metadata" in owners(body)["fedns Apply"], false);
    const next = await apply(configMaps, config({ a: "1" }, { hash: "3" }));
    assert.equal(next.code, 409);
    assert.equal(
      next.body.message,
      'Apply failed with 1 conflict: conflict with "fedns" using v1: .metadata.labels.hash',
    );
  });

  test("never scaled falls to one replica when its owner drops the field, and stays once it was scaled", async () => {
    await apply(deployments, deployment("dropped", { replicas: 3 }));
    await server.settled();
    const before = await read(`${deployments}/dropped`);
    const { body: alone } = await apply(deployments, deployment("dropped"));
    assert.equal(alone.spec.replicas, 1);
    assert.equal(counters(alone).generation, counters(before).generation + 1);
    await apply(deployments, deployment("scaled", { replicas: 3 }));
    await merge(`${deployments}/scaled/scale`, { spec: { replicas: 3 } }, "hpa");
    assert.equal(
      "hpa Update scale" in owners(await read(`${deployments}/scaled`)),
      false,
      "the same value takes nothing",
    );
    await merge(`${deployments}/scaled/scale`, { spec: { replicas: 5 } }, "hpa");
    const { body: kept } = await apply(deployments, deployment("scaled"));
    assert.equal(kept.spec.replicas, 5);
    assert.deepEqual(owners(kept)["hpa Update scale"], { "f:spec": { "f:replicas": {} } });
  });

  test("gives a field back to others when its path leaves the manager's own entry", async () => {
    await apply(deployments, deployment("given", { replicas: 3 }));
    await server.settled();
    const start = await read(`${deployments}/given`);
    const managedFields = structuredClone(start.metadata.managedFields);
    delete managedFields.find(({ manager }: any) => manager === "fedns").fieldsV1["f:spec"]["f:replicas"];
    const { uid, resourceVersion } = start.metadata;
    const { body: given } = await merge(`${deployments}/given`, {
      metadata: { uid, resourceVersion, managedFields },
    });
    const { body: now } = await apply(deployments, deployment("given"));
    assert.equal(now.spec.replicas, 3);
    assert.deepEqual(counters(now), counters(given));
    assert.equal(counters(now).generation, counters(start).generation);
  });

  test("loses an item of a list with everything inside when its owner drops the item", async () => {
    await apply(deployments, deployment("items", {}, { env: [{ name: "A", value: "1" }] }));
    const env = [{ name: "B", value: "2" }];
    const containers = [{ name: "a", env }];
    const own = { ...deployment("items"), spec: { ...deployment("items").spec } };
    own.spec.template = { ...own.spec.template, spec: { containers: [{ name: "a", image: "i", env }] } };
    const patch = { spec: { template: { spec: { containers } } } };
    await client.patch(
      `${deployments}/items?fieldManager=kubectl-edit`,
      patch,
      "application/strategic-merge-patch+json",
    );
    const { body: fewer } = await apply(deployments, deployment("items"));
    assert.deepEqual(fewer.spec.template.spec.containers[0].env, env, "an entry of someone else stays");
    const renamed = deployment("items");
    renamed.spec.template.spec.containers[0].name = "z";
    const { body: gone } = await apply(deployments, renamed);
    const names = gone.spec.template.spec.containers.map(({ name }: any) => name as string);
    assert.deepEqual(names, ["z"]);
    assert.equal(gone.spec.template.spec.containers[0].env, undefined);
  });
});

describe("a controller", () => {
  test("owns the status of an object whose fields are tracked, and its own annotation", async () => {
    const config = deployment("watched", { replicas: 1 });
    config.metadata.annotations = { mine: "1" };
    await apply(deployments, config);
    await server.settled();
    const watched = await read(`${deployments}/watched`);
    const own = owners(watched)["kube-controller-manager Update status"];
    assert.deepEqual(own["f:metadata"]["f:annotations"], { "f:deployment.kubernetes.io/revision": {} });
    assert.ok("f:observedGeneration" in own["f:status"]);
    assert.deepEqual(Object.keys(owners(watched)["fedns Apply"]["f:metadata"]["f:annotations"]), ["f:mine"]);
    const { body } = await apply(deployments, deployment("watched", { replicas: 1 }));
    assert.deepEqual(body.metadata.annotations, { "deployment.kubernetes.io/revision": "1" });
  });
});

describe("an applied Scale", () => {
  const scale = (replicas: number): any => ({
    apiVersion: "autoscaling/v1",
    kind: "Scale",
    metadata: { name: "own" },
    spec: { replicas },
  });
  const applyScale = (replicas: number, query = ""): Promise<Answer> =>
    client.patch(
      `${deployments}/own/scale?fieldManager=hpa${query}`,
      scale(replicas),
      "application/apply-patch+yaml",
    );

  test("owns the replicas, conflicts with their owner, and takes them by force", async () => {
    await apply(deployments, deployment("own", { replicas: 2 }));
    const clash = await applyScale(4);
    assert.equal(clash.code, 409);
    assert.match(clash.body.message, /conflict with "fedns": \.spec\.replicas$/);
    const { code, body } = await applyScale(4, "&force=true");
    assert.deepEqual([code, body.kind, body.spec.replicas], [200, "Scale", 4]);
    const taken = await read(`${deployments}/own`);
    assert.deepEqual(owners(taken)["hpa Apply scale"], { "f:spec": { "f:replicas": {} } });
    const next = await apply(deployments, deployment("own", { replicas: 2 }));
    assert.match(next.body.message, /conflict with "hpa" with subresource "scale": \.spec\.replicas$/);
  });
});

describe("managed fields", () => {
  test("of more than ten updaters merge the oldest into ancient-changes", async () => {
    await client.create(`${configMaps}?fieldManager=m00`, { metadata: { name: "many" }, data: { m00: "1" } });
    for (let number = 1; number < 10; number += 1)
      await merge(`${configMaps}/many`, { data: { [`m0${number}`]: "1" } }, `m0${number}`);
    const ten = owners(await read(`${configMaps}/many`));
    assert.equal(Object.keys(ten).length, 10);
    await merge(`${configMaps}/many`, { data: { m10: "1" } }, "m10");
    await merge(`${configMaps}/many`, { data: { m11: "1" } }, "m11");
    const merged = owners(await read(`${configMaps}/many`));
    assert.equal(Object.keys(merged).length, 10);
    assert.deepEqual(merged["ancient-changes Update"], {
      "f:data": { "f:m00": {}, "f:m01": {}, "f:m02": {} },
    });
  });

  test("that are missing get a before-first-apply entry that owns everything", async () => {
    await client.create(configMaps, { metadata: { name: "old" }, data: { a: "1" } });
    await merge(`${configMaps}/old`, { metadata: { managedFields: [{}] } });
    assert.deepEqual(owners(await read(`${configMaps}/old`)), {}, "a list with one empty entry wipes them");
    const own = { ...config({ a: "2" }), metadata: { name: "old" } };
    const { code, body } = await apply(configMaps, own);
    assert.equal(code, 409);
    assert.match(body.message, /conflict with "before-first-apply" using v1: \.data\.a$/);
    const { body: taken } = await apply(configMaps, { ...own, data: { b: "1" } });
    assert.deepEqual(owners(taken)["before-first-apply Update"], { "f:data": { "f:a": {} } });
  });

  test("are not changed by hand through a subresource", async () => {
    await client.create(`${deployments}?fieldManager=x`, deployment("status"));
    const change = { metadata: { managedFields: [{}] }, status: { replicas: 0 } };
    const { body } = await merge(`${deployments}/status/status`, change, "y");
    assert.ok("x Update" in owners(body));
  });

  test("conflict over a field whichever version of the kind wrote it", async () => {
    const path = (version: string): string =>
      `/apis/autoscaling/${version}/namespaces/default/horizontalpodautoscalers`;
    const scaler = (version: string, maxReplicas: number): any => ({
      apiVersion: `autoscaling/${version}`,
      kind: "HorizontalPodAutoscaler",
      metadata: { name: "h" },
      spec: { maxReplicas, scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "d" } },
    });
    await apply(path("v1"), scaler("v1", 3), "one");
    const clash = await apply(path("v2"), scaler("v2", 4), "two");
    assert.equal(clash.code, 409);
    assert.match(clash.body.message, /conflict with "one": \.spec\.maxReplicas$/);
    const { code, body } = await apply(path("v2"), scaler("v2", 3), "one");
    assert.equal(code, 200);
    assert.deepEqual(
      body.metadata.managedFields.map(({ manager, apiVersion }: any) => [manager, apiVersion]),
      [["one", "autoscaling/v2"]],
    );
    assert.equal((await put(`${path("v1")}/h`, scaler("v1", 3), "one")).code, 200);
  });
});
