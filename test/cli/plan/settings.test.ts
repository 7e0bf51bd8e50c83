/** A plan follows the settings of KubeFed in the host, as the propagator does. */
import assert from "node:assert/strict";
import { beforeEach, describe, it } from "node:test";
import { suiteScope } from "../../support/programs.ts";
import { type PlanRig, startPlanRig, SYSTEM } from "./rig.ts";

const ALL = { placement: { clusterSelector: {} }, template: { data: { a: "1" } } };

describe("fedns plan", () => {
  const scope = suiteScope();
  let rig: PlanRig;
  beforeEach(async () => {
    rig = await startPlanRig(scope);
  });
  const configure = (spec: object): void =>
    void rig.servers["host"]?.objects.put({
      apiVersion: "core.kubefed.io/v1beta1",
      kind: "KubeFedConfig",
      metadata: { name: "kubefed", namespace: SYSTEM },
      spec: { scope: "Cluster", ...spec },
    } as never);

  it("adopts nothing where KubeFed's adoptResources is Disabled", async () => {
    configure({ syncController: { adoptResources: "Disabled" } });
    for (const kind of ["Namespace", "ConfigMap"]) {
      const metadata = kind === "Namespace" ? { name: "shop" } : { name: "settings", namespace: "shop" };
      rig.servers["m1"]?.objects.put({ apiVersion: "v1", kind, metadata });
    }
    rig.put("FederatedNamespace", "shop", { ...ALL, template: {} });
    rig.put("FederatedConfigMap", "settings", ALL);
    const { plan } = await rig.plan("cm/settings", "-n", "shop");
    const [m1] = plan.objects[0].copies;
    assert.deepEqual([m1.cluster, m1.outcome, m1.status], ["m1", "refused", "AlreadyExists"]);
  });
  it("asks for no FederatedNamespace where the federation is of one namespace", async () => {
    configure({ scope: "Namespaced" });
    rig.put("FederatedConfigMap", "settings", ALL, { namespace: SYSTEM });
    const { plan } = await rig.plan("cm/settings", "-n", SYSTEM);
    assert.deepEqual(
      plan.objects[0].copies.map(({ outcome }: any) => outcome),
      ["create", "create"],
    );
  });
});
