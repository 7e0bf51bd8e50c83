/** `fedns check --online`: what only the clusters themselves can say. */
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { type Sandbox, startSandbox } from "../../src/sandbox/sandbox.ts";
import { checkIn, KUBECONFIG } from "./check-rig.ts";

describe("fedns check --online", () => {
  let sandbox: Sandbox;
  let folder = "";
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "fedns-cli-"));
    sandbox = await startSandbox({ directory: join(folder, "made") });
  });
  after(async () => {
    await sandbox.close();
    await rm(folder, { recursive: true });
  });

  const members = (names: readonly string[]): object => ({
    clusters: names.map((name) => ({ name, kubeconfig: `./made/${name}.kubeconfig` })),
  });

  it("says of each member that it is reachable, and its version", async () => {
    const { code, out } = await checkIn(folder, members(["us-west", "eu-central"]), "--online");
    assert.equal(out.match(/: note: clusters\[\d\]: \S+: reachable, Kubernetes v1\.\d+/g)?.length, 2, out);
    assert.equal(code, 0);
  });

  it("names a member that does not answer", async () => {
    writeFileSync(join(folder, "gone.kubeconfig"), KUBECONFIG);
    const { code, out } = await checkIn(
      folder,
      { clusters: [{ name: "gone", kubeconfig: "./gone.kubeconfig" }] },
      "--online",
    );
    assert.match(out, /^fedns\.yaml:6:\d+: clusters\[0\]: gone: cannot be reached: .*ECONNREFUSED/);
    assert.equal(code, 1);
  });

  it("names the rights that an account lacks, by source, and the Nodes without labels", async () => {
    const [member] = sandbox.clusters;
    assert.ok(member !== undefined);
    const { objects } = member.server;
    const account = { namespace: "default", name: "narrow" };
    objects.put({ apiVersion: "v1", kind: "ServiceAccount", metadata: account });
    objects.put({
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "ClusterRole",
      metadata: { name: "narrow" },
      rules: [
        {
          apiGroups: ["", "discovery.k8s.io"],
          resources: ["services", "endpointslices", "namespaces", "nodes"],
          verbs: ["list"],
        },
      ],
    });
    objects.put({
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "ClusterRoleBinding",
      metadata: { name: "narrow" },
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "narrow" },
      subjects: [{ kind: "ServiceAccount", ...account }],
    });
    objects.put({ apiVersion: "v1", kind: "Node", metadata: { name: "bare" }, spec: {} });
    objects.put({
      apiVersion: "v1",
      kind: "Secret",
      type: "kubernetes.io/service-account-token",
      metadata: {
        namespace: "default",
        name: "narrow",
        annotations: { "kubernetes.io/service-account.name": "narrow" },
      },
    });
    await member.server.settled();
    const secret = objects.get({ apiVersion: "v1", kind: "Secret", ...account }) as any;
    const token = Buffer.from(secret.data.token, "base64").toString();
    const text = readFileSync(join(folder, "made", "us-west.kubeconfig"), "utf8");
    writeFileSync(join(folder, "narrow.kubeconfig"), text.replace(/token: \S+/, `token: ${token}`));
    const { code, out } = await checkIn(
      folder,
      {
        clusters: [{ name: "us-west", kubeconfig: "./narrow.kubeconfig" }],
        sources: { ingresses: { enabled: true } },
        hosts: [{ suffix: "apps.example.com" }],
      },
      "--online",
    );
    assert.match(
      out,
      /clusters\[0\]: us-west: its account may not watch services, list and watch ingresses\.networking\.k8s\.io, watch endpointslices\.discovery\.k8s\.io, watch nodes, watch namespaces; grant it with deploy\/member\.yaml or fedns join\n/,
    );
    assert.match(
      out,
      /: warning: clusters\[0\]: us-west: 1 of \d+ Nodes have no label topology\.kubernetes\.io\/region, like bare; label them/,
    );
    assert.equal(code, 1);
  });
});
