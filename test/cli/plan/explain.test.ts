/** `fedns explain workload`: the state of one federated object, cluster by cluster, and what comes next. */
import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import { suiteScope } from "../../support/programs.ts";
import { type PlanRig, startPlanRig } from "./rig.ts";

const HOST = ["--host-context", "host"];

describe("fedns explain workload", () => {
  const scope = suiteScope();
  let rig: PlanRig;
  const explain = async (...args: readonly string[]): Promise<{ code: number; found: any; err: string }> => {
    const { code, out, err } = await rig.fedns("explain", "workload", ...args, ...HOST, "-o", "json");
    return { code, found: out === "" ? null : JSON.parse(out), err };
  };
  const at = (found: any, cluster: string): any => found.clusters.find((one: any) => one.cluster === cluster);

  before(async () => {
    rig = await startPlanRig(scope);
    rig.put("FederatedNamespace", "shop", { placement: { clusters: [{ name: "m1" }] }, template: {} });
    rig.put(
      "FederatedConfigMap",
      "settings",
      {
        placement: { clusterSelector: {} },
        template: { data: { a: "1", b: "2" } },
        overrides: [
          { clusterName: "m2", clusterOverrides: [{ path: "/data/a", value: "other" }] },
          {
            clusterName: "m1",
            clusterOverrides: [
              { path: "/data/a", value: "named" },
              { op: "add", path: "/data/c", value: "3" },
            ],
          },
        ],
      },
      { annotations: { "kubefed.io/orphan": "true" } },
    );
    await rig.propagate();
  });

  it("says why each cluster is in or out, what is there, and that nothing is left to do", async () => {
    const changes = await rig.changes();
    const { code, found, err } = await explain("cm/settings", "-n", "shop");
    assert.deepEqual([code, err, changes], [0, "", []]);
    assert.deepEqual(
      [found.kind, found.type, found.isHeld, found.orphan],
      ["FederatedConfigMap", { name: "configmaps", isPropagated: true }, true, true],
    );
    const [m1, m2] = [at(found, "m1"), at(found, "m2")];
    assert.deepEqual([m1.isPlaced, m1.reason, m1.outcome], [true, "selected", "in-sync"]);
    assert.deepEqual(
      [m2.isPlaced, m2.reason, m2.outcome, m2.live],
      [false, "namespace-not-placed", "out", null],
    );
    assert.match(m2.why, /its FederatedNamespace is not placed there; add the cluster/);
    assert.deepEqual([m1.live.owner, m1.live.lost, m1.live.managers], ["us", [], ["fedns"]]);
    assert.deepEqual(m1.reported, { status: "", message: null, code: null, since: null });
  });
  it("lists the overrides that apply, without values", async () => {
    const { found } = await explain("cm/settings", "-n", "shop");
    assert.deepEqual(at(found, "m1").overrides, [
      { from: "clusterName m1", operations: ["replace /data/a", "add /data/c"] },
    ]);
    assert.equal(rig.copy("m1", "ConfigMap", "settings").data.a, "named");
  });
  it("names who has taken which field, and what would be done about it", async () => {
    const path = "/api/v1/namespaces/shop/configmaps/settings?fieldManager=kubectl-edit";
    await rig.client("m1").patch(path, { data: { b: "foreign" } });
    const { code, found } = await explain("cm/settings", "-n", "shop");
    const { live, outcome, taken } = at(found, "m1");
    assert.deepEqual(live.lost, [{ path: "data.b", owners: ["kubectl-edit"] }]);
    assert.deepEqual([code, outcome], [0, "update"]);
    assert.deepEqual(taken, [{ path: ".data.b", manager: "kubectl-edit" }]);
    const { out } = await rig.fedns("explain", "workload", "cm/settings", "-n", "shop", ...HOST);
    assert.match(out, /^ {2}deletion +all copies stay \(kubefed\.io\/orphan: true\)$/m);
    assert.match(
      out,
      /^ {2}fields +not ours any more: data\.b \(kubectl-edit\); written by fedns, kubectl-edit$/m,
    );
    assert.match(out, /^ {2}next +would be changed: data\.b \(set by kubectl-edit\)/m);
    assert.match(out, /^ {2}override 1 +clusterName m1: replace \/data\/a, add \/data\/c$/m);
  });
  it("says what an object in a namespace that is not federated lacks", async () => {
    rig.servers["host"]?.objects.put({ apiVersion: "v1", kind: "Namespace", metadata: { name: "other" } });
    rig.put(
      "FederatedConfigMap",
      "lonely",
      { placement: { clusterSelector: {} }, template: {} },
      { namespace: "other" },
    );
    const { code, found } = await explain("cm/lonely", "-n", "other");
    assert.equal(code, 1);
    assert.equal(
      found.problem,
      "the namespace other is not federated: create a FederatedNamespace other in it",
    );
    assert.deepEqual([at(found, "m1").outcome, at(found, "m1").reason], ["out", "namespace-not-federated"]);
  });
  it("leaves explanations of names as they were", async () => {
    const { code, err } = await rig.fedns("explain", "workload.example.com", "--server", "127.0.0.1:1");
    assert.deepEqual([code, /unknown option '--kubeconfig'/.test(err)], [2, true]);
  });
});
