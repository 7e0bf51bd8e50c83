/** `fedns federate`: objects, files and whole namespaces, checked before the first write. */
import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { before, describe, it } from "node:test";
import { parseAllDocuments } from "yaml";
import type { ApiServer } from "../../../src/sandbox/api-server.ts";
import { suiteScope } from "../../support/programs.ts";
import { until } from "../../support/until.ts";
import { interceptRequests, recordRequests, type Rig, startRig, writesIn } from "../clusters/rig.ts";

type Loose = Record<string, any>;

const POD = { metadata: { labels: { app: "web" } }, spec: { containers: [{ name: "web", image: "web:1" }] } };
const DEPLOYMENT = {
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: {
    namespace: "shop",
    name: "web",
    labels: { tier: "front" },
    annotations: { "example.com/team": "a" },
  },
  spec: { replicas: 2, selector: { matchLabels: { app: "web" } }, template: POD },
};

describe("fedns federate", () => {
  const scope = suiteScope();
  let rig: Rig;
  let host: ApiServer;
  const federated = (kind: string, namespace: string, name: string): Loose | undefined =>
    host.objects.get({ apiVersion: "types.kubefed.io/v1beta1", kind, namespace, name });
  const put = (manifest: Loose): void => void host.objects.put(manifest as never);
  const file = async (text: string): Promise<string> => {
    const path = join(rig.folder, "manifests.yaml");
    await writeFile(path, text);
    return path;
  };
  before(async () => {
    rig = await startRig(scope, ["host"]);
    host = rig.servers["host"] as ApiServer;
    for (const name of ["shop", "store"]) put({ apiVersion: "v1", kind: "Namespace", metadata: { name } });
    assert.equal((await rig.fedns("init")).code, 0);
    assert.equal(
      (await rig.fedns("enable", "namespaces", "deployments", "services", "configmaps", "secrets")).code,
      0,
    );
    put(DEPLOYMENT);
    await until("the Deployment has Pods", () => host.objects.list("v1", "Pod", "shop").length > 0);
  });

  it("makes a federated object of an object, placed everywhere, and says what is missing", async () => {
    const { code, out, err } = await rig.fedns("federate", "deploy", "web", "-n", "shop");
    assert.equal(code, 0, err);
    assert.match(out, /^host: FederatedDeployment shop\/web created\nfederated 1 object, skipped 0\n$/);
    assert.match(err, /not propagated: annotation example\.com\/team;/);
    assert.match(err, /the namespace shop is not federated: .* before fedns federate namespace shop/);
    const made = federated("FederatedDeployment", "shop", "web") ?? {};
    assert.deepEqual(made["spec"].placement, { clusterSelector: {} });
    assert.deepEqual(made["spec"].template.metadata, { labels: { tier: "front" } });
    assert.equal(made["spec"].template.spec.replicas, 2);
    assert.deepEqual(made["metadata"].labels, undefined);
    assert.equal(made["status"], undefined);
  });

  it("leaves what is federated already as it is", async () => {
    const version = federated("FederatedDeployment", "shop", "web")?.["metadata"].resourceVersion as string;
    const { code, out } = await rig.fedns("federate", "deployment/web", "-n", "shop", "--clusters", "a");
    assert.equal(code, 0);
    assert.match(out, /skipped: it is federated already\nfederated 0 objects, skipped 1/);
    assert.equal(federated("FederatedDeployment", "shop", "web")?.["metadata"].resourceVersion, version);
  });

  it("federates a namespace with everything in it that is to be, and names the owners of the rest", async () => {
    const meta = { namespace: "shop", name: "web" };
    put({
      apiVersion: "v1",
      kind: "Service",
      metadata: meta,
      spec: { selector: { app: "web" }, ports: [{ port: 80 }] },
    });
    put({ apiVersion: "v1", kind: "Secret", metadata: { ...meta, name: "key" }, data: { a: "Yg==" } });
    put({
      apiVersion: "v1",
      kind: "Secret",
      metadata: { ...meta, name: "token", annotations: { "kubernetes.io/service-account.name": "default" } },
      type: "kubernetes.io/service-account-token",
    });
    const missing = await rig.fedns("federate", "ns", "shop", "--contents");
    assert.equal(missing.code, 0, missing.err);
    const { out } = missing;
    assert.match(out, /^host: ConfigMap shop\/kube-root-ca\.crt skipped: every cluster has its own$/m);
    assert.match(out, /^host: ReplicaSet shop\/web-\w+ skipped: it belongs to Deployment web,/m);
    assert.match(out, /^host: Pod in shop \(\d+\) skipped: federate the workload/m);
    assert.match(out, /^host: FederatedDeployment shop\/web skipped: it is federated already$/m);
    assert.match(out, /^federated 3 objects, skipped \d+\n$/m);
    const order = [...out.matchAll(/^host: (\w+) \S+ created$/gm)].map(([, kind]) => kind);
    assert.equal(order[0], "FederatedNamespace");
    assert.deepEqual(new Set(order), new Set(["FederatedNamespace", "FederatedSecret", "FederatedService"]));
    assert.deepEqual(federated("FederatedNamespace", "shop", "shop")?.["spec"].template, {});
    assert.equal(federated("FederatedService", "shop", "web")?.["spec"].template.spec.clusterIP, undefined);
    assert.doesNotMatch(missing.err, /is not federated/);
  });

  it("names all types that are missing, and enables them with --enable-type", async () => {
    const template = {
      metadata: { labels: { a: "b" } },
      spec: { restartPolicy: "Never", containers: [{ name: "a", image: "a" }] },
    };
    put({
      apiVersion: "batch/v1",
      kind: "CronJob",
      metadata: { namespace: "store", name: "night" },
      spec: { schedule: "0 0 * * *", suspend: true, jobTemplate: { spec: { template } } },
    });
    put({ apiVersion: "v1", kind: "ServiceAccount", metadata: { namespace: "store", name: "robot" } });
    put({
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { namespace: "store", name: "settings" },
      data: { a: "b" },
    });
    const { sent, stop } = recordRequests(scope);
    const refused = await rig.fedns("federate", "namespace", "store", "-c");
    const skipping = await rig.fedns(
      "federate",
      "namespace",
      "store",
      "-c",
      "--skip-api-resources",
      "batch,sa,cm",
      "--dry-run",
    );
    stop();
    assert.equal(refused.code, 1);
    assert.match(
      refused.err,
      /serviceaccounts, cronjobs\.batch are not enabled; use --enable-type, or run fedns enable serviceaccounts cronjobs\.batch, or leave them out with --skip-kinds/,
    );
    assert.match(skipping.err, /would federate 1 object, skipped/);
    assert.deepEqual(writesIn(sent), []);
    const { code, err } = await rig.fedns("federate", "namespace", "store", "-c", "-t");
    assert.equal(code, 0, err);
    assert.ok(federated("FederatedCronJob", "store", "night") !== undefined);
    assert.ok(federated("FederatedServiceAccount", "store", "robot") !== undefined);
    assert.equal(federated("FederatedServiceAccount", "store", "default"), undefined);
  });

  it("takes a file of documents and Lists", async () => {
    const path = await file(`
apiVersion: v1
kind: ConfigMap
metadata: { name: one, namespace: shop }
data: { a: b }
---
---
apiVersion: v1
kind: List
items:
- { apiVersion: v1, kind: ConfigMap, metadata: { name: two }, data: {} }
- { apiVersion: v1, kind: Event, metadata: { name: e } }
- apiVersion: v1
  kind: Service
  metadata: { name: ports }
  spec: { type: NodePort, ports: [{ port: 80, nodePort: 30080 }] }
`);
    const { code, out, err } = await rig.fedns(
      "federate",
      "-f",
      path,
      "-n",
      "shop",
      "--cluster-selector",
      "tier=gold",
    );
    assert.equal(code, 0, err);
    assert.match(out, /^host: document 3, item 2: Event e skipped/m);
    assert.match(
      err,
      /FederatedService shop\/ports: left out spec\.ports\[\]\.nodePort: each member allots its own/,
    );
    assert.match(out, /^federated 3 objects, skipped 1$/m);
    assert.deepEqual(federated("FederatedConfigMap", "shop", "two")?.["spec"].placement, {
      clusterSelector: { matchLabels: { tier: "gold" } },
    });
  });

  it("prints and asks nothing with -o, also for types that are not enabled, and shows no Secret in a dry run", async () => {
    const path = await file(`
{ apiVersion: v1, kind: Secret, metadata: { name: pass, namespace: shop }, stringData: { word: "tell-no-one" } }
---
{ apiVersion: apps/v1, kind: StatefulSet, metadata: { name: db, namespace: shop }, spec: { serviceName: db } }
`);
    const { sent, stop } = recordRequests(scope);
    const printed = await rig.fedns("federate", "-f", path, "-o", "yaml");
    stop();
    assert.equal(printed.code, 0, printed.err);
    const kinds = parseAllDocuments(printed.out).map(
      (document) => (document.toJS() as Loose)["kind"] as string,
    );
    assert.deepEqual(kinds, ["FederatedSecret", "FederatedStatefulSet"]);
    assert.match(printed.out, /tell-no-one/);
    assert.ok(sent.every(({ method }) => method === "GET"));
    const tried = await rig.fedns("federate", "-f", path, "--dry-run", "-t");
    assert.equal(tried.code, 0, tried.err);
    assert.doesNotMatch(tried.out + tried.err, /tell-no-one/);
    assert.match(tried.err, /would federate 2 objects/);
    assert.equal(federated("FederatedSecret", "shop", "pass"), undefined);
  });

  it("goes on when it is run again after a write was refused", async () => {
    const path = await file(
      ["a1", "a2", "a3"]
        .map((name) => `{ apiVersion: v1, kind: ConfigMap, metadata: { name: ${name}, namespace: shop } }\n`)
        .join("---\n"),
    );
    let writes = 0;
    const restore = interceptRequests(scope, (options, send) => {
      const isWrite = options.method === "POST" && options.query?.["dryRun"] !== "All";
      writes += isWrite ? 1 : 0;
      return isWrite && writes === 2 ? Promise.reject(new Error("the line is dead")) : send();
    });
    const failed = await rig.fedns("federate", "-f", path);
    restore();
    assert.equal(failed.code, 1);
    assert.match(failed.err, /1 of 3 objects were federated; run the command again to go on/);
    const again = await rig.fedns("federate", "-f", path);
    assert.equal(again.code, 0, again.err);
    assert.match(again.out, /federated 2 objects, skipped 1/);
  });
});
