/** The report before a take-over from KubeFed: how many copies would change, which, and who has set what differs. */
import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import type { ApiServer } from "../../../src/sandbox/api-server.ts";
import { suiteScope } from "../../support/programs.ts";
import { type PlanRig, startPlanRig } from "./rig.ts";

const KUBEFED = { "user-agent": "controller-manager/v0.10.0 (linux/amd64)" };
const LABELS = { "kubefed.io/managed": "true" };
const configMaps = "/api/v1/namespaces/shop/configmaps";
const HOST = ["--host-context", "host"];

describe("a plan for what KubeFed left", () => {
  const scope = suiteScope();
  let rig: PlanRig;
  before(async () => {
    rig = await startPlanRig(scope);
    const finalizers = ["kubefed.io/sync-controller"];
    const placement = { clusterSelector: {} };
    rig.put("FederatedNamespace", "shop", { placement, template: {} }, { finalizers });
    for (const member of ["m1", "m2"]) {
      const server = rig.servers[member] as ApiServer;
      server.objects.put({ apiVersion: "v1", kind: "Namespace", metadata: { name: "shop", labels: LABELS } });
      for (const name of ["a", "b", "c"]) {
        const body = { metadata: { name, labels: LABELS }, data: { key: "1" } };
        const { code } = await rig
          .client(member)
          .call(configMaps, { method: "POST", body, headers: KUBEFED });
        assert.equal(code, 201);
      }
    }
    for (const name of ["a", "b"])
      rig.put("FederatedConfigMap", name, { placement, template: { data: { key: "1" } } }, { finalizers });
  });

  it("says that nothing but owners would change, and which copies nobody knows", async () => {
    const changes = await rig.changes();
    const { code, out, err } = await rig.fedns("plan", "--all", "--summary", ...HOST);
    assert.deepEqual([code, err, changes], [1, "", []]);
    assert.equal(
      out,
      `0 of 6 copies of 3 objects would change; 0 would be created; 0 removed; 6 only their labels and owners.
6 of them are KubeFed's and would be taken over.
2 copies have no federated object in the host, and stay as they are:
  m1: ConfigMap shop/c
  m2: ConfigMap shop/c
`,
    );
  });
  it("names what differs, and who has set it", async () => {
    const edit = `${configMaps}/b?fieldManager=kubectl-edit`;
    await rig.client("m2").patch(edit, { data: { key: "2" } });
    const { out } = await rig.fedns("plan", "--all", "--summary", ...HOST);
    assert.match(out, /^1 of 6 copies of 3 objects would change; .*; 5 only their labels and owners\.$/m);
    assert.match(out, /^1 differs because of\n {2}1 × ConfigMap: data\.key \(set by kubectl-edit\)$/m);
  });
  it("is kept: no copy that has the wanted content changes it", async () => {
    await rig.propagate();
    const { code, out } = await rig.fedns("plan", "--all", "--summary", ...HOST);
    assert.equal(code, 0);
    assert.match(out, /^0 of 6 copies of 3 objects would change; 0 would be created; 0 removed\.$/m);
    assert.match(out, /^2 copies have no federated object/m);
  });
});
