/** Plans in numbers: what counts as a change, as a problem, and which reasons are one. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { COPY_OUTCOMES, type CopyOutcome, type CopyPlan } from "../../../src/propagate/plan/copy-plan.ts";
import { Tally } from "../../../src/propagate/plan/tally.ts";

function copy(outcome: CopyOutcome, changes: CopyPlan["changes"] = []): CopyPlan {
  return {
    cluster: "m1",
    placement: { isChosen: true, reason: "listed", sentence: "" },
    outcome,
    status: "",
    message: null,
    code: null,
    changes,
    before: null,
    after: null,
    taken: [],
    needs: [],
    live: { kind: "absent" },
  };
}
function total(...copies: readonly CopyPlan[]): Tally["total"] {
  const tally = new Tally();
  tally.add({ type: "configmaps", kind: "ConfigMap", namespace: "a", name: "b", problem: null, copies });
  return tally.total;
}
const change = (field: string, owners: readonly string[] = []): CopyPlan["changes"][number] => ({
  path: [{ field: "data" }, { field }],
  before: "1",
  after: "2",
  owners,
});

describe("a tally", () => {
  for (const [outcome, hasDifferences, hasProblems] of [
    ["out", false, false],
    ["in-sync", false, false],
    ["kept", false, true],
    ["create", true, false],
    ["update", true, false],
    ["take-over", true, false],
    ["adopt", true, false],
    ["remove", true, false],
    ["release", true, false],
    ["waiting", true, false],
    ["refused", false, true],
    ["unknown", false, true],
  ] as const)
    it(`of ${outcome} has ${hasDifferences ? "" : "no "}differences and ${hasProblems ? "" : "no "}problems`, () => {
      const found = total(copy(outcome));
      assert.deepEqual([found.hasDifferences, found.hasProblems], [hasDifferences, hasProblems]);
      assert.equal(found.copies, outcome === "out" ? 0 : 1);
    });
  it("knows every outcome", () => {
    assert.equal(total(...COPY_OUTCOMES.map((outcome) => copy(outcome))).copies, COPY_OUTCOMES.length - 1);
  });
  it("tells a change of content from one of labels and owners", () => {
    const { changed, ownerOnly, takenOver, adopted } = total(
      copy("take-over"),
      copy("take-over", [change("a")]),
      copy("adopt"),
      copy("update"),
    );
    assert.deepEqual(
      { changed, ownerOnly, takenOver, adopted },
      { changed: 1, ownerOnly: 3, takenOver: 2, adopted: 1 },
    );
  });
  it("joins equal reasons, the most frequent first, and shortens long ones", () => {
    const many = ["a", "b", "c", "d", "e"].map((field) => change(field));
    const { reasons } = total(
      copy("update", many),
      copy("update", [change("a", ["edit"])]),
      copy("adopt", [change("a", ["edit"])]),
    );
    assert.deepEqual(reasons, [
      { kind: "ConfigMap", text: "data.a (set by edit)", copies: 2 },
      { kind: "ConfigMap", text: "data.a, data.b, data.c and 2 more", copies: 1 },
    ]);
  });
});
