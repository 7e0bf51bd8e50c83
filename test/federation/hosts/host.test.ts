/** Host names: canonical spelling and intersection; label selectors and namespaces. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { intersectHosts, parseHost } from "../../../src/federation/hosts/host.ts";
import { NamespaceFilter } from "../../../src/federation/hosts/namespace-filter.ts";
import { matchesSelector, parseSelector, selectorOf } from "../../../src/federation/hosts/selector.ts";

test("a host has one spelling, and a text that cannot be the name of a record is refused", () => {
  assert.equal(parseHost("WWW.Example.COM."), "www.example.com");
  assert.equal(parseHost("*.Apps.example.com"), "*.apps.example.com");
  assert.equal(parseHost("_sip._tcp.example.com"), "_sip._tcp.example.com");
  const long = `${"a".repeat(63)}.`.repeat(4).slice(0, 253);
  assert.equal(parseHost(long), long);
  const odd = [
    "",
    ".",
    "*",
    "*.",
    "a..b",
    "a.*.b",
    "-a.b",
    "a-.b",
    "a b.c",
    "a.b..",
    "é.example",
    `${long}a`,
    7,
    null,
  ];
  for (const one of odd) assert.equal(parseHost(one), null, String(one));
});

test("two hosts intersect in the narrower one, as in the Gateway API", () => {
  const cases = [
    ["", "", ""],
    ["", "a.example.com", "a.example.com"],
    ["a.example.com", "a.example.com", "a.example.com"],
    ["*.example.com", "a.example.com", "a.example.com"],
    ["*.example.com", "a.b.example.com", "a.b.example.com"],
    ["*.example.com", "*.b.example.com", "*.b.example.com"],
    ["*.example.com", "*.example.com", "*.example.com"],
    ["*.example.com", "example.com", null],
    ["*.example.com", "a.xexample.com", null],
    ["a.example.com", "b.example.com", null],
  ] as const;
  for (const [a, b, shared] of cases) {
    assert.equal(intersectHosts(a, b), shared, `${a} and ${b}`);
    assert.equal(intersectHosts(b, a), shared, `${b} and ${a}`);
  }
});

test("a selector in text selects as kubectl does", () => {
  const selects = (text: string, labels: Readonly<Record<string, string>>): boolean =>
    matchesSelector(parseSelector(text) ?? assert.fail(text), labels);
  const shop = { team: "shop", "example.com/stage": "dev" };
  for (const text of [
    "",
    "team=shop",
    "team==shop",
    "team!=blog",
    "team in (blog, shop)",
    "team notin (blog)",
    "team",
    "!gone",
    "gone!=x",
    "team,example.com/stage=dev",
  ])
    assert.equal(selects(text, shop), true, text);
  for (const text of [
    "team=blog",
    "team!=shop",
    "team in (blog)",
    "team notin (shop)",
    "!team",
    "gone",
    "team=shop,gone",
    "constructor",
  ])
    assert.equal(selects(text, shop), false, text);
  for (const text of ["=", "a b", "team in shop", "team=shop,", "team in (a))", "a=b c"])
    assert.equal(parseSelector(text), null, text);
});

test("a selector in an object that is not understood selects nothing", () => {
  const expression = { key: "team", operator: "In", values: ["shop"] };
  assert.equal(matchesSelector(selectorOf({}, [expression])!, { team: "shop" }), true);
  assert.equal(matchesSelector(selectorOf({ stage: "dev" }, [expression])!, { team: "shop" }), false);
  assert.equal(matchesSelector(selectorOf({}, [{ ...expression, operator: "DoesNotExist" }])!, {}), true);
  for (const odd of [null, 3, {}, { key: "a" }, { key: "a", operator: "toString" }, { operator: "In" }])
    assert.equal(selectorOf({}, [odd]), null);
});

test("a NamespaceFilter passes objects on while the labels of their namespace match", () => {
  const told: string[] = [];
  const filter = new NamespaceFilter<number>(parseSelector("exposed=yes") ?? [], (key, value) =>
    told.push(`${key} ${value ?? "gone"}`),
  );
  filter.setObject("shop/web", 1);
  filter.setNamespace("shop", { exposed: "no" });
  assert.deepEqual(told, []);
  filter.setNamespace("shop", { exposed: "yes" });
  filter.setObject("shop/web", 2);
  filter.setObject("shop/api", 3);
  filter.setObject("shop/api", undefined);
  filter.setNamespace("shop", { exposed: "yes", more: "" });
  filter.setNamespace("shop", undefined);
  filter.setObject("shop/web", 4);
  assert.deepEqual(told, ["shop/web 1", "shop/web 2", "shop/api 3", "shop/api gone", "shop/web gone"]);
});
