/** The selector of Federation v1: every operator and its synonyms, and what is no selector. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { matchesSelector } from "../../../src/federation/hosts/selector.ts";
import { parseClusterSelectorText } from "../../../src/propagate/plain/cluster-selector.ts";

const CLUSTERS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  prod: { env: "prod", size: "10" },
  test: { env: "test", size: "3", gpu: "" },
  bare: {},
};

function selected(list: unknown): string {
  const parsed = parseClusterSelectorText(JSON.stringify(list));
  if ("problem" in parsed) throw new Error(parsed.problem);
  return Object.keys(CLUSTERS)
    .filter((name) => matchesSelector(parsed.selector, CLUSTERS[name] ?? {}))
    .join(" ");
}

describe("a cluster-selector", () => {
  for (const [operators, key, values, expected] of [
    [["In", "in"], "env", ["prod", "stage"], "prod"],
    [["NotIn", "notin"], "env", ["prod"], "test bare"],
    [["=", "=="], "env", ["test"], "test"],
    [["!="], "env", ["test"], "prod bare"],
    [["Exists", "exists"], "gpu", [], "test"],
    [["DoesNotExist", "!"], "gpu", undefined, "prod bare"],
    [["Gt", "gt", ">"], "size", ["3"], "prod"],
    [["Lt", "lt", "<"], "size", ["10"], "test"],
    [["Gt"], "env", ["0"], ""],
    [["Gt"], "size", ["-1"], "prod test"],
  ] as const)
    for (const operator of operators)
      it(`${key} ${operator} ${JSON.stringify(values)} selects ${JSON.stringify(expected)}`, () => {
        assert.equal(selected([{ key, operator, values }]), expected);
      });
  it("selects what all of its requirements select", () => {
    const both = [
      { key: "env", operator: "Exists" },
      { key: "size", operator: "Lt", values: ["5"] },
    ];
    assert.equal(selected(both), "test");
  });
  it("selects every cluster when it is empty, or absent", () => {
    assert.equal(selected([]), "prod test bare");
    assert.deepEqual(parseClusterSelectorText(undefined), { selector: [] });
  });
  for (const [text, problem] of [
    ["", /must be a JSON list of requirements, such as \[/],
    ["not-json", /must be a JSON list/],
    ["{}", /must be a JSON list/],
    ["[1]", /\[0\] must be an object/],
    ['[{"operator":"Exists"}]', /\[0\] must have the key of a label/],
    ['[{"key":"a b","operator":"Exists"}]', /must have the key of a label/],
    [
      '[{"key":"a","operator":"Exists"},{"key":"a","operator":"like"}]',
      /\[1\] must have one of the operators/,
    ],
    ['[{"key":"a","operator":"constructor"}]', /must have one of the operators/],
    ['[{"key":"a","operator":"In","values":[]}]', /must have values for In/],
    ['[{"key":"a","operator":"In","values":"b"}]', /must have values that are a list of texts/],
    ['[{"key":"a","operator":"In","values":["b c"]}]', /has the value "b c", which no label can have/],
    ['[{"key":"a","operator":"=","values":["b","c"]}]', /must have exactly one value for =/],
    ['[{"key":"a","operator":"Exists","values":["b"]}]', /must have no values for Exists/],
    ['[{"key":"a","operator":"Gt","values":["many"]}]', /must have a whole number for Gt/],
    ['[{"key":"a","operator":"Gt","values":["99999999999999999999"]}]', /must have a whole number/],
  ] as const)
    it(`${text} is none`, () => {
      const parsed = parseClusterSelectorText(text);
      assert.match("problem" in parsed ? parsed.problem : "no problem", problem);
    });
});
