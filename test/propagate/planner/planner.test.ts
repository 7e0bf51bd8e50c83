/** The rule "kubefed" number by number, and where "even" differs from it. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { planReplicas, type PlanRule } from "../../../src/propagate/planner/planner.ts";
import { fnv1 } from "../../../src/propagate/planner/seats.ts";
import { counts, preferencesOf } from "./notation.ts";
import { expected, FURTHER, planned, type Vector, VECTORS, vectorsOf } from "./vectors.ts";

function check(vectors: readonly Vector[], rule: PlanRule): void {
  for (const vector of vectors)
    it(vector.name, () => {
      assert.deepEqual(planned(vector, rule), expected(vector));
    });
}

describe('the rule "kubefed"', () => {
  check([...VECTORS, ...FURTHER], "kubefed");
  check(
    vectorsOf(`
claim                                              | preferences          | T  | among | current | capacity | reb | plan  | overflow
minimums come first, and the rest goes by weight   | A 2 2..6, B 3 4..8   | 10 | AB    |         |          |     | A3 B7 |
a minimum above the maximum, where no round comes  | A 0 5..2             | 10 | A     |         |          |     | A5    |
`),
    "kubefed",
  );
});

describe('the rule "even", as "kubefed"', () => {
  const differs = new Set(["11", "21"]);
  check(
    [...VECTORS, ...FURTHER].filter(({ name }) => !differs.has(name)),
    "even",
  );
});

describe('the rule "even", of its own', () => {
  check(
    vectorsOf(`
claim                                                     | preferences        | T  | among | current     | capacity | reb | plan        | overflow
11                                                        | * 1                | 50 | AB    | A10 B70     |          |     | A10 B40     |
21                                                        | * 1 20             | 60 | AB    |             | B10      | yes | A50 B10     | B20
weights share the whole total, where minimums allow       | A 2 2..6, B 3 4..8 | 10 | AB    |             |          |     | A4 B6       |
what a minimum takes, the others give by weight           | A 1 10, B 1, C 1   | 12 | ABC   |             |          |     | A10 B1 C1   |
a maximum holds against a minimum                         | A 0 5..2           | 10 | A     |             |          |     | A2          |
fewer are wanted: those above their share stop            | * 1                | 60 | ABC   | A10 B40 C30 |          |     | A10 B25 C25 |
fewer are wanted: a cluster without weight stops first    | A 0, B 1           | 40 | AB    | A30 B30     |          |     | A10 B30     |
fewer are wanted: a minimum is started nevertheless       | A 1 5, B 1         | 20 | AB    | A0 B30      |          |     | A5 B15      |
fewer fit: what is over capacity does not count as kept   | * 1                | 50 | AB    | A10 B70     | B30      |     | A20 B30     |
`),
    "even",
  );
});

describe("the order of equal weights", () => {
  it("is by FNV-1 of cluster and key", () => {
    assert.deepEqual([..."ABCDE"].map(fnv1), [84_696_414, 84_696_413, 84_696_412, 84_696_411, 84_696_410]);
    const key = "test-ns/test-deployment";
    const clusters = ["cluster1", "cluster2", "cluster3"];
    assert.deepEqual(
      clusters.map((cluster) => fnv1(cluster + key)),
      [1_574_246_239, 2_720_231_878, 2_632_983_509],
    );
    const preferences = preferencesOf("* 1", false);
    const plan = planReplicas(
      { total: 10, clusters, preferences, current: new Map(), capacity: new Map(), key },
      "kubefed",
    );
    assert.deepEqual([...plan.replicas.values()], [4, 2, 4]);
  });

  it("is by name where two have one hash, not by the order of the request", () => {
    const [one, other] = ["dev-85292", "south-84899"] as const;
    assert.equal(fnv1(one), fnv1(other));
    for (const clusters of [
      [one, other],
      [other, one],
    ]) {
      const preferences = preferencesOf("* 1", false);
      const request = { total: 1, clusters, preferences, current: new Map(), capacity: new Map(), key: "" };
      assert.equal(planReplicas(request, "kubefed").replicas.get(one), 1);
    }
  });

  it("hashes the UTF-8 of a text, also where it is no text", () => {
    // What stands for half a character is U+FFFD.
    assert.equal(fnv1("é"), fnv1OfOctets([0xc3, 0xa9]));
    assert.equal(fnv1("a\ud800"), fnv1OfOctets([0x61, 0xef, 0xbf, 0xbd]));
  });
});

/** By integers of any length, so that it shares nothing with the function under test. */
function fnv1OfOctets(octets: readonly number[]): number {
  return Number(
    octets.reduce((hash, octet) => ((hash * 16_777_619n) & 0xffff_ffffn) ^ BigInt(octet), 2_166_136_261n),
  );
}

describe("large numbers", () => {
  it("are shared exactly, beyond what a number holds exactly", () => {
    const weight = 2 ** 53 - 1;
    const preferences = preferencesOf(`A ${weight}, B ${weight}, C 1`, true);
    const request = { total: 2 ** 31 - 1, clusters: ["A", "B", "C"], preferences, current: new Map() };
    const plan = planReplicas({ ...request, capacity: new Map(), key: "" }, "kubefed");
    assert.deepEqual([...plan.replicas.values()], [2 ** 30 - 1, 2 ** 30, 0]);
  });

  it("that are kept do not take a round each", () => {
    const preferences = preferencesOf("A 1, B 1 0..1", false);
    // One round each would take years.
    const current = counts(`A${2 ** 50 - 3} B1`);
    const request = { total: 2 ** 50 - 1, clusters: ["A", "B"], preferences, current };
    const { replicas } = planReplicas({ ...request, capacity: new Map(), key: "" }, "kubefed");
    assert.deepEqual(replicas, counts(`A${2 ** 50 - 2} B1`));
  });
});
