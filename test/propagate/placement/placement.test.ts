import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { place, type NamespaceBound } from "../../../src/propagate/placement/placement.ts";
import { parsePlacement } from "../../../src/propagate/placement/parse-placement.ts";

const CLUSTERS = [
  { name: "c1", labels: { region: "eu", tier: "gold" } },
  { name: "c2", labels: { region: "us" } },
  { name: "c3", labels: {} },
];
const ANYWHERE: NamespaceBound = { kind: "unbounded" };

function chosen(value: unknown, bound: NamespaceBound = ANYWHERE): string {
  const parsed = parsePlacement(value);
  if ("problem" in parsed) return parsed.problem;
  return place(parsed.placement, CLUSTERS, bound)
    .filter(({ isChosen }) => isChosen)
    .map(({ cluster }) => cluster)
    .join(" ");
}

function reasons(value: unknown, bound: NamespaceBound = ANYWHERE): Record<string, string> {
  const parsed = parsePlacement(value);
  assert.ok("placement" in parsed);
  return Object.fromEntries(
    place(parsed.placement, CLUSTERS, bound).map(({ cluster, reason }) => [cluster, reason]),
  );
}

describe("placement", () => {
  const selector = (operator: string, values?: readonly string[]): object => ({
    clusterSelector: { matchExpressions: [{ key: "region", operator, ...(values && { values }) }] },
  });
  const table: readonly (readonly [string, unknown, string])[] = [
    ["no placement chooses none", undefined, ""],
    ["an empty placement chooses none", {}, ""],
    ["null lists and selectors count as absent", { clusters: null, clusterSelector: null }, ""],
    ["an empty list chooses none", { clusters: [] }, ""],
    ["an empty list chooses none although a selector chooses all", { clusters: [], clusterSelector: {} }, ""],
    ["names choose exactly these clusters", { clusters: [{ name: "c3" }, { name: "c1" }] }, "c1 c3"],
    ["names win over a selector", { clusters: [{ name: "c2" }], clusterSelector: {} }, "c2"],
    ["a name that is no cluster is left out", { clusters: [{ name: "c2" }, { name: "c9" }] }, "c2"],
    ["an empty selector chooses all", { clusterSelector: {} }, "c1 c2 c3"],
    ["a selector with no labels chooses all", { clusterSelector: { matchLabels: {} } }, "c1 c2 c3"],
    ["labels are all required", { clusterSelector: { matchLabels: { region: "eu", tier: "gold" } } }, "c1"],
    ["labels that no cluster has choose none", { clusterSelector: { matchLabels: { region: "asia" } } }, ""],
    ["In", selector("In", ["eu", "us"]), "c1 c2"],
    ["NotIn holds for a cluster without the label", selector("NotIn", ["eu"]), "c2 c3"],
    ["Exists", selector("Exists"), "c1 c2"],
    ["DoesNotExist", selector("DoesNotExist"), "c3"],
  ];
  for (const [claim, value, expected] of table)
    it(claim, () => {
      assert.equal(chosen(value), expected);
    });

  it("is bounded by the placement of the namespace", () => {
    const bound: NamespaceBound = { kind: "placed", clusters: new Set(["c2", "c3"]) };
    assert.equal(chosen({ clusterSelector: {} }, bound), "c2 c3");
    assert.equal(chosen({ clusters: [{ name: "c1" }] }, bound), "");
    assert.equal(reasons({ clusters: [{ name: "c1" }] }, bound)["c1"], "namespace-not-placed");
  });

  it("is empty in a namespace that is not federated", () => {
    const bound: NamespaceBound = { kind: "not-federated" };
    assert.equal(chosen({ clusterSelector: {} }, bound), "");
    assert.equal(reasons({ clusterSelector: {} }, bound)["c2"], "namespace-not-federated");
  });

  it("has a reason for every cluster, and for names that are none", () => {
    assert.deepEqual(reasons({ clusters: [{ name: "c1" }, { name: "c9" }] }), {
      c1: "listed",
      c2: "not-listed",
      c3: "not-listed",
      c9: "no-such-cluster",
    });
    assert.deepEqual(reasons({ clusterSelector: { matchLabels: { region: "eu" } } }), {
      c1: "selected",
      c2: "not-selected",
      c3: "not-selected",
    });
    assert.deepEqual(reasons({}), { c1: "no-placement", c2: "no-placement", c3: "no-placement" });
  });
});

describe("a placement that cannot be read", () => {
  const table: readonly (readonly [unknown, RegExp])[] = [
    ["everywhere", /^spec\.placement must be an object/],
    [{ clusters: "c1" }, /^spec\.placement\.clusters must be a list/],
    [{ clusters: ["c1"] }, /^spec\.placement\.clusters\[0\] must have the name of a cluster/],
    [{ clusterSelector: { matchLabels: { a: 1 } } }, /matchLabels must map names to texts/],
    [{ clusterSelector: { matchExpressions: {} } }, /matchExpressions must be a list/],
    [
      { clusterSelector: { matchExpressions: [{ key: "a", operator: "in", values: ["b"] }] } },
      /matchExpressions\[0\] must have one of the operators In, NotIn/,
    ],
    [
      { clusterSelector: { matchExpressions: [{ key: "a", operator: "NotIn", values: [] }] } },
      /matchExpressions\[0\] must have values for NotIn/,
    ],
    [
      { clusterSelector: { matchExpressions: [{ key: "a", operator: "Exists", values: ["b"] }] } },
      /matchExpressions\[0\] must have no values for Exists/,
    ],
  ];
  for (const [value, problem] of table)
    it(`${JSON.stringify(value)} is refused with the field and the cure`, () => {
      const parsed = parsePlacement(value);
      assert.ok("problem" in parsed);
      assert.match(parsed.problem, problem);
    });
});

describe("the placement in a cluster that was given up together with its copies", () => {
  const leaving = { name: "c1", labels: {}, leavingMs: 1 };
  for (const placement of [
    { clusters: ["c1"], selector: null },
    { clusters: null, selector: [] },
  ])
    it(`is none, and the reason says so: ${JSON.stringify(placement)}`, () => {
      const bounds: readonly NamespaceBound[] = [ANYWHERE, { kind: "placed", clusters: new Set() }];
      for (const bound of bounds)
        assert.deepEqual(place(placement, [leaving], bound), [
          { cluster: "c1", isChosen: false, reason: "cluster-leaves" },
        ]);
    });
});
