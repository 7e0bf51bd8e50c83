import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { override } from "../../../src/propagate/overrides/override.ts";
import { parseOverrides } from "../../../src/propagate/overrides/parse-overrides.ts";

const WEST = { name: "west", labels: { region: "us" } };
const OBJECT = {
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name: "web", labels: { app: "web" } },
  spec: { replicas: 3, items: ["a", "b"], "x/y": 1, empty: {} },
};

function overridden(overrides: unknown): Record<string, unknown> | string {
  const parsed = parseOverrides(overrides);
  if ("problem" in parsed) return parsed.problem;
  const result = override(OBJECT, parsed.overrides, WEST);
  return "problem" in result ? result.problem : (result.object["spec"] as Record<string, unknown>);
}

const west = (...clusterOverrides: readonly object[]): unknown => [{ clusterName: "west", clusterOverrides }];

describe("overrides", () => {
  const spec = OBJECT.spec;
  const table: readonly (readonly [string, unknown, unknown])[] = [
    ["none leave the template as it is", undefined, spec],
    [
      "an operation without op replaces",
      west({ path: "/spec/replicas", value: 5 }),
      { ...spec, replicas: 5 },
    ],
    ["an empty op replaces", west({ op: "", path: "/spec/replicas", value: 5 }), { ...spec, replicas: 5 }],
    ["add sets a field", west({ op: "add", path: "/spec/new", value: { a: 1 } }), { ...spec, new: { a: 1 } }],
    [
      "add replaces a field that exists",
      west({ op: "add", path: "/spec/replicas", value: 1 }),
      { ...spec, replicas: 1 },
    ],
    ...[
      { path: "/metadata", value: { name: "other", labels: {} } },
      { path: "/metadata", value: { labels: {} } },
      { path: "/metadata", value: "web" },
      { op: "remove", path: "/metadata" },
    ].map((operation): readonly [string, unknown, unknown] => [
      `the name stays, also within what contains it: ${JSON.stringify(operation)}`,
      west(operation),
      "an override must keep the kind, the name and the namespace, also within /metadata",
    ]),
    [
      "what contains the name may change in other fields",
      west({ path: "/metadata", value: { name: "web", annotations: { a: "b" } } }),
      spec,
    ],
    [
      "add inserts into a list",
      west({ op: "add", path: "/spec/items/1", value: "z" }),
      { ...spec, items: ["a", "z", "b"] },
    ],
    [
      "two appends to a list are both made",
      west(
        { op: "add", path: "/spec/items/-", value: "c" },
        { op: "add", path: "/spec/items/-", value: "d" },
      ),
      { ...spec, items: ["a", "b", "c", "d"] },
    ],
    ["a slash in a name is written ~1", west({ path: "/spec/x~1y", value: 2 }), { ...spec, "x/y": 2 }],
    ["null is a value", west({ path: "/spec/replicas", value: null }), { ...spec, replicas: null }],
    [
      "an entry for another cluster changes nothing",
      [{ clusterName: "east", clusterOverrides: [{ path: "/spec/replicas", value: 9 }] }],
      spec,
    ],
    [
      "a selector chooses clusters by their labels",
      [
        {
          clusterSelector: { matchLabels: { region: "us" } },
          clusterOverrides: [{ path: "/spec/replicas", value: 4 }],
        },
      ],
      { ...spec, replicas: 4 },
    ],
    [
      "the entry with the name wins over a selector that comes later",
      [
        { clusterName: "west", clusterOverrides: [{ path: "/spec/replicas", value: 7 }] },
        { clusterSelector: {}, clusterOverrides: [{ path: "/spec/replicas", value: 4 }] },
      ],
      { ...spec, replicas: 7 },
    ],
    [
      "a path that does not exist cannot be replaced",
      west({ path: "/spec/none", value: 1 }),
      "the override of /spec/none does not fit: there is nothing at this path",
    ],
    [
      "a path that does not exist cannot be removed",
      west({ op: "remove", path: "/spec/none" }),
      "the override of /spec/none does not fit: there is nothing at this path",
    ],
    [
      "a field cannot be added below one that does not exist",
      west({ op: "add", path: "/spec/a/b", value: 1 }),
      "the override of /spec/a/b does not fit: there is nothing to add it to",
    ],
    [
      "a field cannot be added below a number",
      west({ op: "add", path: "/spec/replicas/b", value: 1 }),
      "the override of /spec/replicas/b does not fit: there is nothing to add it to",
    ],
    [
      "an index beyond the end of a list does not fit",
      west({ op: "add", path: "/spec/items/3", value: 1 }),
      "the override of /spec/items/3 does not fit: there is nothing to add it to",
    ],
    [
      "the API group stays",
      west({ path: "/apiVersion", value: "batch/v1" }),
      "the override of /apiVersion must stay in the API group of apps/v1",
    ],
  ];
  for (const [claim, overrides, expected] of table)
    it(claim, () => {
      assert.deepEqual(overridden(overrides), expected);
    });

  it("remove takes a field away, and the template keeps it", () => {
    const result = overridden(west({ op: "remove", path: "/spec/replicas" }));
    assert.equal(typeof result === "object" && "replicas" in result, false);
    assert.equal(OBJECT.spec.replicas, 3);
  });

  it("cannot reach the prototype of objects", () => {
    overridden(west({ op: "add", path: "/__proto__/polluted", value: 1 }));
    overridden(west({ op: "add", path: "/spec/constructor/prototype/polluted", value: 1 }));
    assert.equal("polluted" in {}, false);
  });
});

describe("overrides that cannot be read", () => {
  const table: readonly (readonly [unknown, RegExp])[] = [
    [{}, /^spec\.overrides must be a list$/],
    [["west"], /^spec\.overrides\[0\] must be an object$/],
    [[{ clusterOverrides: [] }], /^spec\.overrides\[0\] must have either clusterName or clusterSelector$/],
    [[{ clusterName: "west", clusterSelector: {} }], /must have either clusterName or clusterSelector/],
    [[{ clusterName: "west" }, { clusterName: "west" }], /^spec\.overrides has cluster west twice/],
    [west({ op: "test", path: "/a", value: 1 }), /op must be add, remove or replace$/],
    [west({ op: "move", path: "/a", from: "/b" }), /op must be add, remove or replace$/],
    [west({ path: "spec/replicas", value: 1 }), /path must be a JSON pointer/],
    [west({ value: 1 }), /path must be a JSON pointer/],
    [west({ path: "/kind", value: "Pod" }), /path must not be \/kind$/],
    [west({ path: "/metadata/name", value: "x" }), /path must not be \/metadata\/name$/],
    [west({ path: "/metadata/namespace", value: "x" }), /path must not be \/metadata\/namespace$/],
    [west({ op: "remove", path: "/metadata/generateName" }), /path must not be \/metadata\/generateName$/],
    [
      west({ path: "/spec/a", value: 1 }, { path: "/spec/a", value: 2 }),
      /clusterOverrides has \/spec\/a twice$/,
    ],
  ];
  for (const [overrides, problem] of table)
    it(`${JSON.stringify(overrides)} is refused with the field`, () => {
      const parsed = parseOverrides(overrides);
      assert.ok("problem" in parsed);
      assert.match(parsed.problem, problem);
    });
});
