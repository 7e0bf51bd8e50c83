/** A FederatedTypeConfig that takes its copies along: what goes, what stays, and what holds it. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { suiteScope } from "../../support/programs.ts";
import { until } from "../../support/until.ts";
import { PlaneRig } from "./plane-rig.ts";
import { inLong } from "../../suite/scale.ts";

const DELETE = { "fedns.io/copies-on-deletion": "delete" };
const isGone = (rig: PlaneRig): boolean => rig.typeConfig("configmaps") === null;

describe("a FederatedTypeConfig that is deleted with its copies", () => {
  const scope = suiteScope();

  it("goes after its copies, but for those that were adopted or are to stay; federated objects live on", async () => {
    const rig = await PlaneRig.open(scope, { members: ["m1", "m2"] });
    rig.members.get("m1")?.objects.put({
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { namespace: "shop", name: "found" },
    });
    rig.start();
    await rig.place("one", "two", "found");
    rig.put("ConfigMap", "stays", {}, { "kubefed.io/orphan": "true" });
    await until("all are there", () => ["m1", "m2"].every((member) => rig.copy("stays", member) !== null));
    rig.patchType("configmaps", { metadata: { annotations: DELETE } });
    rig.deleteType("configmaps");
    await until("it is gone", () => isGone(rig));
    for (const member of ["m1", "m2"])
      assert.deepEqual([rig.copy("one", member), rig.copy("two", member)], [null, null]);
    assert.equal(rig.copy("found", "m2"), null);
    for (const copy of [rig.copy("found"), rig.copy("stays"), rig.copy("stays", "m2")])
      assert.equal(copy.metadata.labels?.["fedns.io/owner"], undefined);
    for (const name of ["one", "two", "found", "stays"])
      assert.ok(rig.inHost("ConfigMap", name) !== null && !rig.isHeld("ConfigMap", name));
  });

  it("leaves the copies when its propagation is Disabled", inLong, async () => {
    const rig = await PlaneRig.open(scope);
    rig.start();
    await rig.place("one");
    rig.patchType("configmaps", {
      metadata: { annotations: DELETE },
      spec: { propagation: "Disabled" },
    });
    rig.deleteType("configmaps");
    await until("it is gone", () => isGone(rig));
    assert.equal(rig.copy("one").metadata.labels["fedns.io/owner"], "test");
    assert.ok(!rig.isHeld("ConfigMap", "one"));
  });

  it("leaves the copies, and says so at once, when the annotation is neither word", inLong, async () => {
    const rig = await PlaneRig.open(scope);
    rig.start();
    await rig.place("one");
    rig.patchType("configmaps", { metadata: { annotations: { "fedns.io/copies-on-deletion": "Delete" } } });
    await until("it is told", () =>
      rig
        .events("FederatedTypeConfig")
        .some((event) => /^InvalidAnnotation: .* must be "orphan" .* not "Delete"/.test(event)),
    );
    rig.deleteType("configmaps");
    await until("it is gone", () => isGone(rig));
    assert.equal(rig.copy("one").metadata.labels["fedns.io/owner"], "test");
  });

  it(
    "waits for a person when it would take too many objects along, and goes when they resume or leave the copies",
    inLong,
    async () => {
      const propagation = { lossPercent: 30, lossObjects: 3 };
      const rig = await PlaneRig.open(scope, { propagation });
      rig.start();
      await rig.place("one", "two", "three", "four");
      rig.patchType("configmaps", { metadata: { annotations: DELETE } });
      rig.deleteType("configmaps");
      await until("changes are paused", () => rig.status?.pause !== null);
      await until("it says what it waits for", () =>
        rig.events("FederatedTypeConfig").some((event) => event.startsWith("DeletionWaits: ")),
      );
      assert.notEqual(rig.copy("one"), null);
      rig.patchType("configmaps", { metadata: { annotations: { "fedns.io/copies-on-deletion": "orphan" } } });
      await until("it is gone", () => isGone(rig));
      assert.equal(rig.copy("one").metadata.labels["fedns.io/owner"], "test");
    },
  );
});

describe("a FederatedTypeConfig that is deleted with its copies while a member does not answer", () => {
  const scope = suiteScope();

  it(
    "goes after the stated time; the journal has the copies deleted when the member is back, although the type is gone",
    inLong,
    async () => {
      const rig = await PlaneRig.open(scope, { members: ["m1", "m2"], deletionWaitSeconds: 1 });
      rig.start();
      await rig.place("one", "two");
      await rig.wires.get("m2")?.refuse();
      await until("it is not seen", () =>
        Boolean(rig.status?.members.some(({ views }) => views["configmaps"] === "not-seen")),
      );
      rig.patchType("configmaps", { metadata: { annotations: DELETE } });
      rig.deleteType("configmaps");
      await until("it is gone", () => isGone(rig));
      assert.equal(rig.copy("one"), null);
      assert.notEqual(rig.copy("one", "m2"), null);
      assert.deepEqual(
        rig.journal.map(({ cluster, key, target }) => `${cluster} ${key} ${target.kind}`).sort(),
        ["m2 shop/one ConfigMap", "m2 shop/two ConfigMap"],
      );
      await rig.stop();
      await rig.wires.get("m2")?.mend();
      rig.start();
      await until(
        "its copies are deleted",
        () => rig.copy("one", "m2") === null && rig.copy("two", "m2") === null,
      );
      await until("the journal is empty", () => rig.journal.length === 0);
      await until("nothing is watched for it any more", () =>
        Boolean(rig.status?.types.every(({ name }) => name !== "configmaps")),
      );
      assert.notEqual(rig.inHost("ConfigMap", "one"), null);
    },
  );
});
