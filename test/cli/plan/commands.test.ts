/** The usage of `fedns plan` and `fedns explain workload`: files, names, members that are away, exit codes. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { suiteScope } from "../../support/programs.ts";
import { type PlanRig, startPlanRig, SYSTEM, typeConfig } from "./rig.ts";

const ALL = { placement: { clusterSelector: {} } };
const HOST = ["--host-context", "host"];

describe("fedns plan", () => {
  const scope = suiteScope();
  let rig: PlanRig;
  const file = async (name: string, text: string): Promise<string> => {
    const path = join(rig.folder, name);
    await writeFile(path, text);
    return path;
  };
  const plan = (...args: readonly string[]): ReturnType<PlanRig["fedns"]> =>
    rig.fedns("plan", ...args, ...HOST);

  before(async () => {
    rig = await startPlanRig(scope);
    rig.put("FederatedNamespace", "shop", { ...ALL, template: {} });
    rig.put("FederatedConfigMap", "settings", { ...ALL, template: { data: { a: "1" } } });
    await rig.propagate();
  });

  it("of an object that is in sync says so, with the reasons, and returns 0", async () => {
    const { code, out, err } = await plan("configmap/settings", "-n", "shop");
    assert.deepEqual([code, err], [0, ""]);
    assert.match(
      out,
      /^ConfigMap shop\/settings\n {2}m1 {2}nothing to do, it is as wanted \(in: its labels match/,
    );
    assert.match(out, /0 of 2 copies of 1 object would change; 0 would be created; 0 removed\.\n$/);
  });
  it("takes kinds by all their names", async () => {
    for (const word of [
      "cm",
      "ConfigMap",
      "configmaps",
      "FederatedConfigMap",
      "federatedconfigmaps.types.kubefed.io",
    ])
      assert.equal((await plan(`${word}/settings`, "-n", "shop")).code, 0, word);
    assert.equal((await plan("ns/shop")).code, 0);
  });
  it("of a file shows what it would change, and returns 1", async () => {
    const path = await file(
      "settings.yaml",
      `apiVersion: types.kubefed.io/v1beta1
kind: FederatedConfigMap
metadata: { name: settings, namespace: shop }
spec:
  placement: { clusters: [{ name: m1 }] }
  template: { data: { a: "2" } }
---
# new in the host
apiVersion: types.kubefed.io/v1beta1
kind: FederatedConfigMap
metadata: { name: more }
spec:
  placement: { clusters: [{ name: m2 }] }
  template: { data: { x: "1" } }
`,
    );
    const changes = await rig.changes();
    const { code, out, err } = await plan(path, "-n", "shop");
    assert.deepEqual([code, err, changes], [1, "", []]);
    assert.match(out, /^ {2}m1 {2}would be changed: data\.a \(in: spec\.placement\.clusters names it\)$/m);
    assert.match(out, /^ {2}m2 {2}would be removed \(out: spec\.placement\.clusters does not name it\)$/m);
    assert.match(out, /^-  a: "1"\n\+  a: "2"$/m);
    assert.match(
      out,
      /^--- ConfigMap shop\/more in m2, now\n\+\+\+ ConfigMap shop\/more in m2, planned\n@@ -0,0 \+1,7 @@$/m,
    );
    assert.match(out, /^1 of 3 copies of 2 objects would change; 1 would be created; 1 removed\.$/m);
  });
  it("of a file knows the namespace that the file would make", async () => {
    const path = await file(
      "new.yaml",
      `apiVersion: types.kubefed.io/v1beta1
kind: FederatedNamespace
metadata: { name: fresh, namespace: fresh }
spec: { placement: { clusterSelector: {} }, template: {} }
---
apiVersion: types.kubefed.io/v1beta1
kind: FederatedConfigMap
metadata: { name: first, namespace: fresh }
spec: { placement: { clusters: [{ name: m1 }] }, template: { data: { a: "1" } } }
`,
    );
    const { out, code } = await plan(path);
    assert.equal(code, 1);
    assert.match(out, /^ {2}m1 {2}would be created; after Namespace fresh \(in:/m);
  });
  it("reads standard input", async () => {
    const entry = fileURLToPath(new URL("../../../src/cli/fedns.ts", import.meta.url));
    const args = [entry, "plan", "-", ...HOST, "--kubeconfig", rig.kubeconfig, "--summary"];
    const running = execFile(process.execPath, args);
    let out = "";
    running.stdout?.on("data", (text: string) => (out += text));
    running.stdin?.end(object("types.kubefed.io/v1beta1", "FederatedConfigMap"));
    const [code] = await once(running, "close");
    assert.deepEqual(
      [code, out],
      [1, "0 of 2 copies of 1 object would change; 2 would be created; 0 removed.\n"],
    );
  });
  it("tells what the API server of a member would refuse, and returns 2", async () => {
    const path = await file(
      "refused.yaml",
      `apiVersion: types.kubefed.io/v1beta1
kind: FederatedConfigMap
metadata: { name: bad, namespace: shop }
spec: { placement: { clusters: [{ name: m1 }] }, template: { data: { a: { b: 1 } } } }
`,
    );
    const { out, code } = await plan(path);
    assert.equal(code, 2);
    assert.match(out, /^ {2}m1 {2}would be refused: .*data\.a.*correct the template.*\(HTTP 500\) \(in:/m);
  });

  it("reports a placement that cannot be read", async () => {
    const path = await file(
      "placement.yaml",
      `apiVersion: types.kubefed.io/v1beta1
kind: FederatedConfigMap
metadata: { name: settings, namespace: shop }
spec: { placement: { clusterSelector: { matchExpressions: [{ key: a, operator: Is }] } }, template: {} }
`,
    );
    const { code, out } = await plan(path);
    assert.equal(code, 2);
    assert.match(
      out,
      /nothing is placed: spec\.placement\.clusterSelector\.matchExpressions\[0\] must have one of the operators/,
    );
    assert.match(out, /^ {2}m1 {2}stays as it is: spec\.placement/m);
  });
  it("asks members by contexts of the person", async () => {
    const { code, out, err } = await plan("cm/settings", "-n", "shop", "--member-contexts");
    assert.deepEqual([code, err], [0, ""], out);
  });
  it("says that a type is switched off", async () => {
    rig.servers["host"]?.objects.put(typeConfig("secrets", "Disabled"));
    rig.put("FederatedSecret", "token", { ...ALL, template: {} });
    const { code, err } = await plan("secret/token", "-n", "shop");
    assert.equal(code, 2);
    assert.match(err, /its FederatedTypeConfig says propagation: Disabled; set it to Enabled/);
    const { code: explained, out } = await rig.fedns(
      "explain",
      "workload",
      "secret/token",
      "-n",
      "shop",
      ...HOST,
    );
    assert.equal(explained, 1);
    assert.match(out, /^ {2}type +secrets is switched off: .* fedns enable secrets/m);
    assert.match(out, /^ {2}next +nothing, since its type is switched off$/m);
  });
  it("says what a webhook of a member makes of it", async () => {
    const remove = rig.servers["m1"]?.webhooks.add({
      name: "hook.example.com",
      kind: "mutating",
      when: ({ resource }) => resource.plural === "configmaps",
      ask: ({ object }) => ({
        isAllowed: true,
        ...(object && { object: { ...object, data: { a: "by the hook" } } as never }),
      }),
    });
    const path = await file("hook.yaml", object("types.kubefed.io/v1beta1", "FederatedConfigMap"));
    const { out } = await plan(path);
    remove?.();
    assert.match(
      out,
      /^ {2}m1 {2}would be created; the cluster changes data\.a when it is written \(a webhook\?\)/m,
    );
    assert.match(out, /^\+ {2}a: by the hook$/m);
  });
  it("mentions that fedns has paused changes itself", async () => {
    const key = {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: "fedns-changes", namespace: SYSTEM },
    };
    rig.servers["host"]?.objects.put({
      ...key,
      data: { state: "paused", reason: "30 of 40 objects are gone", since: "2026-01-01T00:00:00Z" },
    });
    const { err } = await plan("cm/settings", "-n", "shop");
    assert.match(
      err,
      /^note: copies that exist are not changed or removed since 2026-\S+, until fedns resume: 30 of 40/,
    );
    assert.equal((await rig.fedns("resume", ...HOST)).code, 0);
  });
  it("mentions an order to write nothing", async () => {
    assert.equal((await rig.fedns("pause", ...HOST, "--reason", "upgrade")).code, 0);
    const { err } = await plan("cm/settings", "-n", "shop");
    assert.match(
      err,
      /^note: nothing is written at present: \S+ has paused all writes since .*: upgrade \(fedns resume/,
    );
    assert.equal((await rig.fedns("resume", ...HOST)).code, 0);
  });
  it("says of a member that is away that nothing is known, plans the others, and returns 2", async () => {
    await rig.servers["m2"]?.close();
    const path = await file("away.yaml", object("types.kubefed.io/v1beta1", "FederatedConfigMap"));
    for (const [args, known] of [
      [["cm/settings", "-n", "shop"], "nothing to do, it is as wanted"],
      [[path], "would be created"],
    ] as const) {
      const { code, out } = await plan(...args);
      assert.equal(code, 2);
      assert.match(out, new RegExp(`^ {2}m1 {2}${known} \\(in:`, "m"));
      assert.match(out, /^ {2}m2 {2}not known: .*check the API server's address/m);
    }
    const { plan: all, code } = await rig.plan("--all");
    assert.deepEqual([code, all.summary.unknown, all.summary.inSync], [2, 2, 2]);
    const { code: explained, out } = await rig.fedns(
      "explain",
      "workload",
      "cm/settings",
      "-n",
      "shop",
      ...HOST,
    );
    assert.equal(explained, 1);
    assert.match(
      out,
      /^m2\n {2}placement +in: .*\n {2}copy +not known\n {2}status +as wanted\n {2}next +not known: /m,
    );
  });
});

function object(apiVersion: string, kind: string): string {
  return `apiVersion: ${apiVersion}
kind: ${kind}
metadata: { name: x, namespace: shop }
spec: { placement: { clusterSelector: {} }, template: { data: { a: "1" } } }
`;
}
