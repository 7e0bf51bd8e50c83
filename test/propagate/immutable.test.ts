/** Fields that cannot be changed: what is to be done is said, or the copy is made again where its object allows that. */
import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import { suiteScope } from "../support/programs.ts";
import { until } from "../support/until.ts";
import { CopyRig } from "./copy-rig.ts";
import { typeOf } from "./rig.ts";

const CLAIMS = typeOf({ kind: "PersistentVolumeClaim", plural: "persistentvolumeclaims" });
const JOBS = typeOf({ kind: "Job", plural: "jobs", group: "batch" });
const deployments = "/apis/apps/v1/namespaces/shop/deployments";
const RECREATE = { "fedns.io/recreate": "true" };

const labelled = (app: string): object => ({
  spec: {
    selector: { matchLabels: { app } },
    template: { metadata: { labels: { app } }, spec: { containers: [{ name: "web", image: "web:1" }] } },
  },
});
const claim = (storage: string): object => ({
  spec: {
    accessModes: ["ReadWriteOnce"],
    storageClassName: storage,
    resources: { requests: { storage: "1Gi" } },
  },
});

describe("a copy whose immutable field is to change", () => {
  const scope = suiteScope();
  let rig: CopyRig;
  before(async () => {
    rig = await CopyRig.start(scope, ["m1"], { types: [CLAIMS, JOBS] });
  });
  const appOf = (name: string): string => rig.copy("Deployment", name)?.spec.selector.matchLabels.app;

  it("stays, and its line says which field it is and what to do", async () => {
    rig.place("Deployment", "web", labelled("a"));
    await rig.isInSync("Deployment", "web");
    rig.place("Deployment", "web", labelled("b"));
    await rig.hasStatus("Deployment", "web", "UpdateFailed");
    const { message, code } = rig.report("Deployment", "web");
    assert.match(
      message,
      /^spec\.selector cannot be changed once the copy exists: .*fedns\.io\/recreate: "true"$/,
    );
    assert.equal(code, 422);
    assert.equal(appOf("web"), "a");
  });
  it("is not sent again when the copy's status changes", async () => {
    const { requests } = await rig.writesDuring(async () => {
      await rig.client.patch(`${deployments}/web/status`, { status: { observedGeneration: 9 } });
      await rig.sawChange("web");
    });
    assert.deepEqual(requests, []);
  });
  it("is made again once its object allows it", async () => {
    const { uid } = rig.copy("Deployment", "web").metadata;
    rig.place("Deployment", "web", labelled("b"), {}, RECREATE);
    await until("it is another one", () => appOf("web") === "b");
    assert.notEqual(rig.copy("Deployment", "web").metadata.uid, uid);
    await rig.isInSync("Deployment", "web");
  });
  it("is made again at once with a Job, whose template cannot be changed", async () => {
    const job = (image: string): object => ({
      spec: { template: { spec: { restartPolicy: "Never", containers: [{ name: "a", image }] } } },
    });
    rig.place("Job", "once", job("a:1"), {}, RECREATE);
    await rig.isInSync("Job", "once");
    rig.place("Job", "once", job("a:2"), {}, RECREATE);
    await until(
      "it is another one",
      () => rig.copy("Job", "once")?.spec.template.spec.containers[0].image === "a:2",
    );
    await rig.isInSync("Job", "once");
  });
  it("waits until finalizers let the old copy go", async () => {
    await rig.client.patch(`${deployments}/web`, { metadata: { finalizers: ["example.com/hold"] } });
    rig.place("Deployment", "web", labelled("c"), {}, RECREATE);
    await rig.hasStatus("Deployment", "web", "WaitingForRemoval");
    assert.equal(appOf("web"), "b");
    await rig.client.patch(`${deployments}/web`, { metadata: { finalizers: null } });
    await until("it is another one", () => appOf("web") === "c");
    await rig.isInSync("Deployment", "web");
  });
  it("stays when it was adopted, unless that is allowed too", async () => {
    const body = { apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "found" }, ...labelled("a") };
    assert.equal((await rig.client.create(deployments, body)).code, 201);
    rig.place("Deployment", "found", labelled("a"), {}, RECREATE);
    await rig.isInSync("Deployment", "found");
    rig.place("Deployment", "found", labelled("b"), {}, RECREATE);
    await rig.hasStatus("Deployment", "found", "UpdateFailed");
    assert.match(rig.report("Deployment", "found").message, /existed before it was adopted, .*"adopted"$/);
    rig.place("Deployment", "found", labelled("b"), {}, { "fedns.io/recreate": "adopted" });
    await until("it is another one", () => appOf("found") === "b");
    await rig.isInSync("Deployment", "found");
  });
  it("stays when it holds data, whatever is allowed", async () => {
    rig.place("PersistentVolumeClaim", "disk", claim("fast"), {}, { "fedns.io/recreate": "adopted" });
    await rig.isInSync("PersistentVolumeClaim", "disk");
    const { uid } = rig.copy("PersistentVolumeClaim", "disk").metadata;
    rig.place("PersistentVolumeClaim", "disk", claim("slow"), {}, { "fedns.io/recreate": "adopted" });
    await rig.hasStatus("PersistentVolumeClaim", "disk", "UpdateFailed");
    assert.match(
      rig.report("PersistentVolumeClaim", "disk").message,
      /never deletes a PersistentVolumeClaim/,
    );
    assert.equal(rig.copy("PersistentVolumeClaim", "disk").metadata.uid, uid);
  });
});
