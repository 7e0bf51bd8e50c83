/** What `fedns federate` refuses: files with one bad document among good ones, and arguments that make no sense. */
import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { before, describe, it } from "node:test";
import type { ApiServer } from "../../../src/sandbox/api-server.ts";
import { suiteScope } from "../../support/programs.ts";
import { recordRequests, type Rig, startRig, writesIn } from "../clusters/rig.ts";

const SYSTEM = "kube-federation-system";

describe("fedns federate refuses", () => {
  const scope = suiteScope();
  let rig: Rig;
  const file = async (text: string): Promise<string> => {
    const path = join(rig.folder, "manifests.yaml");
    await writeFile(path, text);
    return path;
  };
  before(async () => {
    rig = await startRig(scope, ["host"]);
    const host = rig.servers["host"] as ApiServer;
    host.objects.put({ apiVersion: "v1", kind: "Namespace", metadata: { name: "shop" } });
    host.objects.put({
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { namespace: "shop", name: "web" },
      spec: {
        selector: { matchLabels: { app: "web" } },
        template: {
          metadata: { labels: { app: "web" } },
          spec: { containers: [{ name: "web", image: "web:1" }] },
        },
      },
    });
    assert.equal((await rig.fedns("init")).code, 0);
    assert.equal((await rig.fedns("enable", "namespaces", "deployments", "configmaps")).code, 0);
  });

  const good = "{ apiVersion: v1, kind: ConfigMap, metadata: { name: fine, namespace: shop } }";
  const bad: readonly (readonly [what: string, document: string, sentence: RegExp])[] = [
    ["text", "just text", /document 2: it is no object/],
    ["no kind", "{ apiVersion: v1 }", /document 2: it has no apiVersion or no kind/],
    [
      "a generated name",
      "{ apiVersion: v1, kind: ConfigMap, metadata: { generateName: a- } }",
      /document 2: ConfigMap: metadata\.name is missing; generateName is not possible/,
    ],
    [
      "no namespace",
      "{ apiVersion: v1, kind: ConfigMap, metadata: { name: a } }",
      /document 2: ConfigMap a: name its namespace/,
    ],
    [
      "an unknown kind",
      "{ apiVersion: v1, kind: ConfigMop, metadata: { name: a } }",
      /document 2: ConfigMop a: the host serves no kind ConfigMop of the core group/,
    ],
    [
      "a version that is not served",
      "{ apiVersion: batch/v9, kind: Job, metadata: { name: a, namespace: shop } }",
      /document 2: Job a: jobs\.batch is not served as v9/,
    ],
    [
      "kube-system",
      "{ apiVersion: v1, kind: ConfigMap, metadata: { name: a, namespace: kube-system } }",
      /document 2: ConfigMap kube-system\/a: .* belongs to each cluster itself/,
    ],
    [
      "default",
      "{ apiVersion: v1, kind: Namespace, metadata: { name: default } }",
      /document 2: Namespace default: .* is never federated/,
    ],
    [
      "our own namespace",
      `{ apiVersion: v1, kind: Secret, metadata: { name: a, namespace: ${SYSTEM} } }`,
      /belongs to the federation itself/,
    ],
    ["the same again", good, /document 1 and document 2 are the same object, ConfigMap fine/],
    [
      "an object of the federation",
      "{ apiVersion: core.kubefed.io/v1beta1, kind: KubeFedCluster, metadata: { name: a } }",
      /belongs to the federation itself/,
    ],
    [
      "a namespace that the host lacks",
      "{ apiVersion: v1, kind: ConfigMap, metadata: { name: a, namespace: nowhere } }",
      /document 2: FederatedConfigMap nowhere\/a: .*namespaces "nowhere" not found/,
    ],
    [
      "a name that the API server refuses",
      "{ apiVersion: v1, kind: ConfigMap, metadata: { name: A_b, namespace: shop } }",
      /document 2: FederatedConfigMap shop\/A_b: /,
    ],
  ];
  for (const [what, document, sentence] of bad)
    it(`a file with ${what}, and writes nothing`, async () => {
      const path = await file(`${good}\n---\n${document}\n`);
      const { sent, stop } = recordRequests(scope);
      const { code, err } = await rig.fedns("federate", "-f", path);
      stop();
      assert.equal(code, 1);
      assert.match(err, sentence);
      assert.deepEqual(writesIn(sent), []);
    });

  const refused: readonly (readonly [args: readonly string[], sentence: RegExp])[] = [
    [["deployment", "web"], /Deployment web: name its namespace with -n/],
    [["deployment", "none", "-n", "shop"], /Deployment shop\/none: there is no such object/],
    [["deploymint", "web", "-n", "shop"], /did you mean deployments\?/],
    [["deployment", "web", "-n", "shop", "--contents"], /--contents is for namespaces/],
    [["namespace", "shop", "-c", "--skip-kinds", "secretz"], /did you mean secrets\?/],
    [
      ["namespace", "kube-system", "-c"],
      /Namespace kube-system: the namespace kube-system belongs to each cluster itself/,
    ],
    [["cm", "kube-root-ca.crt", "-n", "shop"], /^$/],
  ];
  for (const [args, sentence] of refused)
    it(`these arguments: ${args.join(" ")}`, async () => {
      const { code, err } = await rig.fedns("federate", ...args);
      assert.equal(code, 1);
      assert.match(err, sentence);
    });
});
