/** `fedns federate -f FILE -o yaml` with no host named: nothing is contacted, and the output is what a host with the usual types prints. */
import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { before, describe, it } from "node:test";
import { parseAllDocuments } from "yaml";
import { main } from "../../../src/cli/program.ts";
import { suiteScope } from "../../support/programs.ts";
import { recordRequests, type Rig, startRig } from "../clusters/rig.ts";
import { fakeSession } from "../fake-session.ts";

type Loose = Record<string, any>;
type Printed = { readonly code: number; readonly out: string; readonly err: string };

const USUAL = `
{ apiVersion: apps/v1, kind: Deployment, metadata: { name: web, namespace: shop }, spec: { replicas: 2 } }
---
{ apiVersion: v1, kind: Service, metadata: { name: web, namespace: shop }, spec: { clusterIP: 10.0.0.1, ports: [{ port: 80 }] } }
---
{ apiVersion: batch/v1, kind: CronJob, metadata: { name: night }, spec: { schedule: "0 0 * * *" } }
---
{ apiVersion: v1, kind: Namespace, metadata: { name: shop } }
---
{ apiVersion: v1, kind: Pod, metadata: { name: one, namespace: shop } }
---
{ apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRole, metadata: { name: reader }, rules: [] }
`;

describe("fedns federate -f FILE -o yaml", () => {
  const scope = suiteScope();
  let rig: Rig;
  before(async () => {
    rig = await startRig(scope, ["host"]);
  });
  const print = async (text: string, ...args: readonly string[]): Promise<Printed> => {
    const path = join(rig.folder, "manifests.yaml");
    await writeFile(path, text);
    const session = fakeSession();
    const { sent, stop } = recordRequests(scope);
    const code = await main(["federate", "-f", path, "-o", "yaml", ...args], session);
    stop();
    assert.deepEqual(sent, []);
    return { code, out: session.printed(), err: session.complained() };
  };
  const kindsOf = (text: string): readonly string[] =>
    parseAllDocuments(text).map((document) => {
      const { apiVersion, kind, metadata } = document.toJS() as Loose;
      return `${apiVersion as string} ${kind as string} ${metadata.namespace ?? ""}/${metadata.name}`;
    });

  it("asks no host, and prints what a host with the usual types does", async () => {
    const { code, out, err } = await print(USUAL, "-n", "shop");
    assert.equal(code, 0, err);
    assert.deepEqual(kindsOf(out), [
      "types.kubefed.io/v1beta1 FederatedNamespace shop/shop",
      "types.kubefed.io/v1beta1 FederatedDeployment shop/web",
      "types.kubefed.io/v1beta1 FederatedService shop/web",
      "types.kubefed.io/v1beta1 FederatedCronJob shop/night",
      "types.kubefed.io/v1beta1 FederatedClusterRole /reader",
    ]);
    assert.match(err, /^note: document 5: Pod one skipped: federate the workload that makes it$/m);
    assert.match(err, /FederatedService shop\/web: left out spec\.clusterIP: each member allots its own/);
    assert.doesNotMatch(err, /is taken for/);
    assert.equal((await rig.fedns("init")).code, 0);
    const kinds = ["namespaces", "deployments", "services", "cronjobs", "clusterroles"];
    assert.equal((await rig.fedns("enable", ...kinds)).code, 0);
    const path = join(rig.folder, "manifests.yaml");
    const asked = await rig.fedns("federate", "-f", path, "-o", "yaml", "-n", "shop");
    assert.deepEqual([asked.code, asked.out], [0, out], asked.err);
  });
  it("says what it takes kinds for that are not among the usual", async () => {
    const { code, out, err } = await print(`
{ apiVersion: example.com/v1, kind: Policy, metadata: { name: all } }
---
{ apiVersion: example.com/v1, kind: Widget, metadata: { name: one, namespace: shop } }
`);
    assert.equal(code, 0, err);
    assert.deepEqual(kindsOf(out), [
      "types.kubefed.io/v1beta1 FederatedPolicy /all",
      "types.kubefed.io/v1beta1 FederatedWidget shop/one",
    ]);
    assert.match(err, /^note: Policy is taken for a kind of the whole cluster, since no namespace is named/m);
    assert.match(err, /^note: Widget is taken for a kind in namespaces, .*; --host-context asks a host/m);
  });
  it("refuses what cannot be federated, and what is named twice, all at once", async () => {
    const { code, out, err } = await print(`
{ apiVersion: core.kubefed.io/v1beta1, kind: KubeFedCluster, metadata: { name: a } }
---
{ apiVersion: v1, kind: ConfigMap, metadata: { name: a } }
---
{ apiVersion: v1, kind: ConfigMap, metadata: { name: a, namespace: kube-system } }
---
{ apiVersion: v1, kind: ConfigMap, metadata: { name: b, namespace: shop } }
---
{ apiVersion: v1, kind: ConfigMap, metadata: { name: b, namespace: shop } }
`);
    assert.deepEqual([code, out], [1, ""]);
    assert.match(err, /document 1: KubeFedCluster a: it belongs to the federation itself/);
    assert.match(err, /document 2: ConfigMap a: name its namespace/);
    assert.match(
      err,
      /document 3: ConfigMap kube-system\/a: the namespace kube-system belongs to each cluster/,
    );
    assert.match(err, /document 4 and document 5 are the same object, ConfigMap b/);
  });
  it("ends with 1 when nothing in the file can be federated", async () => {
    const { code, out } = await print(
      "{ apiVersion: v1, kind: Event, metadata: { name: a, namespace: shop } }\n",
    );
    assert.deepEqual([code, out], [1, ""]);
  });
});
