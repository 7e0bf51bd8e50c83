/** The scenarios whose pain is in their length: cuts of ten minutes, hours of waiting, controllers that never stop; in simulated time. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { SYSTEM } from "../simulation/propagate/written-objects.ts";
import type { Member, Run } from "../simulation/propagate/run-state.ts";
import { openScene } from "../simulation/propagate/scene.ts";
import { federatedKindOf, pathOfFederated, typeOf } from "../simulation/propagate/types.ts";
import { UNLIMITED } from "../propagate/rig.ts";
import { web } from "./objects.ts";

const MERGE = "application/merge-patch+json";
const MINUTE_MS = 60_000;
const DEPLOYMENT = "/apis/apps/v1/namespaces/shop/deployments/web";
const CONFIG_MAP = "/api/v1/namespaces/shop/configmaps/settings";

class LongScene {
  readonly run: Run;

  private constructor(run: Run) {
    this.run = run;
  }

  /** Two members, the namespace shop in them, and one process. */
  static async open(deletionWaitMs = 60 * MINUTE_MS): Promise<LongScene> {
    const settings = { adoption: "always", limits: UNLIMITED, deletionWaitMs, isQuiet: true } as const;
    const scene = new LongScene(openScene(2, { members: 2, settings }));
    for (const name of [SYSTEM, "shop"])
      await scene.run.host.call("kubectl", "POST", "/api/v1/namespaces", { metadata: { name } });
    await scene.place("namespaces", "shop", {});
    scene.run.newInstance();
    await scene.pass(5_000);
    return scene;
  }

  async pass(ms: number): Promise<void> {
    await this.run.time.advance(ms);
    assert.equal(this.run.wrong, null);
  }

  async place(type: string, name: string, template: object): Promise<void> {
    const { status } = await this.run.host.call("kubectl", "POST", pathOfFederated(typeOf(type), "shop"), {
      apiVersion: "types.kubefed.io/v1beta1",
      kind: federatedKindOf(typeOf(type)),
      metadata: { namespace: "shop", name },
      spec: { template, placement: { clusters: [{ name: "m1" }, { name: "m2" }] } },
    });
    assert.equal(status, 201);
  }

  /** Null = there is none. */
  async inHost(method: string, type: string, name: string, change?: object): Promise<any> {
    const path = `${pathOfFederated(typeOf(type), "shop")}/${name}`;
    const { status, json } = await this.run.host.call("kubectl", method, path, change, MERGE);
    return status === 404 ? null : json;
  }

  /** Null = there is none. */
  async copy(member: string, path: string): Promise<any> {
    const { status, json } = await this.member(member).server.call("kubectl", "GET", path);
    return status === 404 ? null : json;
  }

  member(name: string): Member {
    return this.run.members.find((member) => member.name === name) as Member;
  }

  /** Nothing that is sent arrives, and no answer comes. */
  cut(name: string): void {
    const { server } = this.member(name);
    server.condition = "silent";
    server.cut();
  }

  mend(name: string): void {
    this.member(name).server.condition = "up";
  }
}

describe("at full length", () => {
  it("1 a member that is cut off for ten minutes keeps what it has, and gets one write when it is back", async () => {
    const scene = await LongScene.open();
    await scene.place("deployments.apps", "web", web(5));
    await scene.pass(5_000);
    const before = await scene.copy("m1", DEPLOYMENT);
    scene.cut("m1");
    await scene.pass(5 * MINUTE_MS);
    await scene.inHost("PATCH", "deployments.apps", "web", { spec: { template: { spec: { replicas: 7 } } } });
    await scene.pass(MINUTE_MS);
    await scene.inHost("PATCH", "deployments.apps", "web", {
      spec: { template: { spec: { replicas: 10 } } },
    });
    await scene.pass(4 * MINUTE_MS);
    assert.equal((await scene.copy("m1", DEPLOYMENT)).spec.replicas, 5);
    assert.equal((await scene.copy("m2", DEPLOYMENT)).spec.replicas, 10);
    scene.mend("m1");
    await scene.pass(2 * MINUTE_MS);
    const { metadata, spec } = await scene.copy("m1", DEPLOYMENT);
    assert.deepEqual([spec.replicas, metadata.uid], [10, before.metadata.uid]);
    assert.equal(metadata.generation, before.metadata.generation + 1);
  });

  it("6 a deletion waits the stated ten minutes for a dead member, and is carried out when it is back after an hour", async () => {
    const scene = await LongScene.open(10 * MINUTE_MS);
    await scene.place("deployments.apps", "web", web(5));
    await scene.pass(5_000);
    scene.cut("m1");
    await scene.pass(MINUTE_MS);
    await scene.inHost("DELETE", "deployments.apps", "web");
    await scene.pass(9 * MINUTE_MS);
    assert.equal(await scene.copy("m2", DEPLOYMENT), null);
    const line = (await scene.inHost("GET", "deployments.apps", "web")).status.clusters[0];
    assert.deepEqual([line.name, line.status], ["m1", "ClusterNotReady"]);
    await scene.pass(2 * MINUTE_MS);
    assert.equal(await scene.inHost("GET", "deployments.apps", "web"), null);
    await scene.pass(60 * MINUTE_MS);
    assert.notEqual(await scene.copy("m1", DEPLOYMENT), null);
    scene.mend("m1");
    await scene.pass(2 * MINUTE_MS);
    assert.equal(await scene.copy("m1", DEPLOYMENT), null);
  });

  it("12 who changes a field back each second for an hour is fought three times in ten minutes, and named", async () => {
    const scene = await LongScene.open();
    await scene.place("configmaps", "settings", { data: { a: "host" } });
    await scene.pass(5_000);
    const { server } = scene.member("m1");
    let insisted = 0;
    const body = {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: "settings" },
      data: { a: "member" },
    };
    for (let second = 0; second < 3_600; second++) {
      if ((await scene.copy("m1", CONFIG_MAP)).data.a === "host") {
        insisted += 1;
        await server.call(
          "insistent",
          "PATCH",
          `${CONFIG_MAP}?fieldManager=insistent&force=true`,
          body,
          "application/apply-patch+yaml",
        );
      }
      await scene.pass(1_000);
    }
    // The host has its way again at most three times in ten minutes, and once more when it is first seen.
    assert.ok(insisted > 3 && insisted <= 6 * 3 + 3, `${insisted} times`);
    const [line] = (await scene.inHost("GET", "configmaps", "settings")).status.clusters;
    assert.equal(line.status, "Contested");
    assert.equal((await scene.copy("m2", CONFIG_MAP)).data.a, "host");
  });
});
