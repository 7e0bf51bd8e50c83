/** Which pods selectors mean. */
import assert from "node:assert/strict";
import { it } from "node:test";
import { selects, selectorText } from "../../../src/propagate/drain/pod-selector.ts";

it("a Service selects pods that have all its labels, and none without a selector", () => {
  for (const [selector, labels, isSelected] of [
    [{ app: "a" }, { app: "a", tier: "b" }, true],
    [{ app: "a", tier: "b" }, { app: "a" }, false],
    [{ app: "a" }, { app: "b" }, false],
    [{}, { app: "a" }, false],
    [undefined, { app: "a" }, false],
    ["app=a", { app: "a" }, false],
  ] as const)
    assert.equal(selects(selector, labels), isSelected, JSON.stringify([selector, labels]));
});

it("the selector of a workload is that of a request", () => {
  const expressions = [
    { key: "a", operator: "In", values: ["x", "y"] },
    { key: "b", operator: "NotIn", values: ["z"] },
    { key: "c", operator: "Exists" },
    { key: "d", operator: "DoesNotExist" },
    { key: "e", operator: "Gt" },
    "f",
  ];
  assert.equal(
    selectorText({ matchLabels: { app: "a" }, matchExpressions: expressions }),
    "app=a,a in (x,y),b notin (z),c,!d",
  );
  assert.equal(selectorText(null), "");
});
