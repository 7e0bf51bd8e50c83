/** A member that serves a kind in another version than that of the type is planned in its own, as the propagator writes it. */
import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import { suiteScope } from "../../support/programs.ts";
import { widgets } from "../../support/widgets.ts";
import { type PlanRig, startPlanRig } from "./rig.ts";

const HOST = ["--host-context", "host", "--member-contexts"];

describe("fedns plan of a kind that members serve in different versions", () => {
  const scope = suiteScope();
  let rig: PlanRig;
  before(async () => {
    rig = await startPlanRig(scope);
    for (const [name, version] of [
      ["host", "v1"],
      ["m1", "v1"],
      ["m2", "v1beta1"],
    ] as const) {
      rig.servers[name]?.objects.put(widgets(version));
      await rig.servers[name]?.settled();
    }
    for (const name of ["m1", "m2"])
      rig.servers[name]?.objects.put({ apiVersion: "v1", kind: "Namespace", metadata: { name: "shop" } });
    const { code, err } = await rig.fedns("enable", "widgets.example.com", "--host-context", "host");
    assert.equal(code, 0, err);
    rig.put("FederatedNamespace", "shop", { placement: { clusterSelector: {} }, template: {} });
    rig.put("FederatedWidget", "one", {
      placement: { clusterSelector: {} },
      template: { spec: { size: 1 } },
    });
  });

  it("tries the copy in each in the version that it serves", async () => {
    const { code, out, err } = await rig.fedns("plan", "widget/one", "-n", "shop", ...HOST);
    assert.deepEqual([code, err], [1, ""], out);
    for (const member of ["m1", "m2"])
      assert.match(out, new RegExp(`^  ${member}  would be created \\(in:`, "m"));
    assert.match(out, /^\+apiVersion: example\.com\/v1$/m);
    assert.match(out, /^\+apiVersion: example\.com\/v1beta1$/m);
  });
  it("knows the copies that are there, also where all are planned", async () => {
    const labels = { "kubefed.io/managed": "true" };
    const body = { metadata: { name: "one", labels }, spec: { size: 5 } };
    await rig.client("m2").create("/apis/example.com/v1beta1/namespaces/shop/widgets", body);
    const { plan, err } = await rig.plan("--all", "--member-contexts");
    assert.equal(err, "");
    const widgets = plan.objects.find(({ kind }: any) => kind === "Widget").copies;
    assert.deepEqual(
      widgets.map(({ cluster, outcome, changes }: any) => [
        cluster,
        outcome,
        changes.map(({ path }: any) => path),
      ]),
      [
        ["m1", "create", []],
        ["m2", "take-over", ["spec.size"]],
      ],
    );
    const explained = await rig.fedns("explain", "workload", "widget/one", "-n", "shop", ...HOST);
    assert.match(explained.out, /^m2\n {2}placement +in:.*\n {2}copy +KubeFed's/m, explained.err);
  });
});
