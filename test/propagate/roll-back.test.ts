/** The way back: after fedns has taken over, KubeFed's controller can go on as before, and fedns can come again. */
import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import { suiteScope } from "../support/programs.ts";
import { until } from "../support/until.ts";
import { CopyRig, MANAGED } from "./copy-rig.ts";
import { typeOf } from "./rig.ts";

const SERVICES = typeOf({ kind: "Service", plural: "services" });
const KUBEFED = { "user-agent": "controller-manager/v0.10.0 (linux/amd64)" };
const deployments = "/apis/apps/v1/namespaces/shop/deployments";
const services = "/api/v1/namespaces/shop/services";

const web = (image: string, env: readonly object[] = []): any => ({
  metadata: { labels: { tier: "front" } },
  spec: {
    replicas: 3,
    selector: { matchLabels: { app: "web" } },
    template: {
      metadata: { labels: { app: "web" } },
      spec: { containers: [{ name: "web", image, ...(env.length > 0 && { env }) }] },
    },
  },
});
const service = { spec: { type: "NodePort", selector: { app: "web" }, ports: [{ name: "http", port: 80 }] } };

describe("KubeFed after fedns", () => {
  const scope = suiteScope();
  let rig: CopyRig;
  before(async () => {
    rig = await CopyRig.start(scope, ["m1"], { types: [SERVICES], isRunning: false });
    await kubefedMakes(deployments, "apps/v1", "Deployment", web("web:1", [{ name: "A", value: "1" }]));
    await kubefedMakes(services, "v1", "Service", service);
    rig.rig.start();
    rig.place("Deployment", "web", web("web:1", [{ name: "A", value: "1" }]));
    rig.place("Service", "web", service);
    await rig.isInSync("Deployment", "web");
    await rig.isInSync("Service", "web");
    assert.equal(rig.copy("Deployment", "web").metadata.labels["fedns.io/owner"], "test");
    rig.rig.propagator.setTypes([]);
  });

  async function kubefedMakes(path: string, apiVersion: string, kind: string, template: any): Promise<void> {
    const metadata = { name: "web", labels: { ...template.metadata?.labels, ...MANAGED } };
    const body = { apiVersion, kind, ...template, metadata };
    const { code } = await rig.client.call(path, { method: "POST", body, headers: KUBEFED });
    assert.equal(code, 201);
  }
  /** The template, with what KubeFed retains of the copy: all else is as the template has it, labels as well. */
  async function kubefedUpdates(path: string, template: any, retained: (live: any) => object): Promise<any> {
    const { body: live } = await rig.client.call(`${path}/web`);
    const { annotations, finalizers, resourceVersion } = live.metadata;
    const metadata = {
      name: "web",
      namespace: "shop",
      labels: { ...template.metadata?.labels, ...MANAGED },
      ...(annotations !== undefined && { annotations }),
      ...(finalizers !== undefined && { finalizers }),
      resourceVersion,
    };
    const { apiVersion, kind } = live;
    const body = { apiVersion, kind, ...template, metadata, ...retained(live) };
    const { code, body: after } = await rig.client.call(`${path}/web`, {
      method: "PUT",
      body,
      headers: KUBEFED,
    });
    assert.equal(code, 200, JSON.stringify(after));
    return after;
  }
  const nothing = (): object => ({});

  it("writes the same content without a new generation, and fedns's labels are gone", async () => {
    const before = rig.copy("Deployment", "web");
    const after = await kubefedUpdates(deployments, web("web:1", [{ name: "A", value: "1" }]), nothing);
    assert.equal(after.metadata.generation, before.metadata.generation);
    assert.equal(after.metadata.uid, before.metadata.uid);
    assert.deepEqual(after.spec, before.spec);
    assert.deepEqual(after.metadata.labels, { tier: "front", ...MANAGED });
  });
  it("has nothing to write the second time", async () => {
    const { resourceVersion } = rig.copy("Deployment", "web").metadata;
    const after = await kubefedUpdates(deployments, web("web:1", [{ name: "A", value: "1" }]), nothing);
    assert.equal(after.metadata.resourceVersion, resourceVersion);
  });
  it("changes what its template changes, and takes away what it gives up", async () => {
    const { generation } = rig.copy("Deployment", "web").metadata;
    const after = await kubefedUpdates(deployments, web("web:2"), nothing);
    assert.equal(after.metadata.generation, generation + 1);
    assert.deepEqual(
      [after.spec.template.spec.containers[0].image, after.spec.template.spec.containers[0].env],
      ["web:2", undefined],
    );
    assert.equal(after.spec.replicas, 3);
  });
  it("keeps the address and node port of a Service", async () => {
    const before = rig.copy("Service", "web").spec;
    const after = await kubefedUpdates(services, service, ({ spec }) => ({
      spec: { ...service.spec, clusterIP: spec.clusterIP, clusterIPs: spec.clusterIPs, ports: spec.ports },
    }));
    assert.deepEqual(after.spec, before);
  });
  it("gives way to fedns again, without a change of content", async () => {
    const before = rig.copy("Deployment", "web");
    rig.place("Deployment", "web", web("web:2"));
    rig.rig.start();
    await until(
      "it is ours",
      () => rig.copy("Deployment", "web").metadata.labels["fedns.io/owner"] === "test",
    );
    await rig.isInSync("Deployment", "web");
    await rig.isInSync("Service", "web");
    const after = rig.copy("Deployment", "web");
    assert.equal(after.metadata.generation, before.metadata.generation);
    assert.deepEqual(after.spec, before.spec);
    const managers = after.metadata.managedFields.map(({ manager }: any) => manager);
    assert.equal(managers.includes("controller-manager"), false);
  });
  it("leaves nothing behind that would keep a field which the template gives up", async () => {
    const { tier: _, ...labels } = web("web:2").metadata.labels;
    rig.place("Deployment", "web", { ...web("web:2"), metadata: { labels } });
    await until("the label is gone", () => !("tier" in rig.copy("Deployment", "web").metadata.labels));
  });
});

describe("a copy that more than ten writers have written", () => {
  const scope = suiteScope();
  it("is taken over from the entry of the oldest of them, so that what the template gives up goes", async () => {
    const rig = await CopyRig.start(scope, ["m1"], { isRunning: false });
    const path = "/api/v1/namespaces/shop/configmaps";
    const metadata = { name: "settings", labels: MANAGED };
    const { code } = await rig.client.call(path, {
      method: "POST",
      body: { apiVersion: "v1", kind: "ConfigMap", metadata, data: { a: "1", b: "2", c: "3" } },
      headers: KUBEFED,
    });
    assert.equal(code, 201);
    for (let writer = 1; writer <= 11; writer += 1)
      await rig.client.call(`${path}/settings`, {
        method: "PATCH",
        body: { data: { [`own-${writer}`]: "x" } },
        type: "application/merge-patch+json",
        headers: { "user-agent": `writer-${writer}/1` },
      });
    const old = rig.copy("ConfigMap", "settings");
    const isOld = ({ manager }: any): boolean => manager === "ancient-changes";
    assert.equal(old.metadata.managedFields.some(isOld), true);
    assert.equal(
      old.metadata.managedFields.some(({ manager }: any) => manager === "controller-manager"),
      false,
    );
    rig.rig.start();
    rig.place("ConfigMap", "settings", { data: { a: "1", b: "2" } });
    await rig.isInSync("ConfigMap", "settings");
    assert.deepEqual(rig.copy("ConfigMap", "settings").data, old.data);
    rig.place("ConfigMap", "settings", { data: { a: "1" } });
    await until("the key is gone", () => !("b" in rig.copy("ConfigMap", "settings").data));
    const { data } = rig.copy("ConfigMap", "settings");
    assert.deepEqual([data.a, data.c, data["own-1"], data["own-11"]], ["1", "3", "x", "x"]);
    await rig.isInSync("ConfigMap", "settings");
    await rig.restartWithoutWrites();
  });
});
