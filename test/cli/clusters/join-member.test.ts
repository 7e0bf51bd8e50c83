/** Tokens, drift and certificates of a member that joins, and hosts that federate one namespace only. */
import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { before, describe, it } from "node:test";
import { parse, stringify } from "yaml";
import { KubeError } from "../../../src/fleet/kube/kube-error.ts";
import type { ApiServer } from "../../../src/sandbox/api-server.ts";
import type { KubeObject } from "../../../src/sandbox/object/object.ts";
import { suiteScope } from "../../support/programs.ts";
import { accountOf, clusterIn, NAMESPACE } from "./host-content.ts";
import { interceptRequests, type Rig, startRig } from "./rig.ts";

describe("a member that joins", () => {
  const scope = suiteScope();
  let rig: Rig;
  let host: ApiServer;
  let west: ApiServer;
  before(async () => {
    rig = await startRig(scope, ["host", "us-west", "eu-central"]);
    [host, west] = [rig.servers["host"] as ApiServer, rig.servers["us-west"] as ApiServer];
    assert.equal((await rig.fedns("init")).code, 0);
  });

  const cluster = (name: string): ReturnType<typeof clusterIn> => clusterIn(host, name);

  it("takes the token from a Secret where the API server has no TokenRequest", async () => {
    const restore = interceptRequests(scope, (options, send) => {
      if (!options.path.endsWith("/token")) return send();
      throw new KubeError({
        status: 404,
        reason: "NotFound",
        message: "the API server answered 404 NotFound: the server could not find the requested resource",
        sentence: "the server could not find the requested resource",
        contentType: "application/json",
        retryAfterMs: null,
        details: {},
      });
    });
    await rig.fedns("unjoin", "us-west");
    const { code, err, steps } = await rig.fedns("join", "us-west");
    restore();
    assert.equal(code, 0, err);
    assert.match(
      err,
      /note: us-west does not offer TokenRequest: its token is in a Secret and does not expire/,
    );
    assert.ok(steps.includes(`Secret ${NAMESPACE}/${accountOf(host)} created`));
    const again = await rig.fedns("join", "us-west");
    assert.ok(again.steps.includes(`Secret ${NAMESPACE}/fedns-us-west unchanged`));
    const left = await rig.fedns("unjoin", "us-west");
    assert.ok(left.steps.includes(`Secret ${NAMESPACE}/${accountOf(host)} deleted`));
  });

  it("says that the API server shortened the token, and what follows from it", async () => {
    const restore = interceptRequests(scope, async (options, send) => {
      const reply = await send();
      if (!options.path.endsWith("/token")) return reply;
      const { status } = reply.json as { status: object };
      const expirationTimestamp = new Date(Date.now() + 3_600_000).toISOString();
      return { ...reply, json: { status: { ...status, expirationTimestamp } } };
    });
    const { code, err } = await rig.fedns("join", "us-west", "--token-duration", "30d");
    restore();
    assert.equal(code, 0);
    assert.match(
      err,
      /note: us-west shortened the token: it expires at \S+Z, not after 2592000 s as asked\./,
    );
    assert.match(err, /--service-account-max-token-expiration sets the limit/);
  });

  it("is printed in a table, wide, and by name", async () => {
    const plain = await rig.fedns("get", "clusters");
    assert.match(plain.out, /^NAME +READY +AGE +KUBERNETES\nus-west +<unknown> +\d+s +<unknown>\n$/);
    const wide = await rig.fedns("get", "clusters", "-o", "wide");
    assert.match(
      wide.out,
      /^NAME .* REGION .*\nus-west .* <none> +<none> +https:\S+ +fedns-us-west +\S{36}\n$/,
    );
    const names = await rig.fedns("get", "clusters", "-o", "name");
    assert.equal(names.out, "kubefedcluster.core.kubefed.io/us-west\n");
    const missing = await rig.fedns("get", "clusters", "nowhere");
    assert.deepEqual([missing.code, missing.err], [1, "fedns: there is no cluster nowhere\n"]);
  });

  it("lists drift against the clusters that are joined", async () => {
    const eu = rig.servers["eu-central"] as ApiServer;
    const label = (server: ApiServer, name: string, labels: Record<string, string>): void => {
      server.objects.patch({ apiVersion: "v1", kind: "Node", name }, { metadata: { labels } });
    };
    label(west, "us-west-1", {
      "topology.kubernetes.io/region": "US_West",
      "topology.kubernetes.io/zone": "a",
    });
    label(eu, "eu-central-1", { "topology.kubernetes.io/region": "us-west", zone: "b" });
    for (const [server, provisioner] of [
      [west, "ebs.csi.aws.com"],
      [eu, "pd.csi.storage.gke.io"],
    ] as const)
      server.objects.put({
        apiVersion: "storage.k8s.io/v1",
        kind: "StorageClass",
        metadata: { name: "fast" },
        provisioner,
      } as KubeObject);
    const { code, err } = await rig.fedns("join", "eu-central");
    assert.equal(code, 0);
    const notes = err.split("\n").filter((line) => line.startsWith("note: eu-central: "));
    assert.deepEqual(
      notes.map((line) => line.replace("note: eu-central: ", "").replace(/https:\S+/, "URL")),
      [
        "its API server is at URL which only this machine reaches; join with --api-endpoint and an address that the host reaches, unless fedns runs on this machine",
        "no Node has the label topology.kubernetes.io/zone (eu-central-1); they have zone; label the Nodes with topology.kubernetes.io/zone, or join with --region and --zones",
        'the region us-west is spelt "us-west" and "US_West"; give all Nodes of this region the same label',
        "the StorageClass fast is pd.csi.storage.gke.io here, and ebs.csi.aws.com in us-west: volumes differ by cluster; give different classes different names, or override storageClassName for this cluster",
      ],
    );
  });

  it("says that the settings file has the name too", async () => {
    const file = join(rig.folder, "fedns.yaml");
    await writeFile(
      file,
      `federations: [{ name: myfed, domain: example.com }]
nameservers: [{ name: ns.example.net }]
clusters: [{ name: eu-central, kubeconfig: ./x }]
`,
    );
    const { err } = await rig.fedns("join", "eu-central", "--config", file);
    assert.match(
      err,
      /note: eu-central: the settings file has a cluster named eu-central as well; remove it/,
    );
  });

  it("refuses a context that checks the certificate for another name, which a KubeFedCluster cannot hold", async () => {
    const document = parse(west.kubeconfig()) as Record<string, any>;
    document["clusters"][0].cluster["tls-server-name"] = "localhost";
    const file = join(rig.folder, "named");
    await writeFile(file, stringify(document));
    const args = ["join", "us-west", "--cluster-kubeconfig", file, "--cluster-context", "us-west"];
    const { code, err } = await rig.fedns(...args);
    assert.equal(code, 1);
    assert.match(
      err,
      /is checked for the name localhost, which a KubeFedCluster cannot hold; .*--api-endpoint/,
    );
  });

  it("keeps a proxy and an unchecked certificate as KubeFed does", async () => {
    const document = parse(west.kubeconfig()) as Record<string, any>;
    const { cluster: settings } = document["clusters"][0];
    delete settings["certificate-authority-data"];
    settings["insecure-skip-tls-verify"] = true;
    const file = join(rig.folder, "unchecked");
    await writeFile(file, stringify(document));
    const args = [
      "join",
      "us-west",
      "--cluster-kubeconfig",
      file,
      "--api-endpoint",
      "https://west.example:6443",
    ];
    const { code, err } = await rig.fedns(...args);
    assert.equal(code, 0, err);
    const spec = cluster("us-west")?.["spec"] as Record<string, unknown>;
    assert.deepEqual(spec["disabledTLSValidations"], ["*"]);
    assert.deepEqual([spec["caBundle"], spec["apiEndpoint"]], [undefined, "https://west.example:6443"]);
  });

  it("keeps to the namespace of the federation where its scope is that namespace", async () => {
    const key = {
      apiVersion: "core.kubefed.io/v1beta1",
      kind: "KubeFedConfig",
      namespace: NAMESPACE,
      name: "kubefed",
    };
    host.objects.delete(key);
    assert.equal((await rig.fedns("init", "--scope", "Namespaced")).code, 0);
    const elsewhere = await rig.fedns("join", "us-west", "--kinds", "services", "--namespaces", "default");
    assert.equal(elsewhere.code, 1);
    assert.match(
      elsewhere.err,
      /its scope is Namespaced, so nothing is propagated to default; leave out --namespaces/,
    );
    const { code, steps } = await rig.fedns("join", "us-west", "--kinds", "services");
    assert.equal(code, 0);
    assert.ok(steps.includes(`Role ${NAMESPACE}/${accountOf(host)}-propagation created`), steps.join("\n"));
  });
});
