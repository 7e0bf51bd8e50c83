/** A new version reaches the members in steps, goes back when it is not well, and goes on from where a killed process was. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { RolloutRecord } from "../../src/propagate/rollout/rollout-record.ts";
import { inLong } from "../suite/scale.ts";
import { until } from "../support/until.ts";
import { KIND, Releases, template } from "./rollout/releases.ts";

describe("a new version", () => {
  const at = new Releases();

  it("goes to the canary, pauses, and goes on when a person says so", async () => {
    await at.isReleased("canary=m2; pause=manual");
    at.release("web:2");
    await at.has("web:1", "web:2", "web:1");
    await at.isIn("it pauses", isPausing);
    await until("the host says so", () => at.condition?.reason === "Paused");
    assert.equal(at.condition?.status, "False");
    assert.equal(at.rig.report(KIND, at.app, "m1").status, "WaitingForRollout");
    assert.equal(
      at.rig.report(KIND, at.app, "m1").message,
      "it has the previous version: the new one is well in m2, and the pause is not over",
    );
    at.order("resume");
    await at.isDone("web:2");
    await until("the host says so", () => at.condition?.status === "True");
    assert.equal(at.object.metadata.annotations["fedns.io/rollout-order"], undefined);
    await at.rig.hasStatus(KIND, at.app, "", "m1");
  });
  it("goes on by itself when the pause is over", async () => {
    await at.isReleased("canary=m1; pause=15s; step=1");
    at.release("web:2");
    await at.isIn("it pauses", isPausing);
    assert.deepEqual(at.images, ["web:2", "web:1", "web:1"]);
    at.clock.advance(16_000);
    await at.isDone("web:2");
  });
  it("goes back where the canary refuses it, and a corrected one begins anew", async () => {
    await at.isReleased("canary=m1; pause=0s");
    at.patch({ spec: { template: { spec: { template: { spec: { containers: [] } } } } } });
    await at.isIn("it has failed", ({ phase }) => phase === "failed");
    await at.has("web:1", "web:1", "web:1");
    assert.equal(at.record?.failure?.cluster, "m1");
    assert.match(at.record?.failure?.reason ?? "", /^UpdateFailed/);
    await until("the host says so", () => at.condition?.reason === "Failed");
    assert.match(
      at.rig.report(KIND, at.app, "m3").message,
      /^it has the previous version: .* given up in m1/,
    );
    at.release("web:3");
    await at.isDone("web:3");
  });
  it("goes back where the canary is not rolled out in time", async () => {
    await at.isReleased("canary=m3; pause=0s; timeout=10s");
    at.patch({ spec: { template: { spec: { paused: true, ...imageOf(at, "web:2") } } } });
    await at.has("web:1", "web:1", "web:2");
    await until("it is watched", () => at.condition?.reason === "Progressing");
    at.clock.advance(11_000);
    await at.isIn("it has failed", ({ phase }) => phase === "failed");
    await at.has("web:1", "web:1", "web:1");
    assert.match(at.record?.failure?.reason ?? "", /spec\.paused/);
  });
  it("goes no further while clients are not served by the canary, and goes back when that lasts", async () => {
    await at.isReleased("canary=m1; pause=0s; timeout=10s");
    for (const member of ["m1", "m2", "m3"]) putService(at, member);
    await at.rig.rig.members.get("m1")?.settled();
    at.traffic.set("m1", "down");
    at.release("web:2");
    await until("it is asked", () => at.asks.some(({ service }) => service === `shop/${at.app}`));
    await at.isLookedAt();
    assert.deepEqual(at.images, ["web:2", "web:1", "web:1"]);
    at.clock.advance(11_000);
    await at.isIn("it has failed", ({ phase }) => phase === "failed");
    await at.has("web:1", "web:1", "web:1");
    assert.equal(
      at.record?.failure?.reason,
      `shop/${at.app}: none of its addresses is up, and it had its time`,
    );
  });
  it("stays where it is after a failure, if that is asked for", async () => {
    await at.isReleased("canary=m1; pause=0s; timeout=10s; on-failure=stop");
    at.patch({ spec: { template: { spec: { paused: true, ...imageOf(at, "web:2") } } } });
    await at.has("web:2", "web:1", "web:1");
    await until("it is watched", () => at.condition?.reason === "Progressing");
    at.clock.advance(11_000);
    await at.isIn("it has failed", ({ phase }) => phase === "failed");
    await at.isLookedAt();
    assert.deepEqual(at.images, ["web:2", "web:1", "web:1"]);
  });
  it("goes back by a person's word, and again to the canary by another one", async () => {
    await at.isReleased("canary=m1; pause=manual");
    at.release("web:2");
    await at.isIn("it pauses", isPausing);
    at.order("back");
    await at.isIn("it is given up", ({ phase }) => phase === "failed");
    await at.has("web:1", "web:1", "web:1");
    assert.equal(at.record?.failure?.reason, "a tester has asked for the previous version");
    at.order("restart");
    await at.has("web:2", "web:1", "web:1");
    at.order("resume");
    await at.isDone("web:2");
  });
  it("is another one meanwhile: the canary gets it, and back is the last one that was everywhere", async () => {
    await at.isReleased("canary=m1; pause=manual; step=1");
    at.release("web:2");
    await at.isIn("it pauses", isPausing);
    at.release("web:3");
    await at.has("web:3", "web:1", "web:1");
    at.order("back");
    await at.has("web:1", "web:1", "web:1");
    at.release("web:1");
    await at.isDone("web:1");
  });
  it("reaches all members at once where the first one is made, and numbers are no version", async () => {
    await at.isReleased("canary=m1; pause=manual");
    at.patch({ spec: { template: { spec: { replicas: 2 } } } });
    await until("all are scaled", () =>
      ["m1", "m2", "m3"].every((member) => at.rig.copy(KIND, at.app, member).spec.replicas === 2),
    );
    assert.equal(at.record?.phase, "done");
    at.release("web:2");
    await at.has("web:2", "web:1", "web:1");
    at.patch({ spec: { template: { spec: { replicas: 3 } } } });
    await until("all are scaled", () =>
      ["m1", "m2", "m3"].every((member) => at.rig.copy(KIND, at.app, member).spec.replicas === 3),
    );
    assert.deepEqual(at.images, ["web:2", "web:1", "web:1"]);
  });
  it("comes with the annotation: the canary is first, and the others keep what they have", async () => {
    at.rig.place(KIND, at.app, template(at.app, "web:1"));
    for (const member of ["m1", "m2", "m3"]) await at.rig.hasStatus(KIND, at.app, "", member);
    at.patch({
      metadata: { annotations: { "fedns.io/rollout": "canary=m2; pause=manual" } },
      spec: { template: template(at.app, "web:2") },
    });
    await at.has("web:1", "web:2", "web:1");
    assert.equal(at.record?.stable, null);
    at.order("back");
    await at.isIn("it is given up", ({ phase }) => phase === "failed");
    await at.isLookedAt();
    assert.deepEqual(at.images, ["web:1", "web:2", "web:1"], "there is nothing to go back to");
    at.order("restart");
    await at.isIn("it begins again", ({ phase }) => phase === "rolling");
    at.order("resume");
    await at.isDone("web:2");
  });
  it("waits for a person where the annotation cannot be read and never could be", async () => {
    await at.isReleased("canary=m1; pause=soon");
    await until("the host says so", () => at.condition?.reason === "InvalidRollout");
    at.release("web:2");
    await at.has("web:2", "web:1", "web:1");
    at.annotate({ "fedns.io/rollout": "canary=m1; pause=0s" });
    await at.isDone("web:2");
  });
  it("follows the last valid annotation where the one that is there cannot be read", async () => {
    await at.isReleased("canary=m3; pause=0s; step=1");
    at.annotate({ "fedns.io/rollout": "canary=m3; step=200%" });
    await until("the host says so", () => at.condition?.reason === "InvalidRollout");
    assert.equal(at.record?.policy, "canary=m3; pause=0s; step=1");
    at.release("web:2");
    await at.isDone("web:2");
  });
  it("reaches all members at once when the annotation goes, and nothing is kept", async () => {
    await at.isReleased("canary=m1; pause=manual");
    at.release("web:2");
    await at.has("web:2", "web:1", "web:1");
    at.annotate({ "fedns.io/rollout": null });
    await at.has("web:2", "web:2", "web:2");
    await until("nothing is kept", () => at.record === null);
    await until("nothing is said", () => at.condition === null);
    assert.equal(at.object.metadata.annotations?.["fedns.io/rollout-previous"], undefined);
  });
  it("does not reach a copy that was changed in its member: that goes back to the previous version", async () => {
    await at.isReleased("canary=m1; pause=manual");
    at.release("web:2");
    await at.has("web:2", "web:1", "web:1");
    const path = `/apis/apps/v1/namespaces/shop/deployments/${at.app}`;
    const generation = (): number => at.rig.copy(KIND, at.app, "m2").metadata.generation;
    const before = generation();
    await at.rig.rig.client("m2").patch(path, imagePatch("web:99"));
    await until("it was changed back", () => generation() >= before + 2 && at.imageIn("m2") === "web:1");
    assert.deepEqual(at.images, ["web:2", "web:1", "web:1"]);
  });
  it("has members that come and go meanwhile", async () => {
    const in12 = { placement: { clusters: [{ name: "m1" }, { name: "m2" }] } };
    at.place(in12, "canary=m1; pause=manual; step=1");
    await at.has("web:1", "web:1", null);
    await at.isIn("it is done", ({ phase }) => phase === "done");
    at.release("web:2");
    await at.isIn("it pauses", isPausing);
    at.patch({ spec: { placement: { clusters: [{ name: "m1" }, { name: "m2" }, { name: "m3" }] } } });
    await at.has("web:2", "web:1", "web:1");
    at.patch({ spec: { placement: { clusters: [{ name: "m2" }, { name: "m3" }] } } });
    await at.has(null, "web:2", "web:1");
    at.order("resume");
    await at.has(null, "web:2", "web:2");
    await at.isIn("it is done", ({ phase }) => phase === "done");
  });
  it("goes with the object", async () => {
    await at.isReleased("canary=m1; pause=manual");
    at.release("web:2");
    await at.isIn("it pauses", isPausing);
    at.remove();
    await at.has(null, null, null);
    await until("the object is gone", () => at.object == null);
    await at.isReleased("canary=m1; pause=manual");
  });
  it("begins anew where what was written down is lost", async () => {
    await at.isReleased("canary=m1; pause=manual");
    at.release("web:2");
    await at.isIn("it pauses", isPausing);
    at.place({}, "canary=m3; pause=manual", "web:2");
    await at.isIn("it pauses", (record) => isPausing(record) && record.on.includes("m3"));
    assert.deepEqual(at.images, ["web:2", "web:1", "web:2"], "the others keep what they have");
    at.order("resume");
    await at.isDone("web:2");
  });
  it("waits for a canary that is away until the deadline, and is given up then", inLong, async () => {
    await at.isReleased("canary=m1; pause=0s; timeout=10s");
    await at.rig.rig.wires.get("m1")?.refuse();
    await until("it is away", () => at.rig.report(KIND, at.app, "m1").status === "ClusterNotReady");
    at.release("web:2");
    await at.isIn("it begins", ({ phase }) => phase === "rolling");
    await until("it is watched", () => at.condition?.reason === "Progressing");
    at.clock.advance(11_000);
    await at.isIn("it is given up", ({ phase }) => phase === "failed");
    assert.equal(at.record?.failure?.reason, "the cluster does not answer, and it had its time");
    await at.rig.rig.wires.get("m1")?.mend();
    await at.rig.hasStatus(KIND, at.app, "WaitingForRollout", "m1");
    assert.deepEqual(at.images, ["web:1", "web:1", "web:1"]);
  });
  it(
    "passes over a member that is away until the deadline, which follows when it is back",
    inLong,
    async () => {
      await at.isReleased("canary=m1; pause=0s; timeout=10s; step=1");
      await at.rig.rig.wires.get("m2")?.refuse();
      await until("it is away", () => at.rig.report(KIND, at.app, "m2").status === "ClusterNotReady");
      at.release("web:2");
      await at.has("web:2", "web:1", "web:2");
      await at.isIn("it is its turn", ({ on }) => on.includes("m2"));
      await until("it is watched", () => at.condition?.reason === "Progressing");
      await at.isLookedAt();
      at.clock.advance(11_000);
      await at.isIn("it is done", ({ phase }) => phase === "done");
      await at.rig.rig.wires.get("m2")?.mend();
      await at.isDone("web:2");
    },
  );
});

function imageOf(at: Releases, image: string): object {
  return (template(at.app, image) as { readonly spec: object }).spec;
}

function imagePatch(image: string): object {
  return { spec: { template: { spec: { containers: [{ name: "web", image }] } } } };
}

function isPausing({ phase, state }: RolloutRecord): boolean {
  return phase === "rolling" && state === "well";
}

function putService(at: Releases, member: string): void {
  at.rig.rig.members.get(member)?.objects.put({
    apiVersion: "v1",
    kind: "Service",
    metadata: { namespace: "shop", name: at.app },
    spec: { selector: { app: at.app }, ports: [{ port: 80 }] },
  } as never);
}
