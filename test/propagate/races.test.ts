/** Two things at the same time, which real servers would show once in a while: here their order is chosen. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Adoption } from "../../src/propagate/apply/decide.ts";
import type { BrakeLimits } from "../../src/propagate/brake/brake.ts";
import { SYSTEM } from "../simulation/propagate/written-objects.ts";
import { resume } from "../simulation/propagate/people.ts";
import type { Run } from "../simulation/propagate/run-state.ts";
import { openScene } from "../simulation/propagate/scene.ts";
import { pathOfFederated, typeOf } from "../simulation/propagate/types.ts";
import { UNLIMITED } from "./rig.ts";

const MERGE = "application/merge-patch+json";
const CONFIG_MAPS = "/api/v1/namespaces/shop/configmaps";
const DEPLOYMENTS = "/apis/apps/v1/namespaces/shop/deployments";
const web = {
  replicas: 9,
  selector: { matchLabels: { app: "web" } },
  template: {
    metadata: { labels: { app: "web" } },
    spec: { containers: [{ name: "web", image: "web:1" }] },
  },
};

class Scene {
  readonly run: Run;

  private constructor(run: Run) {
    this.run = run;
  }

  /** One member, the namespace shop in it, and one process. */
  static async open(
    settings: { adoption?: Adoption; limits?: BrakeLimits; deletionWaitMs?: number } = {},
  ): Promise<Scene> {
    const all = { adoption: "always", limits: UNLIMITED, deletionWaitMs: 3_600_000, isQuiet: true } as const;
    const scene = new Scene(openScene(3, { members: 1, settings: { ...all, ...settings } }));
    for (const name of [SYSTEM, "shop"])
      await scene.run.host.call("kubectl", "POST", "/api/v1/namespaces", { metadata: { name } });
    await scene.put("namespaces", "shop", { template: {} });
    scene.run.newInstance();
    await scene.pass(5_000);
    return scene;
  }

  get server(): Run["host"] {
    return (this.run.members[0] as Run["members"][number]).server;
  }

  async pass(ms: number): Promise<void> {
    await this.run.time.advance(ms);
    assert.equal(this.run.wrong, null);
  }

  async put(type: string, name: string, spec: object): Promise<void> {
    const kinds: Record<string, string> = {
      namespaces: "FederatedNamespace",
      configmaps: "FederatedConfigMap",
      "deployments.apps": "FederatedDeployment",
    };
    const { status } = await this.run.host.call("kubectl", "POST", pathOfFederated(typeOf(type), "shop"), {
      apiVersion: "types.kubefed.io/v1beta1",
      kind: kinds[type],
      metadata: { namespace: "shop", name },
      spec: { placement: { clusterSelector: {} }, ...spec },
    });
    assert.equal(status, 201);
  }

  async inHost(method: string, type: string, name: string, change?: object): Promise<any> {
    const path = `${pathOfFederated(typeOf(type), "shop")}/${name}`;
    const { status, json } = await this.run.host.call("kubectl", method, path, change, MERGE);
    return status === 404 ? null : json;
  }

  async copy(path: string): Promise<any> {
    const { status, json } = await this.server.call("kubectl", "GET", path);
    return status === 404 ? null : json;
  }

  async patch(path: string, change: object): Promise<void> {
    const { status } = await this.server.call("kubectl", "PATCH", path, change, MERGE);
    assert.equal(status, 200);
  }
}

describe("a federated object that is deleted", () => {
  it("takes a copy along that is being made at this moment", async () => {
    const scene = await Scene.open();
    await scene.put("configmaps", "late", { template: { data: { a: "1" } } });
    // The finalizer is written within 150 ms; the create takes its time.
    scene.server.slowMs = 4_000;
    await scene.pass(200);
    assert.equal(await scene.copy(`${CONFIG_MAPS}/late`), null);
    await scene.inHost("DELETE", "configmaps", "late");
    await scene.pass(300);
    scene.server.slowMs = 0;
    await scene.pass(60_000);
    assert.equal(await scene.inHost("GET", "configmaps", "late"), null);
    assert.equal(await scene.copy(`${CONFIG_MAPS}/late`), null);
  });

  /** `looksMs`: when all copies are looked at; null = never. Returns when its deletion was written into the journal. */
  async function journaled(looksMs: number | null): Promise<number> {
    const scene = await Scene.open({ deletionWaitMs: 20_000 });
    await scene.put("configmaps", "far", { template: { data: { a: "1" } } });
    await scene.pass(3_000);
    scene.server.condition = "silent";
    scene.server.cut();
    await scene.pass(30_000);
    await scene.inHost("DELETE", "configmaps", "far");
    let journalMs = 0;
    scene.run.host.objects.subscribe(({ kind, object }) => {
      if (kind === "ADDED" && object.metadata.name.startsWith("fedns-journal"))
        journalMs = scene.run.time.nowMs;
    });
    if (looksMs !== null) await scene.pass(looksMs - scene.run.time.nowMs);
    if (looksMs !== null) scene.run.instances[0]?.propagator?.engine.resync();
    await scene.pass(60_000);
    assert.equal(await scene.inHost("GET", "configmaps", "far"), null);
    scene.server.condition = "up";
    await scene.pass(60_000);
    assert.equal(await scene.copy(`${CONFIG_MAPS}/far`), null);
    return journalMs;
  }

  it("stays in the journal when copies are looked at between the journal and its end", async () => {
    const journalMs = await journaled(null);
    for (const offsetMs of [0, 3, 6, 9, 12, 15, 18, 21]) await journaled(journalMs + offsetMs);
  });

  it("takes a copy along whose making was not answered", async () => {
    const scene = await Scene.open();
    await scene.put("configmaps", "lost", { template: { data: { a: "1" } } });
    // The create arrives; its answer does not, and no watch shows the copy.
    scene.server.lagMs = 60_000;
    scene.server.faults.choose = ({ request }) =>
      request.method === "PATCH" ? { kind: "cut", isExecuted: true } : undefined;
    await scene.pass(200);
    assert.notEqual(await scene.copy(`${CONFIG_MAPS}/lost`), null);
    await scene.inHost("DELETE", "configmaps", "lost");
    await scene.pass(60_000);
    assert.equal(await scene.inHost("GET", "configmaps", "lost"), null);
    assert.equal(await scene.copy(`${CONFIG_MAPS}/lost`), null);
  });

  it("leaves no entry in the journal for a copy that was never made", async () => {
    const scene = await Scene.open({ deletionWaitMs: 20_000 });
    await scene.put("configmaps", "none", { template: { data: { a: "1" } } });
    // The create does not arrive.
    scene.server.condition = "silent";
    await scene.pass(200);
    await scene.inHost("DELETE", "configmaps", "none");
    scene.server.cut();
    await scene.pass(90_000);
    assert.equal(await scene.inHost("GET", "configmaps", "none"), null);
    assert.equal(scene.run.instances[0]?.propagator?.journalSize, 1);
    scene.server.condition = "up";
    await scene.pass(60_000);
    assert.equal(scene.run.instances[0]?.propagator?.journalSize, 0);
  });

  it("is remembered while changes are paused, and its copy goes when they are resumed", async () => {
    const limits = { ...UNLIMITED, loss: { percent: 10, objects: 2 } };
    const scene = await Scene.open({ limits, deletionWaitMs: 20_000 });
    for (const name of ["one", "two"])
      await scene.put("configmaps", name, { template: { data: { a: "1" } } });
    await scene.pass(3_000);
    scene.server.condition = "silent";
    scene.server.cut();
    await scene.pass(30_000);
    for (const name of ["one", "two"]) await scene.inHost("DELETE", "configmaps", name);
    await scene.pass(60_000);
    assert.equal(await scene.inHost("GET", "configmaps", "one"), null);
    scene.server.condition = "up";
    await scene.pass(60_000);
    assert.notEqual(await scene.copy(`${CONFIG_MAPS}/one`), null);
    await resume(scene.run);
    await scene.pass(60_000);
    assert.equal(await scene.copy(`${CONFIG_MAPS}/one`), null);
  });
});

describe("a copy", () => {
  it("whose member opts out at the moment of a change is left alone", async () => {
    const scene = await Scene.open();
    await scene.put("configmaps", "own", { template: { data: { a: "1" } } });
    await scene.pass(3_000);
    scene.server.lagMs = 10_000;
    await scene.patch(`${CONFIG_MAPS}/own`, { metadata: { labels: { "kubefed.io/managed": "false" } } });
    await scene.inHost("PATCH", "configmaps", "own", { spec: { template: { data: { a: "2" } } } });
    await scene.pass(60_000);
    const { metadata, data } = await scene.copy(`${CONFIG_MAPS}/own`);
    assert.equal(metadata.labels["kubefed.io/managed"], "false");
    assert.deepEqual(data, { a: "1" });
  });

  it("keeps its replicas when somebody takes its labels away", async () => {
    const scene = await Scene.open();
    await scene.put("deployments.apps", "web", { template: { spec: web }, retainReplicas: true });
    await scene.pass(3_000);
    const labels = { "kubefed.io/managed": null, "fedns.io/owner": null };
    await scene.patch(`${DEPLOYMENTS}/web`, { metadata: { labels } });
    await scene.pass(60_000);
    const { metadata, spec } = await scene.copy(`${DEPLOYMENTS}/web`);
    assert.equal(metadata.labels["fedns.io/owner"], "test");
    assert.equal(spec.replicas, 9);
  });

  it("is made again when its member goes back to a time before it, and no watch has shown it", async () => {
    const scene = await Scene.open();
    const version = scene.server.backup();
    scene.server.lagMs = 60_000;
    await scene.put("configmaps", "young", { template: { data: { a: "1" } } });
    await scene.pass(3_000);
    assert.notEqual(await scene.copy(`${CONFIG_MAPS}/young`), null);
    scene.server.lagMs = 0;
    scene.server.restore(version);
    assert.equal(await scene.copy(`${CONFIG_MAPS}/young`), null);
    await scene.pass(60_000);
    assert.notEqual(await scene.copy(`${CONFIG_MAPS}/young`), null);
  });

  it("is made when a stranger of its name has gone", async () => {
    const scene = await Scene.open({ adoption: "never" });
    const stranger = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "taken", namespace: "shop" } };
    await scene.server.call("kubectl", "POST", CONFIG_MAPS, stranger);
    await scene.put("configmaps", "taken", { template: { data: { a: "1" } } });
    await scene.pass(10_000);
    const { status } = await scene.inHost("GET", "configmaps", "taken");
    assert.equal(status.clusters[0].status, "AlreadyExists");
    await scene.server.call("kubectl", "DELETE", `${CONFIG_MAPS}/taken`);
    await scene.pass(90_000);
    assert.deepEqual((await scene.copy(`${CONFIG_MAPS}/taken`)).data, { a: "1" });
  });
});
