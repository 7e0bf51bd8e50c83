/** Preferences as people write them, in objects and in annotations, and what is said about those that cannot be met. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  parsePreferences,
  parsePreferencesText,
  type PreferenceContext,
} from "../../../src/propagate/planner/parse-preferences.ts";

const CONTEXT: PreferenceContext = { path: "spec", clusters: ["c1", "c2", "c3"], total: 10 };

function parsed(value: unknown, context = CONTEXT): ReturnType<typeof parsePreferences> {
  // As they arrive: "__proto__" is then a name like any other.
  return parsePreferences(JSON.parse(JSON.stringify(value)), context);
}

function warnings(value: unknown, context = CONTEXT): readonly string[] {
  const result = parsed(value, context);
  assert.ok("warnings" in result, JSON.stringify(result));
  return result.warnings;
}

describe("preferences", () => {
  const equally = new Map([["*", { minReplicas: 0, maxReplicas: null, weight: 1 }]]);
  const table: readonly (readonly [string, unknown, unknown])[] = [
    ["absent are all clusters equally", {}, { rebalance: false, clusters: equally }],
    ["that are null too", { rebalance: null, clusters: null }, { rebalance: false, clusters: equally }],
    ["that are empty too", { rebalance: true, clusters: {} }, { rebalance: true, clusters: equally }],
    [
      "have no minimum, no maximum and no weight unless they say so",
      { clusters: { c1: {}, c2: null, "*": { weight: 1 } } },
      {
        rebalance: false,
        clusters: new Map([
          ["c1", { minReplicas: 0, maxReplicas: null, weight: 0 }],
          ["c2", { minReplicas: 0, maxReplicas: null, weight: 0 }],
          ["*", { minReplicas: 0, maxReplicas: null, weight: 1 }],
        ]),
      },
    ],
    [
      "have what they say",
      { clusters: { c1: { minReplicas: 2, maxReplicas: 10, weight: 3 } } },
      { rebalance: false, clusters: new Map([["c1", { minReplicas: 2, maxReplicas: 10, weight: 3 }]]) },
    ],
  ];
  for (const [claim, value, preferences] of table)
    it(claim, () => {
      assert.deepEqual(parsed(value), { preferences, warnings: [] });
    });

  it("take __proto__ and constructor as names of clusters", () => {
    const text = '{"clusters": {"__proto__": {"weight": 2}, "constructor": {"weight": 1}}}';
    const result = parsePreferencesText(text, { ...CONTEXT, clusters: ["__proto__", "constructor"] });
    assert.ok("preferences" in result);
    const weights = [...result.preferences.clusters].map(([name, { weight }]) => [name, weight]);
    assert.deepEqual(weights, [
      ["__proto__", 2],
      ["constructor", 1],
    ]);
    assert.deepEqual(result.warnings, []);
  });

  it("do not take fields from a prototype", () => {
    const text = '{"clusters": {"c1": {"__proto__": {"weight": 7}}, "*": {"weight": 1}}}';
    const result = parsePreferencesText(text, CONTEXT);
    assert.ok("preferences" in result);
    assert.equal(result.preferences.clusters.get("c1")?.weight, 0);
    assert.deepEqual(result.warnings, [
      "spec.clusters.c1.__proto__ means nothing: there are minReplicas, maxReplicas, weight",
    ]);
  });
});

describe("preferences that cannot be read", () => {
  const of = (preference: unknown): unknown => ({ clusters: { c1: preference } });
  const table: readonly (readonly [unknown, RegExp])[] = [
    [null, /^spec must be an object with rebalance and clusters$/],
    [[], /^spec must be an object/],
    [{ rebalance: "yes" }, /^spec\.rebalance must be true or false$/],
    [{ clusters: ["c1"] }, /^spec\.clusters must map names of clusters to preferences: /],
    [{ clusters: "*" }, /^spec\.clusters must map names/],
    [{ clusters: { "": {} } }, /^spec\.clusters has a preference without a name: name a cluster/],
    [of(3), /^spec\.clusters\.c1 must be an object with weight/],
    [of([]), /^spec\.clusters\.c1 must be an object/],
    [of({ weight: -1 }), /^spec\.clusters\.c1\.weight must be a whole number from 0 to 9223372036854775807$/],
    [of({ minReplicas: -1 }), /^spec\.clusters\.c1\.minReplicas must be a whole number/],
    [of({ maxReplicas: -1 }), /^spec\.clusters\.c1\.maxReplicas must be a whole number/],
    [of({ weight: 1.5 }), /^spec\.clusters\.c1\.weight must be a whole number/],
    [of({ minReplicas: "2" }), /^spec\.clusters\.c1\.minReplicas must be a whole number .*, without quotes$/],
    [of({ maxReplicas: true }), /^spec\.clusters\.c1\.maxReplicas must be a whole number from 0 to \d+$/],
    [of({ minReplicas: 1e19 }), /^spec\.clusters\.c1\.minReplicas must be a whole number/],
    [
      of({ weight: 2 ** 53 }),
      /^spec\.clusters\.c1\.weight must be at most 9007199254740991: .* divide all of them$/,
    ],
    [
      of({ minReplicas: 5, maxReplicas: 2 }),
      /^spec\.clusters\.c1\.minReplicas 5 is above its maxReplicas 2: lower/,
    ],
    [{ clusters: { "a b": 1 } }, /^spec\.clusters\["a b"\] must be an object/],
    [{ clusters: { ["x".repeat(900)]: 1 } }, /^spec\.clusters\["x{63}…"\] must be an object/],
  ];
  for (const [value, problem] of table)
    it(`${JSON.stringify(value).slice(0, 80)} is refused with the field and the cure`, () => {
      const result = parsed(value);
      assert.ok("problem" in result);
      assert.match(result.problem, problem);
    });

  it("a text that is no JSON is refused with an example that can be read", () => {
    for (const text of ["", "{", "*: 1", "[".repeat(100_000)]) {
      const result = parsePreferencesText(text, { ...CONTEXT, path: "the annotation" });
      assert.ok("problem" in result);
      const [, example = ""] = /^the annotation must be JSON, such as (\{.*\})$/.exec(result.problem) ?? [];
      assert.deepEqual(parsePreferencesText(example, CONTEXT), {
        preferences: {
          rebalance: true,
          clusters: new Map([["*", { minReplicas: 0, maxReplicas: null, weight: 1 }]]),
        },
        warnings: [],
      });
    }
  });
});

describe("preferences that cannot be met", () => {
  const others = { "*": { weight: 1 } };

  it("because of clusters that do not exist", () => {
    assert.deepEqual(warnings({ clusters: { c9: { weight: 1 }, ...others } }), [
      'spec.clusters names "c9", which the federation does not have: correct the name, or join the cluster',
    ]);
    const many = Object.fromEntries(Array.from({ length: 7 }, (_, i) => [`d${i}`, {}]));
    assert.match(
      warnings({ clusters: { ...many, ...others } })[0] ?? "",
      /"d0", "d1", "d2", "d3", "d4" and 2 more/,
    );
  });

  it("because minimums exceed the total", () => {
    assert.deepEqual(warnings({ clusters: { c1: { minReplicas: 2 }, "*": { minReplicas: 5, weight: 1 } } }), [
      "spec.clusters has minReplicas that add up to 12 of 10 wanted: lower them or raise the total",
    ]);
    assert.deepEqual(
      warnings({ clusters: { c1: { minReplicas: 5 }, c2: { minReplicas: 5, weight: 1 } } }),
      [],
    );
  });

  it("because maximums do not reach the total", () => {
    assert.deepEqual(warnings({ clusters: { "*": { maxReplicas: 3, weight: 1 } } }), [
      "spec.clusters allows 9 of 10 wanted: raise maxReplicas, or give more clusters a weight",
    ]);
    assert.deepEqual(
      warnings({ clusters: { c1: { maxReplicas: 9, weight: 1 }, c2: { minReplicas: 1 } } }),
      [],
    );
    assert.deepEqual(warnings({ clusters: { "*": { maxReplicas: 100 } } }), [
      "spec.clusters allows 0 of 10 wanted: raise maxReplicas, or give more clusters a weight",
    ]);
  });

  it("because a field is misspelt, as a text", () => {
    const text = '{"rebalanced": true, "clusters": {"c1": {"weigth": 1}, "*": {"weight": 1}}}';
    const result = parsePreferencesText(text, CONTEXT);
    assert.ok("warnings" in result);
    assert.deepEqual(result.warnings, [
      "spec.rebalanced means nothing: did you mean rebalance?",
      "spec.clusters.c1.weigth means nothing: did you mean weight?",
    ]);
  });

  it("in a few words, whatever is sent", () => {
    const fields = Object.fromEntries(Array.from({ length: 200 }, (_, i) => [`f${i}${"x".repeat(99)}`, 1]));
    const clusters = Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`c${i}`, fields]));
    const said = warnings({ clusters });
    assert.ok(said.length < 25, String(said.length));
    assert.ok(said.join("").length < 10_000);
  });
});
