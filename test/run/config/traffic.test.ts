/** The settings of traffic; their refusals are in refusals.test.ts. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parseConfig } from "../../../src/run/config/file.ts";
import type { Config } from "../../../src/run/config/config.ts";

const least =
  "federations: [{ name: myfed, domain: example.com }]\nnameservers: [{ name: ns.example.net }]\n";

function accepted(text: string): Config {
  const result = parseConfig(text, "fedns.yaml");
  assert.ok(result.kind === "config", JSON.stringify(result));
  return result.config;
}

describe("traffic", () => {
  it("takes weights and turns of clusters by their names", () => {
    const { traffic } = accepted(`${least}traffic:
  policy: weighted
  weights: { us-west: 3, eu.central: 0 }
  failoverOrder: [eu.central, us-west]
  spillBelow: 1
clusters: [{ name: us-west, kubeconfig: k }, { name: eu.central, kubeconfig: k }]
`);
    assert.deepEqual(traffic.weights, { "us-west": 3, "eu.central": 0 });
    assert.deepEqual(traffic.failoverOrder, ["eu.central", "us-west"]);
    assert.deepEqual([traffic.policy, traffic.clusters, traffic.spillBelow], ["weighted", 1, 1]);
  });

  it("refuses a weight for every key that is no cluster's name, and a name that no object has", () => {
    for (const key of ["__proto__", "constructor", "A B"]) {
      const text = `${least}traffic: { weights: { "${key}": 1 } }\nclusters: [{ name: a, kubeconfig: k }]`;
      assert.equal(parseConfig(text, "fedns.yaml").kind, "problems", key);
    }
  });
});
