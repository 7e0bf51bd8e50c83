/** The sandbox's host: KubeFed's types are there from the start, and prune and refuse as their schemas say. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { installHostTypes } from "../../src/sandbox/host-types.ts";
import { startServer } from "./server.ts";

const { server, client } = await startServer();
await installHostTypes(server.objects);
await server.settled();
const system = "namespaces/kube-federation-system";
const types = "/apis/types.kubefed.io/v1beta1";

describe("the host of the sandbox", () => {
  test("offers KubeFed's kinds in its four groups, established, and the system namespace", async () => {
    const { body: list } = await client.call("/apis/apiextensions.k8s.io/v1/customresourcedefinitions");
    const found = list.items.map(({ spec }: any) => `${spec.names.kind}.${spec.group.split(".")[0]}`);
    for (const kind of [
      "ClusterRole",
      "ConfigMap",
      "Deployment",
      "Ingress",
      "Job",
      "Namespace",
      "ReplicaSet",
      "Secret",
    ])
      assert.ok(found.includes(`Federated${kind}.types`), kind);
    for (const one of ["ServiceAccount.types", "Service.types"])
      assert.ok(found.includes(`Federated${one}`), one);
    for (const one of [
      "KubeFedCluster.core",
      "KubeFedConfig.core",
      "FederatedTypeConfig.core",
      "PropagatedVersion.core",
      "ClusterPropagatedVersion.core",
      "ReplicaSchedulingPreference.scheduling",
      "Domain.multiclusterdns",
      "ServiceDNSRecord.multiclusterdns",
      "IngressDNSRecord.multiclusterdns",
      "DNSEndpoint.multiclusterdns",
    ])
      assert.ok(found.includes(one), one);
    for (const { metadata, status } of list.items) {
      const isEstablished = status.conditions.some(
        ({ type, status: is }: any) => type === "Established" && is === "True",
      );
      assert.ok(isEstablished, metadata.name);
    }
    assert.equal((await client.call(`/api/v1/${system}`)).code, 200);
  });

  test("keeps templates whole, and prunes what a federated object does not have", async () => {
    const path = `${types}/namespaces/default/federateddeployments`;
    const spec = {
      template: { spec: { anything: { at: ["all"] } } },
      placement: { clusters: [{ name: "c1", weight: 3 }], clusterSelector: {} },
      overrides: [{ clusterName: "c1", clusterOverrides: [{ path: "/spec/replicas", value: { a: [1] } }] }],
      retainReplicas: true,
      stray: 1,
    };
    const { code, body } = await client.create(path, { metadata: { name: "web" }, spec });
    assert.equal(code, 201, body.message);
    assert.deepEqual(body.spec.template, spec.template);
    assert.deepEqual(body.spec.overrides, spec.overrides);
    assert.deepEqual(body.spec.placement, { clusters: [{ name: "c1" }], clusterSelector: {} });
    assert.equal("stray" in body.spec, false);
    const maps = `${types}/namespaces/default/federatedconfigmaps`;
    const { body: map } = await client.create(maps, {
      metadata: { name: "m" },
      spec: { retainReplicas: true },
    });
    assert.deepEqual(map.spec, {});
    const bad = {
      ...spec,
      overrides: [{ clusterName: "c1", clusterOverrides: [{ op: "move", path: "/x" }] }],
    };
    assert.equal((await client.create(path, { metadata: { name: "bad" }, spec: bad })).code, 422);
    const clusterWide = await client.create(`${types}/federatedclusterroles`, {
      metadata: { name: "r" },
      spec: {},
    });
    assert.equal(clusterWide.code, 201);
  });

  test("checks scheduling preferences and DNS records", async () => {
    const preferences =
      "/apis/scheduling.kubefed.io/v1alpha1/namespaces/default/replicaschedulingpreferences";
    const spec = {
      targetKind: "FederatedDeployment",
      totalReplicas: 9,
      clusters: { "*": { weight: 1, other: 2 } },
    };
    const { body } = await client.create(preferences, { metadata: { name: "web" }, spec });
    assert.deepEqual(body.spec.clusters, { "*": { weight: 1 } });
    const wrong = await client.create(preferences, {
      metadata: { name: "w" },
      spec: { ...spec, targetKind: "Job" },
    });
    assert.equal(wrong.code, 422);
    const dns = "/apis/multiclusterdns.kubefed.io/v1alpha1/namespaces/default";
    const record = { metadata: { name: "web" }, spec: { domainRef: "galactic", recordTTL: 300 } };
    assert.equal((await client.create(`${dns}/servicednsrecords`, record)).code, 201);
    assert.equal(
      (await client.create(`${dns}/servicednsrecords`, { metadata: { name: "x" }, spec: {} })).code,
      422,
    );
    const domain = { metadata: { name: "galactic" }, domain: "example.com" };
    assert.equal(
      (await client.create(`${dns.replace("default", "kube-federation-system")}/domains`, domain)).code,
      201,
    );
    const status = {
      domain: "example.com",
      dns: [{ cluster: "c1", loadBalancer: { ingress: [{ ip: "192.0.2.1" }] } }],
    };
    const { body: written } = await client.patch(`${dns}/servicednsrecords/web/status`, { status });
    assert.deepEqual(written.status, status);
  });
});
