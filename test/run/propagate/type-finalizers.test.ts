/** A FederatedTypeConfig that is deleted as any object is: its objects can be deleted afterwards, and copies stay or go as it says. */
import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import { NAMESPACE } from "../../support/host-cluster.ts";
import { suiteScope } from "../../support/programs.ts";
import { until } from "../../support/until.ts";
import { PlaneRig } from "./plane-rig.ts";
import { inLong } from "../../suite/scale.ts";

const TYPE_FINALIZER = "core.kubefed.io/federated-type-config";

describe("a FederatedTypeConfig that is deleted", () => {
  const scope = suiteScope();
  let rig: PlaneRig;
  const isTypeHeld = (): boolean =>
    rig.typeConfig("configmaps")?.metadata.finalizers?.includes(TYPE_FINALIZER) === true;
  const isGone = (): boolean => rig.typeConfig("configmaps") === null;
  const staysInMember = (name: string): void =>
    assert.equal(rig.copy(name)?.metadata.labels["fedns.io/owner"], "test");

  before(async () => {
    rig = await PlaneRig.open(scope);
    rig.start();
  });

  it("has the finalizer of types while its objects have ours", async () => {
    await rig.place("first", "second");
    await until("it is held", isTypeHeld);
  });

  it("goes after its objects were released: they live on, and copies stay as they are", async () => {
    rig.deleteType("configmaps");
    await until("it is gone", isGone);
    assert.ok(!rig.isHeld("ConfigMap", "first") && rig.inHost("ConfigMap", "first") !== null);
    rig.delete("ConfigMap", "first");
    await until("an object of it goes", () => rig.inHost("ConfigMap", "first") === null);
    staysInMember("first");
    staysInMember("second");
  });

  it("is found again with its copies when it is created again", inLong, async () => {
    rig.enable("configmaps");
    rig.put("ConfigMap", "second", { template: { data: { a: "2" } } });
    await until("the copy follows", () => rig.copy("second")?.data.a === "2");
    await until("both are held", () => rig.isHeld("ConfigMap", "second") && isTypeHeld());
  });

  it("does the same when nobody ran at its deletion", inLong, async () => {
    await rig.stop();
    rig.deleteType("configmaps");
    rig.delete("ConfigMap", "second");
    assert.notEqual(rig.typeConfig("configmaps"), null);
    assert.notEqual(rig.inHost("ConfigMap", "second"), null);
    rig.start();
    await until(
      "it is gone, and the object too",
      () => isGone() && rig.inHost("ConfigMap", "second") === null,
    );
    staysInMember("second");
  });

  it("does not wait for federated objects whose definition is gone", inLong, async () => {
    rig.enable("configmaps");
    await until("it is held", isTypeHeld);
    const name = "federatedconfigmaps.types.kubefed.io";
    rig.host.objects.delete({
      apiVersion: "apiextensions.k8s.io/v1",
      kind: "CustomResourceDefinition",
      name,
    });
    rig.deleteType("configmaps");
    await until("it is gone", isGone);
  });
});

describe("a FederatedTypeConfig whose objects cannot be released", () => {
  const scope = suiteScope();

  it("says so, and goes after the stated time all the same", inLong, async () => {
    const rig = await PlaneRig.open(scope, { deletionWaitSeconds: 3 });
    rig.start();
    await rig.place("stuck");
    await until("it is held", () => rig.typeConfig("configmaps").metadata.finalizers?.[0] === TYPE_FINALIZER);
    rig.host.faults.add({
      effect: { kind: "refuse", code: 500 },
      when: (request) =>
        "resource" in request && request.isWrite && request.resource === "federatedconfigmaps",
    });
    rig.deleteType("configmaps");
    await until("it is gone", () => rig.typeConfig("configmaps") === null);
    const events = rig.events("FederatedTypeConfig");
    assert.ok(
      events.some((event) => /^DeletionWaits: it goes after 3 s, and .* keep their finalizer: /.test(event)),
      events.join(),
    );
    assert.ok(rig.isHeld("ConfigMap", "stuck"));
  });
});

describe("a fedns whose rights in the host are those of an earlier version", () => {
  const scope = suiteScope();

  it("propagates all the same, and says which right it lacks", async () => {
    const rig = await PlaneRig.open(scope);
    const role = {
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "Role",
      namespace: NAMESPACE,
      name: "fedns-host",
    };
    const { rules }: any = rig.host.objects.get(role);
    const isNeeded = ({ resources, verbs }: any): boolean =>
      verbs.includes("patch") && resources.includes("federatedtypeconfigs");
    assert.ok(rules.some(isNeeded));
    rig.host.objects.patch(role, { rules: rules.filter((rule: any) => !isNeeded(rule)) } as never);
    rig.start();
    rig.put("ConfigMap", "one", { template: { data: { a: "1" } } });
    await until("it is placed", () => rig.copy("one") !== null);
    await until("it is told", () =>
      rig
        .events("FederatedTypeConfig")
        .some((event) => /^NotHeld: .*cannot patch resource "federatedtypeconfigs"/.test(event)),
    );
    rig.deleteType("configmaps");
    assert.equal(rig.typeConfig("configmaps"), null);
  });
});
