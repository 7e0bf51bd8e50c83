/** What `fedns plan` and `fedns explain workload` say of a version that reaches members in steps. */
import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { before, describe, it } from "node:test";
import { suiteScope } from "../../support/programs.ts";
import { type PlanRig, startPlanRig } from "./rig.ts";

const ALL = { placement: { clusterSelector: {} } };
const HOST = ["--host-context", "host"];
const ROLLOUT = { annotations: { "fedns.io/rollout": "canary=m2; pause=manual" } };

describe("a version that reaches members in steps", () => {
  const scope = suiteScope();
  let rig: PlanRig;
  before(async () => {
    rig = await startPlanRig(scope);
    rig.put("FederatedNamespace", "shop", { ...ALL, template: {} });
    rig.put("FederatedConfigMap", "settings", { ...ALL, template: { data: { a: "1" } } }, ROLLOUT);
    await propagateUntil(() => rig.copy("m1", "ConfigMap", "settings") !== null && phase() === "done");
  });
  const object = (): any =>
    rig.servers["host"]?.objects.get({
      apiVersion: "types.kubefed.io/v1beta1",
      kind: "FederatedConfigMap",
      namespace: "shop",
      name: "settings",
    });
  const record = (): any => JSON.parse(object().metadata.annotations["fedns.io/rollout-record"] ?? "{}");
  const phase = (): string => record().phase;
  const isSaid = (reason: string): boolean =>
    object().status?.conditions?.some((one: any) => one.type === "RolledOut" && one.reason === reason) ===
    true;
  /** Each process goes on from what the one before has written down. */
  const propagateUntil = async (holds: () => boolean): Promise<void> => {
    for (let processes = 0; processes < 20 && !holds(); processes++) await rig.propagate();
    assert.ok(holds(), JSON.stringify(object()));
  };

  it("is planned for its canaries alone, and then held in the others", async () => {
    const path = join(rig.folder, "settings.yaml");
    await writeFile(
      path,
      `apiVersion: types.kubefed.io/v1beta1
kind: FederatedConfigMap
metadata: { name: settings, namespace: shop }
spec:
  placement: { clusterSelector: {} }
  template: { data: { a: "2" } }
`,
    );
    const planned = await rig.fedns("plan", path, ...HOST);
    assert.match(
      planned.out,
      / {2}m1 {2}nothing to do now; it has the previous version: the new one is in m2/,
    );
    assert.match(planned.out, / {2}m2 {2}would be changed: data\.a/);
    const { apiVersion, kind } = object();
    const ref = { apiVersion, kind, namespace: "shop", name: "settings" };
    rig.servers["host"]?.objects.patch(ref, { spec: { template: { data: { a: "2" } } } });
    await propagateUntil(() => record().state === "well" && phase() === "rolling" && isSaid("Paused"));
    assert.deepEqual(
      ["m1", "m2"].map((member) => rig.copy(member, "ConfigMap", "settings").data.a),
      ["1", "2"],
    );
    const after = await rig.fedns("plan", "configmap/settings", "-n", "shop", ...HOST);
    assert.match(
      after.out,
      / {2}m1 {2}nothing to do now; it has the previous version: the new one is well in m2/,
    );
    assert.match(after.out, / {2}m2 {2}nothing to do, it is as wanted/);
    assert.equal(after.code, 0);
    const explained = await rig.fedns("explain", "workload", "configmap/settings", "-n", "shop", ...HOST);
    assert.match(explained.out, /rolledout +False, Paused/);
    assert.match(explained.out, /status +WaitingForRollout/);
    const status = await rig.fedns("rollout", "status", "configmap", "settings", "-n", "shop", ...HOST);
    assert.match(status.out, /^m1 +previous +WaitingForRollout.*\nm2 +new +in order$/m);
  });
});
