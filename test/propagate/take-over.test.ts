/** What KubeFed left is taken over without a change of content: the members' API servers are the judge. */
import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import type { Client } from "../sandbox/client.ts";
import { suiteScope } from "../support/programs.ts";
import { until } from "../support/until.ts";
import { federated, type Rig, startRig } from "./rig.ts";

const KUBEFED = { "user-agent": "controller-manager/v0.10.0 (linux/amd64)" };
const MANAGED = { "kubefed.io/managed": "true" };
const deployments = "/apis/apps/v1/namespaces/shop/deployments";
const configMaps = "/api/v1/namespaces/shop/configmaps";

const podTemplate = {
  metadata: { labels: { app: "web" } },
  spec: { containers: [{ name: "web", image: "web:1", env: [{ name: "A", value: "1" }] }] },
};
const web = { replicas: 3, selector: { matchLabels: { app: "web" } }, template: podTemplate };

/** As KubeFed wrote it: no field manager of its own. */
async function asKubefed(client: Client, path: string, body: object): Promise<void> {
  const { code } = await client.call(path, { method: "POST", body, headers: KUBEFED });
  assert.equal(code, 201);
}

describe("a copy that KubeFed made", () => {
  const scope = suiteScope();
  let rig: Rig;
  let client: Client;
  const read = async (path: string): Promise<any> => (await client.call(path)).body;
  const managers = (object: any): string[] =>
    object.metadata.managedFields.map(({ manager, operation }: any) => `${manager} ${operation}`).sort();
  let made: any;

  before(async () => {
    rig = await startRig(scope, { members: ["m1"], isRunning: false });
    client = rig.client("m1");
    for (const server of [rig.host, rig.members.get("m1")])
      server?.objects.put({
        apiVersion: "v1",
        kind: "Namespace",
        metadata: { name: "shop", labels: MANAGED },
      });
    const metadata = { name: "web", namespace: "shop", labels: MANAGED };
    await asKubefed(client, deployments, { apiVersion: "apps/v1", kind: "Deployment", metadata, spec: web });
    await asKubefed(client, configMaps, {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { ...metadata, name: "settings" },
      data: { a: "1", b: "2" },
    });
    await rig.members.get("m1")?.settled();
    made = await read(`${deployments}/web`);
    const placement = { clusters: [{ name: "m1" }] };
    const finalizers = ["kubefed.io/sync-controller"];
    for (const [kind, name, template] of [
      ["FederatedNamespace", "shop", {}],
      ["FederatedDeployment", "web", { spec: web }],
      ["FederatedConfigMap", "settings", { data: { a: "1", b: "2" } }],
    ] as const) {
      const object: any = federated(kind, "shop", name, { template, placement });
      rig.host.objects.put({ ...object, metadata: { ...object.metadata, finalizers } });
    }
    rig.start();
  });

  it("belongs to fedns after two writes, and its content is as it was", async () => {
    const isOurs = (object: any): boolean => object.metadata.labels["fedns.io/owner"] === "test";
    let web: any = made;
    await until("KubeFed's entry is gone", () => {
      void read(`${deployments}/web`).then((object) => (web = object));
      return isOurs(web) && !managers(web).includes("controller-manager Update");
    });
    await rig.settled();
    web = await read(`${deployments}/web`);
    assert.equal(web.metadata.uid, made.metadata.uid);
    assert.equal(web.metadata.generation, made.metadata.generation);
    assert.deepEqual(web.spec, made.spec);
    assert.equal(managers(web).includes("fedns Apply"), true);
  });
  it("loses what the template gives up later", async () => {
    rig.host.objects.put(
      federated("FederatedConfigMap", "shop", "settings", {
        template: { data: { a: "1" } },
        placement: { clusters: [{ name: "m1" }] },
      }) as never,
    );
    let data: any = {};
    await until("the key is gone", () => {
      void read(`${configMaps}/settings`).then((object) => (data = object.data));
      return data.a === "1" && !("b" in data);
    });
  });
  it("has one more write only when nothing is left to take over", async () => {
    await rig.settled();
    const before = (await read(`${deployments}/web`)).metadata.resourceVersion;
    rig.propagator.setTypes([]);
    rig.start();
    await rig.settled();
    assert.equal((await read(`${deployments}/web`)).metadata.resourceVersion, before);
  });
});

describe("an object that exists", () => {
  const scope = suiteScope();
  const exists = async (
    adoption: "always" | "if-no-diff" | "never",
  ): Promise<{ rig: Rig; client: Client }> => {
    const rig = await startRig(scope, { members: ["m1"], adoption });
    const client = rig.client("m1");
    for (const server of [rig.host, rig.members.get("m1")])
      server?.objects.put({ apiVersion: "v1", kind: "Namespace", metadata: { name: "shop" } });
    const { code } = await client.create(configMaps, {
      metadata: { name: "settings" },
      data: { a: "1", b: "2" },
    });
    assert.equal(code, 201);
    const placement = { clusters: [{ name: "m1" }] };
    rig.host.objects.put(
      federated("FederatedNamespace", "shop", "shop", { template: {}, placement }) as never,
    );
    return { rig, client };
  };
  const place = (rig: Rig, data: object): void =>
    void rig.host.objects.put(
      federated("FederatedConfigMap", "shop", "settings", {
        template: { data },
        placement: { clusters: [{ name: "m1" }] },
      }) as never,
    );
  const object = (rig: Rig): any =>
    rig.host.objects.get({
      apiVersion: "types.kubefed.io/v1beta1",
      kind: "FederatedConfigMap",
      namespace: "shop",
      name: "settings",
    }) ?? null;
  const status = (rig: Rig): string | undefined => object(rig)?.status?.clusters?.[0]?.status;
  const settings = (rig: Rig): any =>
    rig.members
      .get("m1")
      ?.objects.get({ apiVersion: "v1", kind: "ConfigMap", namespace: "shop", name: "settings" });

  it("is adopted, keeps what the template does not have, and stays when the federated object goes", async () => {
    const { rig } = await exists("always");
    place(rig, { a: "3" });
    await until("it is adopted", () => settings(rig).data.a === "3");
    assert.deepEqual(settings(rig).data, { a: "3", b: "2" });
    assert.equal(settings(rig).metadata.labels["fedns.io/adopted"], "true");
    place(rig, { a: "4" });
    await until("it is changed", () => settings(rig).data.a === "4");
    assert.equal(settings(rig).metadata.labels["fedns.io/adopted"], "true");
    rig.host.objects.delete({
      apiVersion: "types.kubefed.io/v1beta1",
      kind: "FederatedConfigMap",
      namespace: "shop",
      name: "settings",
    });
    await until("the object is gone", () => object(rig) === null);
    assert.deepEqual(settings(rig).data, { a: "4", b: "2" });
    assert.deepEqual(settings(rig).metadata.labels ?? {}, {});
  });
  it("is adopted without a change only where nothing differs", async () => {
    const { rig } = await exists("if-no-diff");
    place(rig, { a: "3" });
    await until("it is refused", () => status(rig) === "AlreadyExists");
    assert.deepEqual(settings(rig).data, { a: "1", b: "2" });
    place(rig, { a: "1" });
    await until("it is adopted", () => settings(rig).metadata.labels?.["fedns.io/adopted"] === "true");
  });
  it("is left alone without adoption", async () => {
    const { rig } = await exists("never");
    place(rig, { a: "3" });
    await until("it is refused", () => status(rig) === "AlreadyExists");
    await rig.settled();
    assert.deepEqual(settings(rig).data, { a: "1", b: "2" });
    assert.deepEqual(settings(rig).metadata.labels ?? {}, {});
  });
});
