/** Label selectors: what an API server accepts, and what they select. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { matchesSelector, parseSelector, selectorOf } from "../../../src/federation/hosts/selector.ts";

const LABELS = { team: "shop", stage: "", "example.com/tier": "Front-1" };

/** Null: it is not a selector. */
function chooses(text: string): boolean | null {
  const selector = parseSelector(text);
  return selector === null ? null : matchesSelector(selector, LABELS);
}

test("a selector in kubectl's syntax selects as an API server does", () => {
  const texts: Readonly<Record<string, boolean>> = {
    "": true,
    "team=shop": true,
    "team == shop , stage": true,
    "team!=shop": false,
    "other!=shop": true,
    "stage=": true,
    "team=": false,
    "!other": true,
    "! team": false,
    "team in (blog, shop),example.com/tier=Front-1": true,
    "team in (blog)": false,
    "team notin (blog,web)": true,
    "other notin (blog)": true,
    "stage in ()": true,
    "stage in (,a)": true,
  };
  for (const [text, isChosen] of Object.entries(texts)) assert.equal(chooses(text), isChosen, text);
});

test("a text that an API server would refuse is not a selector", () => {
  const long = "x".repeat(64);
  const wrong = [
    "team=-x",
    "team=x-",
    "team=a b",
    `team=${long}`,
    `${long}=a`,
    "team in (a b)",
    "team in (-a)",
  ];
  for (const text of [...wrong, "a/b/c=d", "-a=b", "Example.com/a=b", ",", "team=shop,", "(a)", "a=b=c"])
    assert.equal(parseSelector(text), null, text);
});

test("an invalid selector in an object selects nothing", () => {
  const labels = { team: "shop" };
  assert.deepEqual(selectorOf({}, [{ key: "team", operator: "Is", values: ["shop"] }]), null);
  assert.deepEqual(selectorOf({}, [null]), null);
  const chosen = selectorOf(labels, [
    { key: "team", operator: "In", values: ["shop"] },
    { key: "x", operator: "DoesNotExist" },
  ]);
  assert.ok(chosen !== null && matchesSelector(chosen, labels));
  assert.equal(matchesSelector(chosen, { ...labels, x: "" }), false);
});
