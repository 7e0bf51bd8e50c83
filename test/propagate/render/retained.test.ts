import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { withoutRetained } from "../../../src/propagate/render/retained.ts";

const NOTHING_OVERRIDDEN = { retainReplicas: false, isOverridden: () => false };
const service = (spec: object): Record<string, unknown> => ({ apiVersion: "v1", kind: "Service", spec });
const allocated = service({
  clusterIP: "10.0.0.7",
  clusterIPs: ["10.0.0.7"],
  healthCheckNodePort: 30_001,
  type: "LoadBalancer",
  ports: [{ port: 80, nodePort: 30_080 }, { port: 81 }],
});

describe("fields that a member decides", () => {
  it("are those that it allocates to a Service", () => {
    const { body, fields } = withoutRetained(allocated, NOTHING_OVERRIDDEN);
    assert.deepEqual(body["spec"], { type: "LoadBalancer", ports: [{ port: 80 }, { port: 81 }] });
    assert.deepEqual(fields, [
      "spec.clusterIP",
      "spec.clusterIPs",
      "spec.healthCheckNodePort",
      "spec.ports[].nodePort",
    ]);
  });
  it("are not those that an override sets", () => {
    const isOverridden = (pointer: string): boolean =>
      ["/spec/clusterIP", "/spec/ports/0/nodePort"].includes(pointer);
    const { body } = withoutRetained(allocated, { retainReplicas: false, isOverridden });
    assert.deepEqual(body["spec"], {
      clusterIP: "10.0.0.7",
      type: "LoadBalancer",
      ports: [{ port: 80, nodePort: 30_080 }, { port: 81 }],
    });
  });
  it("are not the word that a Service has no address", () => {
    const headless = service({ clusterIP: "None", clusterIPs: ["None"] });
    assert.deepEqual(withoutRetained(headless, NOTHING_OVERRIDDEN), { body: headless, fields: [] });
  });
  it("are replicas only where that is said, of any kind", () => {
    const body = { apiVersion: "x.io/v1", kind: "Thing", spec: { replicas: 3, clusterIP: "a" } };
    assert.deepEqual(withoutRetained(body, NOTHING_OVERRIDDEN).body, body);
    const { body: left } = withoutRetained(body, { ...NOTHING_OVERRIDDEN, retainReplicas: true });
    assert.deepEqual(left["spec"], { clusterIP: "a" });
  });
  it("are none without a spec", () => {
    const body = { apiVersion: "v1", kind: "Service", spec: "odd" };
    assert.deepEqual(withoutRetained(body, NOTHING_OVERRIDDEN), { body, fields: [] });
  });
});
