/** Members without server-side apply are served all the same: by whole objects, in which what is theirs stays. */
import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import type { Transport } from "../../src/fleet/kube/transport.ts";
import { freePermit } from "../../src/fleet/kube/write-permit.ts";
import { adopt, create, update } from "../../src/propagate/apply/carry-out.ts";
import { suiteScope } from "../support/programs.ts";
import { until } from "../support/until.ts";
import { CopyRig, MANAGED } from "./copy-rig.ts";

const env = (name: string, value: string): object => ({ name, value });
const deployment = (container: object, more: object = {}): object => ({
  spec: {
    replicas: 2,
    selector: { matchLabels: { app: "web" } },
    template: {
      metadata: { labels: { app: "web" } },
      spec: { containers: [{ name: "web", image: "web:1", ...container }] },
    },
    ...more,
  },
});
const PATH = "/apis/apps/v1/namespaces/shop/deployments";

describe("a member without server-side apply", () => {
  const scope = suiteScope();
  let rig: CopyRig;
  const spec = (name = "web"): any => rig.copy("Deployment", name).spec;
  const container = (name = "web"): any => spec(name).template.spec.containers[0];
  before(async () => {
    rig = await CopyRig.start(scope, ["m1"], { servers: { hasApply: false } });
  });

  it("gets a copy, which is known by its labels", async () => {
    rig.place("Deployment", "web", deployment({ env: [env("A", "1"), env("B", "2")] }));
    await rig.isInSync("Deployment", "web");
    const { metadata } = rig.copy("Deployment", "web");
    assert.equal(metadata.managedFields, undefined);
    assert.equal(metadata.labels["fedns.io/owner"], "test");
    assert.deepEqual([spec().replicas, container().image], [2, "web:1"]);
  });
  it("keeps what the host does not set, and loses what the template gives up", async () => {
    const sidecar = { name: "mesh", image: "mesh:1" };
    const containers = [{ ...container(), env: [...container().env, env("MINE", "3")] }, sidecar];
    const annotations = { "example.com/note": "mine" };
    await rig.client.patch(`${PATH}/web`, {
      metadata: { annotations },
      spec: { minReadySeconds: 7, template: { spec: { containers } } },
    });
    rig.place("Deployment", "web", deployment({ image: "web:2", env: [env("A", "1")] }));
    await until("the new image is there", () => container().image === "web:2");
    await rig.isInSync("Deployment", "web");
    assert.deepEqual(container().env, [env("A", "1"), env("MINE", "3")]);
    assert.equal(spec().template.spec.containers[1].name, "mesh");
    assert.equal(spec().minReadySeconds, 7);
    assert.equal(rig.copy("Deployment", "web").metadata.annotations["example.com/note"], "mine");
  });
  it("keeps the replicas of an autoscaler", async () => {
    const { replicas: _, ...rest } = (deployment({ image: "web:2" }) as any).spec;
    rig.place("Deployment", "web", deployment({ image: "web:2" }), { retainReplicas: true });
    await rig.isInSync("Deployment", "web");
    await rig.client.patch(`${PATH}/web`, { spec: { replicas: 9 } });
    rig.place("Deployment", "web", { spec: rest }, { retainReplicas: true });
    await rig.isInSync("Deployment", "web");
    rig.place("Deployment", "web", deployment({ image: "web:3" }), { retainReplicas: true });
    await until("the new image is there", () => container().image === "web:3");
    assert.equal(spec().replicas, 9);
  });
  it("gets no write for changes that are not of our fields, nor after a restart", async () => {
    await rig.settled();
    const { requests } = await rig.writesDuring(async () => {
      await rig.client.patch(`${PATH}/web`, { spec: { minReadySeconds: 8 } });
      await rig.client.patch(`${PATH}/web/status`, { status: { observedGeneration: 1 } });
      await rig.sawChange("web");
    });
    assert.deepEqual(requests, ["PATCH deployments"], "the one of the person");
    await rig.restartWithoutWrites();
  });
  it("has what KubeFed made taken over without a change, and what is the member's adopted", async () => {
    for (const [name, labels] of [
      ["kubefed", MANAGED],
      ["stranger", {}],
    ] as const) {
      const body = { ...(deployment({}, { minReadySeconds: 5 }) as object), metadata: { name, labels } };
      await rig.client.create(PATH, { apiVersion: "apps/v1", kind: "Deployment", ...body });
      rig.place("Deployment", name, deployment({}));
      await rig.isInSync("Deployment", name);
      const { metadata } = rig.copy("Deployment", name);
      assert.equal(metadata.labels["fedns.io/owner"], "test");
      assert.equal(metadata.labels["fedns.io/adopted"], name === "stranger" ? "true" : undefined);
      assert.equal(spec(name).minReadySeconds, 5);
    }
  });
  it("keeps the address of a Service", async () => {
    const ports = (targetPort: number): object => ({ spec: { ports: [{ port: 80, targetPort }] } });
    const services = await CopyRig.start(scope, ["m1"], {
      servers: { hasApply: false },
      types: [
        {
          name: "services",
          federated: { group: "types.kubefed.io", version: "v1beta1", plural: "federatedservices" },
          target: { group: "", version: "v1", plural: "services", kind: "Service", isNamespaced: true },
          collectsStatus: false,
        },
      ],
    });
    services.place("Service", "web", ports(8080));
    await services.isInSync("Service", "web");
    const { clusterIP } = services.copy("Service", "web").spec;
    services.place("Service", "web", ports(9090));
    await until("it is changed", () => services.copy("Service", "web").spec.ports[0].targetPort === 9090);
    assert.match(clusterIP, /^\d/);
    assert.equal(services.copy("Service", "web").spec.clusterIP, clusterIP);
    await services.restartWithoutWrites();
  });
  it("has a copy that another writer replaced judged anew", async () => {
    rig.place("ConfigMap", "settings", { data: { a: "1" } });
    await rig.isInSync("ConfigMap", "settings");
    const path = "/api/v1/namespaces/shop/configmaps/settings";
    await rig.client.patch(path, { metadata: { labels: { "kubefed.io/managed": "false" } } });
    await rig.hasStatus("ConfigMap", "settings", "ManagedLabelFalse");
    rig.place("ConfigMap", "settings", { data: { a: "2" } });
    await rig.settled();
    assert.equal(rig.copy("ConfigMap", "settings").data.a, "1");
  });
  it("has a copy that is let go keep everything but our marks", async () => {
    rig.place("ConfigMap", "kept", { data: { a: "1" } });
    await rig.isInSync("ConfigMap", "kept");
    const key = {
      apiVersion: "types.kubefed.io/v1beta1",
      kind: "FederatedConfigMap",
      namespace: "shop",
      name: "kept",
    };
    const { objects } = rig.rig.host;
    const before: any = objects.get(key);
    const annotations = { "kubefed.io/orphan": "true" };
    objects.put({ ...before, metadata: { ...before.metadata, annotations } });
    objects.delete(key);
    await until(
      "it is let go",
      () =>
        rig.copy("ConfigMap", "kept").metadata.labels === undefined ||
        !("fedns.io/owner" in rig.copy("ConfigMap", "kept").metadata.labels),
    );
    const { metadata, data } = rig.copy("ConfigMap", "kept");
    assert.deepEqual(data, { a: "1" });
    assert.equal("fedns.io/fields" in (metadata.annotations ?? {}), false);
  });
  it("gets nothing in a dry run, whose result is what would be there", async () => {
    const resource = { group: "apps", version: "v1", plural: "deployments" };
    const request = (name: string) => ({
      transport: rig.rig.transports.get("m1") as Transport,
      key: { resource, namespace: "shop", name },
      permit: freePermit(10),
      signal: new AbortController().signal,
      manager: "fedns",
      isDryRun: true,
    });
    const { uid } = rig.copy("Deployment", "kubefed").metadata;
    const labels = { "fedns.io/owner": "test" };
    const spec = deployment({ image: "web:9" });
    const body = { apiVersion: "apps/v1", kind: "Deployment", metadata: { labels }, ...spec };
    const contests = { contested: () => [], taken: () => undefined };
    const images: unknown[] = [];
    const { requests } = await rig.writesDuring(async () => {
      for (const outcome of [
        await create(request("new"), body),
        await update(request("kubefed"), body, { uid, contests }),
        await adopt(request("kubefed"), body, { onlyWithoutChange: false, contests }),
      ]) {
        const object = outcome.copy as any;
        images.push([object.spec.template.spec.containers[0].image, object.spec.minReadySeconds]);
      }
    });
    assert.deepEqual(images, [
      ["web:9", undefined],
      ["web:9", 5],
      ["web:9", 5],
    ]);
    assert.deepEqual(new Set(requests), new Set(["PATCH deployments"]), "the applies that are refused");
    assert.equal(rig.copy("Deployment", "new"), null);
    assert.equal(container("kubefed").image, "web:1");
  });
  it("has our values put back, three times in ten minutes from those who insist", async () => {
    const spoil = (): Promise<unknown> => {
      const containers = [{ ...container(), image: "other:1" }];
      return rig.client.patch(`${PATH}/web`, { spec: { template: { spec: { containers } } } });
    };
    for (let times = 1; times <= 3; times += 1) {
      await spoil();
      await until("it is put back", () => container().image === "web:3");
      await rig.isInSync("Deployment", "web");
    }
    await spoil();
    await rig.hasStatus("Deployment", "web", "Contested");
    assert.match(rig.report("Deployment", "web").message, /spec\.template\.spec\.containers\[0\]/);
  });
});
