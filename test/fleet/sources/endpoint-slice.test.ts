/** Which cluster an EndpointSlice speaks for. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parse } from "yaml";
import { projectSlice } from "../../../src/fleet/sources/endpoint-slice.ts";

const SLICE = `
metadata: { name: web-abc, namespace: shop, labels: { kubernetes.io/service-name: web, LABELS } }
addressType: IPv4
endpoints: [{ addresses: [10.1.0.1] }]
`;

describe("a slice of another cluster", () => {
  const of = (labels: string, filter?: Parameters<typeof projectSlice>[1]): boolean =>
    projectSlice(parse(SLICE.replace("LABELS", labels)), filter) !== null;

  it("does not count, whichever label says so", () => {
    for (const labels of [
      "multicluster.kubernetes.io/source-cluster: east",
      "mirror.linkerd.io/cluster-name: east",
      "endpointslice.kubernetes.io/managed-by: endpointslice-mesh-controller.cilium.io",
      "endpointslice.kubernetes.io/managed-by: endpointslice-dispatch-controller.karmada.io",
      "endpointslice.kubernetes.io/managed-by: lighthouse-agent.submariner.io",
    ]) {
      assert.equal(of(labels), false, labels);
      assert.equal(of(labels, { cluster: "west", countsRemote: true }), true, labels);
    }
  });

  it("is one of this cluster if that is what the label says, or nothing does", () => {
    const filter = { cluster: "west", countsRemote: false };
    const ours =
      "multicluster.kubernetes.io/source-cluster: west, endpointslice.kubernetes.io/managed-by: lighthouse-agent.submariner.io";
    assert.equal(of(ours, filter), true);
    assert.equal(of(ours.replace("west", "west2"), filter), false);
    assert.equal(
      of("endpointslice.kubernetes.io/managed-by: endpointslicemirroring-controller.k8s.io"),
      true,
    );
    assert.equal(of("endpointslice.kubernetes.io/managed-by: linkerd-external-workloads-controller"), true);
  });
});
