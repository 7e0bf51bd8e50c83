/** A copy that Services lead to goes when no client is led to it any more, and not before. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { until } from "../support/until.ts";
import { deployment, only, ServedApps } from "./drain/served-apps.ts";

describe("a copy that Services lead to", () => {
  const at = new ServedApps();

  it("waits until it is proved, and its Services are lifted when it is gone", async () => {
    await at.isServed();
    at.says("leaving", { cachedUntil: "2026-01-01T00:00:30.000Z" });
    at.moves();
    await at.rig.hasStatus("Deployment", at.app, "WaitingForDrain");
    await until(
      "it is said",
      () => at.rig.report("Deployment", at.app).message?.includes("00:00:30") === true,
    );
    assert.equal(
      at.rig.report("Deployment", at.app).message,
      `shop/${at.app} gets no new clients there, and caches may lead clients there until 2026-01-01T00:00:30.000Z`,
    );
    assert.deepEqual(at.answers.asks, [
      {
        cluster: "m1",
        service: `shop/${at.app}`,
        phase: "leaving",
        isForced: false,
        alsoLeaving: [],
        by: `propagate: FederatedDeployment shop/${at.app}`,
      },
    ]);
    assert.notEqual(at.rig.copy("Deployment", at.app), null);
    at.says("proved");
    await at.isGone();
    await until(
      "it is lifted",
      () => at.answers.asks.length === 0 || at.answers.phaseOf("m1", `shop/${at.app}`) === "gone",
    );
    const { exchanges } = at.answers;
    await at.rig.settled();
    assert.ok(at.answers.exchanges - exchanges <= 1, "nothing is asked any more");
  });
  it("stays when the placement comes back, and its Services get clients again", async () => {
    await at.isServed();
    at.moves();
    await at.rig.hasStatus("Deployment", at.app, "WaitingForDrain");
    at.rig.place("Deployment", at.app, deployment(at.app));
    await at.rig.hasStatus("Deployment", at.app, "");
    await until("it is told", () => at.answers.all.has(`staying m1 shop/${at.app}`));
    const { uid } = at.rig.copy("Deployment", at.app).metadata;
    at.says("proved");
    await at.rig.settled();
    assert.equal(at.rig.copy("Deployment", at.app).metadata.uid, uid);
  });
  it("goes at once where nothing else could answer, nor is to: its object is deleted", async () => {
    await at.isServed();
    at.answers.otherwise = { kind: "last" };
    at.rig.rig.host.objects.delete({
      apiVersion: "types.kubefed.io/v1beta1",
      kind: "FederatedDeployment",
      namespace: "shop",
      name: at.app,
    });
    await at.isGone("m1");
    await at.isGone("m2");
    assert.deepEqual(at.asked().toSorted(), [`leaving m1 shop/${at.app}`, `leaving m2 shop/${at.app}`]);
  });
  it("waits for the other cluster where that is to answer", async () => {
    await at.isServed();
    at.says("last");
    at.moves();
    await until(
      "it is said",
      () => at.rig.report("Deployment", at.app).message?.includes("no other") === true,
    );
    assert.equal(
      at.rig.report("Deployment", at.app).message,
      `no other cluster can answer for shop/${at.app} yet`,
    );
    at.says("proved");
    await at.isGone();
  });
  it("goes at once where its object says so", async () => {
    await at.isServed({ "fedns.io/drain-before-delete": "false" });
    at.moves({ "fedns.io/drain-before-delete": "false" });
    await at.isGone();
    assert.deepEqual(at.asked(), []);
  });
  it("is drained in the last cluster as well where its object says so", async () => {
    await at.isServed();
    at.moves({ "fedns.io/drain-before-delete": "always" });
    await until("it is asked", () => at.answers.phaseOf("m1", `shop/${at.app}`) === "leaving");
    assert.equal(at.answers.asks.find(({ service }) => service === `shop/${at.app}`)?.isForced, true);
    at.says("proved");
    await at.isGone();
  });
  it("goes at once where another workload still answers for them", async () => {
    await at.isServed();
    at.put("m1", {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { namespace: "shop", name: `beside-${at.app}` },
      spec: {
        replicas: 1,
        selector: { matchLabels: { app: at.app, side: "b" } },
        template: {
          metadata: { labels: { app: at.app, side: "b" } },
          spec: { containers: [{ name: "web", image: "web:1" }] },
        },
      },
    });
    // The selectors of both workloads must not overlap.
    at.rig.place("Deployment", `own-${at.app}`, {
      spec: {
        selector: { matchLabels: { app: at.app, side: "a" } },
        template: {
          metadata: { labels: { app: at.app, side: "a" } },
          spec: { containers: [{ name: "web", image: "web:1" }] },
        },
      },
    });
    await at.rig.hasStatus("Deployment", `own-${at.app}`, "");
    await at.rig.rig.members.get("m1")?.settled();
    at.rig.place("Deployment", `own-${at.app}`, {}, only("m2"));
    await until("it is gone", () => at.rig.copy("Deployment", `own-${at.app}`) === null);
    assert.deepEqual(at.asked(), []);
  });
  it("goes at once where no Service leads to it", async () => {
    at.rig.place("Deployment", at.app, deployment(at.app));
    await at.rig.hasStatus("Deployment", at.app, "");
    at.moves();
    await at.isGone();
    assert.deepEqual(at.asked(), []);
  });
  it("waits while those who answer do not reply", async () => {
    await at.isServed();
    at.answers.otherwise = null;
    at.moves();
    await at.rig.hasStatus("Deployment", at.app, "WaitingForDrain");
    assert.match(
      at.rig.report("Deployment", at.app).message,
      /^it is not known yet whether answers lead clients to/,
    );
    at.answers.otherwise = { kind: "proved" };
    await at.isGone();
  });
  it("goes on waiting when another process goes on", async () => {
    await at.isServed();
    at.moves();
    await at.rig.hasStatus("Deployment", at.app, "WaitingForDrain");
    at.rig.rig.restart();
    at.answers.all.clear();
    await until("it is asked again", () => at.answers.all.has(`leaving m1 shop/${at.app}`));
    assert.notEqual(at.rig.copy("Deployment", at.app), null);
    at.says("proved");
    await at.isGone();
  });
});
