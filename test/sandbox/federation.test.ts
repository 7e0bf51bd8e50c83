/** The sandbox as `fedns sandbox` starts it: all members have joined the host, and the sample has federated objects. */
import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import { federation } from "../../src/cli/sandbox/federation.ts";
import { parseKubeFedCluster } from "../../src/fleet/host-objects/declared-member.ts";
import { parseFederatedTypeConfig } from "../../src/fleet/host-objects/type-config.ts";
import { type Sandbox, startSandbox } from "../../src/sandbox/sandbox.ts";
import { temporaryFolder } from "../support/fedns.ts";
import { atEnd, suiteScope } from "../support/programs.ts";

const NAMESPACE = "kube-federation-system";
const KINDS = [
  "Namespace",
  "Deployment",
  "StatefulSet",
  "DaemonSet",
  "Job",
  "CronJob",
  "Service",
  "ConfigMap",
  "Secret",
  "ServiceAccount",
  "Ingress",
  "PersistentVolumeClaim",
  "HorizontalPodAutoscaler",
];

describe("the federation of the sandbox", () => {
  const scope = suiteScope();
  let sandbox: Sandbox;
  before(async () => {
    sandbox = await startSandbox({ directory: await temporaryFolder(scope), federation });
    atEnd(scope, () => sandbox.close());
  });
  const inHost = (apiVersion: string, kind: string, namespace = NAMESPACE): readonly any[] =>
    sandbox.host.server.objects.list(apiVersion, kind, namespace);

  it("has all members, each with a Secret whose account the member knows", async () => {
    const clusters = inHost("core.kubefed.io/v1beta1", "KubeFedCluster");
    assert.deepEqual(clusters.map(({ metadata }) => String(metadata.name)).toSorted(), [
      "ap-northeast",
      "eu-central",
      "us-west",
    ]);
    assert.ok(sandbox.clusters.every(({ isInHost }) => isInHost));
    for (const cluster of clusters) {
      const { value, problems } = parseKubeFedCluster(cluster, null);
      assert.deepEqual(problems, []);
      const secret = inHost("v1", "Secret").find(({ metadata }) => metadata.name === value?.secretName);
      const { server } = sandbox.clusters.find(({ name }) => name === value?.name) as {
        server: { caPem: string };
      };
      assert.ok(secret.data.token.length > 20);
      assert.equal(value?.caBundle?.trim(), server.caPem.trim());
    }
  });

  it("has the usual types enabled, and their kinds are served", () => {
    const types = inHost("core.kubefed.io/v1beta1", "FederatedTypeConfig").map(parseFederatedTypeConfig);
    assert.deepEqual(
      types.flatMap(({ problems }) => problems),
      [],
    );
    const enabled = types.flatMap(({ value }) =>
      value?.isPropagated === true ? [value.targetType.kind] : [],
    );
    assert.deepEqual(enabled.toSorted(), KINDS.toSorted());
    for (const { value } of types) {
      const { group, version, kind } = value?.federatedType ?? assert.fail();
      assert.ok(sandbox.host.server.objects.isKnown({ apiVersion: `${group}/${version}`, kind }), kind);
    }
  });

  it("has a namespace and what is in it placed in all members, with more replicas in one", () => {
    const found = ["Namespace", "ConfigMap", "Deployment", "Service"].flatMap((kind) =>
      inHost("types.kubefed.io/v1beta1", `Federated${kind}`, "shop"),
    );
    assert.deepEqual(
      found.map(({ kind, metadata, spec }) => `${kind} ${metadata.name} ${JSON.stringify(spec.placement)}`),
      ["Namespace shop", "ConfigMap web", "Deployment web", "Service web"].map(
        (object) => `Federated${object} {"clusterSelector":{}}`,
      ),
    );
    assert.deepEqual(found[2].spec.overrides, [
      { clusterName: "eu-central", clusterOverrides: [{ path: "/spec/replicas", value: 4 }] },
    ]);
  });
});
