/** What `fedns plan` says of removals: tried by the members, with the reason, and with what goes along. */
import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { before, describe, it } from "node:test";
import { suiteScope } from "../../support/programs.ts";
import { type PlanRig, startPlanRig } from "./rig.ts";

const ALL = { placement: { clusterSelector: {} } };
const HOST = ["--host-context", "host"];
const SETTINGS = ["cm/settings", "-n", "shop"];

describe("fedns plan of removals", () => {
  const scope = suiteScope();
  let rig: PlanRig;
  const plan = (...args: readonly string[]): ReturnType<PlanRig["fedns"]> =>
    rig.fedns("plan", ...args, ...HOST);
  const file = async (text: string): Promise<string> => {
    const path = join(rig.folder, "removals.yaml");
    await writeFile(path, text);
    return path;
  };
  before(async () => {
    rig = await startPlanRig(scope);
    rig.put("FederatedNamespace", "shop", { ...ALL, template: {} });
    rig.put("FederatedConfigMap", "settings", { ...ALL, template: { data: { a: "1" } } });
    rig.put(
      "FederatedConfigMap",
      "stays",
      { ...ALL, template: { data: { a: "1" } } },
      { annotations: { "kubefed.io/orphan": "true" } },
    );
    await rig.propagate();
  });

  it("shows what goes with a federated object, why, and writes nothing", async () => {
    const changes = await rig.changes();
    const { code, out, err } = await plan(...SETTINGS, "--delete");
    assert.deepEqual([code, err, changes], [1, "", []]);
    for (const member of ["m1", "m2"])
      assert.match(
        out,
        new RegExp(`^  ${member}  would be removed \\(out: the federated object is being`, "m"),
      );
    assert.match(out, /^--- ConfigMap shop\/settings in m1, m2, now$/m);
    assert.match(out, /^-kind: ConfigMap$/m);
    assert.match(out, /0 would be created; 2 removed\.$/m);
  });
  it("says what stays, and that objects of a file need not be there", async () => {
    const path = await file(`apiVersion: types.kubefed.io/v1beta1
kind: FederatedConfigMap
metadata: { name: stays, namespace: shop }
---
apiVersion: types.kubefed.io/v1beta1
kind: FederatedConfigMap
metadata: { name: nothing, namespace: shop }
`);
    const { code, out, err } = await plan(path, "--delete");
    assert.deepEqual([code, err], [1, "note: FederatedConfigMap nothing: the host does not have it\n"]);
    assert.match(
      out,
      /^ {2}m1 {2}would be released: it stays in the cluster, and is no copy any more \(out:/m,
    );
  });
  it("says that a member would refuse it, and returns 2", async () => {
    const remove = rig.servers["m2"]?.webhooks.add({
      name: "keep.example.com",
      kind: "validating",
      when: ({ operation, resource }) => operation === "DELETE" && resource.plural === "configmaps",
      ask: () => ({ isAllowed: false, message: "settings are kept" }),
    });
    const { code, out } = await plan(...SETTINGS, "--delete");
    remove?.();
    assert.equal(code, 2);
    assert.match(out, /^ {2}m1 {2}would be removed \(out:/m);
    assert.match(out, /^ {2}m2 {2}would be refused: .*settings are kept.* \(out:/m);
    assert.notEqual(rig.copy("m2", "ConfigMap", "settings"), null);
  });
  it("shows what leaves a member with a namespace", async () => {
    const path = await file(`apiVersion: types.kubefed.io/v1beta1
kind: FederatedNamespace
metadata: { name: shop, namespace: shop }
spec: { placement: { clusters: [{ name: m1 }] }, template: {} }
`);
    const { code, out, err } = await plan(path);
    assert.deepEqual([code, err], [1, ""]);
    assert.match(
      out,
      /^Namespace shop\n {2}m1 {2}nothing to do.*\n {2}m2 {2}would be removed; with everything that is in it there \(out: spec\.placement\.clusters does not/,
    );
    assert.match(
      out,
      /^ConfigMap shop\/settings\n {2}m2 {2}would be removed \(out: its FederatedNamespace is not placed there/m,
    );
    assert.match(out, /3 removed/);
    const { plan: found } = await rig.plan(path);
    assert.deepEqual(
      found.objects.map(
        ({ name, copies }: any) => `${name} ${copies.map(({ cluster }: any) => cluster).join()}`,
      ),
      ["shop m1,m2", "settings m2", "stays m2"],
    );
  });
});
