/** The definitions of federated types: what an API server keeps of them, and that the files have no others. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import {
  federatedDefinition,
  federatedTypeOf,
  typeConfig,
} from "../../../src/fleet/host-objects/federated-definition.ts";
import { parseFederatedTypeConfig } from "../../../src/fleet/host-objects/type-config.ts";
import { OTHER_TYPES, USUAL_TYPES } from "../../../src/fleet/host-objects/usual-types.ts";
import { startServer } from "../../sandbox/server.ts";
import { FILE, federatedTypesText } from "../../support/federated-types.ts";

const ALL = [...USUAL_TYPES, ...OTHER_TYPES];

describe("federated types", () => {
  it("are in deploy/crds as they are made here", () => {
    assert.ok(
      readFileSync(FILE, "utf8") === federatedTypesText(),
      "node test/support/federated-types.ts writes it",
    );
  });

  it("have FederatedTypeConfigs that are read as they were meant", () => {
    for (const type of ALL) {
      const federated = federatedTypeOf(type);
      const { value, problems } = parseFederatedTypeConfig(typeConfig(type, federated, type));
      assert.deepEqual(problems, []);
      const { shortName: _, hasReplicas: __, collectsStatus, ...targetType } = type;
      assert.deepEqual(value, {
        name: value?.name,
        targetType,
        federatedType: federated,
        isPropagated: true,
        collectsStatus,
      });
    }
  });

  it("are of the whole cluster where their copies are, but for Namespaces", () => {
    const clusterWide = ALL.filter((type) => !federatedTypeOf(type).isNamespaced).map(({ kind }) => kind);
    assert.deepEqual(clusterWide, ["ClusterRole"]);
  });

  it("are served, and keep everything that fedns says about copies", async () => {
    const { server, client } = await startServer();
    const [deployment] = ALL.filter(({ kind }) => kind === "Deployment");
    assert.ok(deployment);
    server.objects.put(federatedDefinition(deployment, federatedTypeOf(deployment)) as never);
    await server.settled();
    const path = "/apis/types.kubefed.io/v1beta1/namespaces/default/federateddeployments";
    const spec = {
      template: { spec: { anything: [1] } },
      placement: { clusterSelector: {} },
      overrides: [
        { clusterSelector: { matchLabels: { a: "b" } }, clusterOverrides: [{ path: "/x", value: {} }] },
      ],
      retainReplicas: true,
    };
    const made = await client.create(path, { metadata: { name: "web" }, spec });
    assert.equal(made.code, 201, made.body.message);
    assert.deepEqual(made.body.spec, spec);
    const lastTransitionTime = "2026-11-30T08:00:00Z";
    const status = {
      observedGeneration: 1,
      conditions: [
        { type: "Propagation", status: "False", reason: "CheckClusters", message: "m1: CreationFailed" },
      ],
      clusters: [
        { name: "m1", status: "CreationFailed", message: "no", code: 403, lastTransitionTime },
        { name: "m2", generation: 1, remoteStatus: { replicas: 2 } },
      ],
    };
    const { body } = await client.patch(`${path}/web/status`, { status });
    assert.deepEqual(body.status, status);
  });
});
