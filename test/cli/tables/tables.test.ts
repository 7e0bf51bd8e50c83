/** Answers of API servers as tables, tables of several clusters as one, and which context and which pods are meant. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { chooseContext } from "../../../src/cli/everywhere/choose-context.ts";
import { podSelector } from "../../../src/cli/logs/pod-selector.ts";
import { mergedRows } from "../../../src/cli/tables/merge-tables.ts";
import { readTable } from "../../../src/cli/tables/served-table.ts";
import { describedParts } from "../../../src/cli/tables/shown-object.ts";
import { alignedLines, columnWidths } from "../../../src/cli/text/aligned.ts";

const table = (cluster: string, names: readonly string[], ...rows: readonly string[][]): any => ({
  cluster,
  columns: names.map((name) => ({ name: name.replace("+", ""), isWide: name.endsWith("+") })),
  rows: rows.map((cells) => ({ cells, namespace: "n", name: cells[0], uid: cells[0], resourceVersion: "1" })),
});

describe("tables of several clusters", () => {
  it("have the columns of all of them, each beside those it had beside it", () => {
    const tables = [
      table("a", ["Name", "Ready", "Age"], ["x", "1/1", "1d"]),
      table(
        "b",
        ["Name", "Ready", "Phase", "Age", "IP+"],
        ["z", "0/1", "up", "2d", "::1"],
        ["y", "1/1", "up", "3d", "::2"],
      ),
    ];
    assert.deepEqual(mergedRows(tables, { isWide: false, hasNamespaces: true }), [
      ["CLUSTER", "NAMESPACE", "NAME", "READY", "PHASE", "AGE"],
      ["a", "n", "x", "1/1", "<none>", "1d"],
      ["b", "n", "y", "1/1", "up", "3d"],
      ["b", "n", "z", "0/1", "up", "2d"],
    ]);
    const wide = mergedRows(tables, { isWide: true, hasNamespaces: false });
    assert.deepEqual(wide[0], ["CLUSTER", "NAME", "READY", "PHASE", "AGE", "IP"]);
  });

  it("keep both of two columns with one name", () => {
    const rows = mergedRows([table("a", ["Name", "Age", "Age"], ["x", "1", "2"])], {
      isWide: false,
      hasNamespaces: false,
    });
    assert.deepEqual(rows, [
      ["CLUSTER", "NAME", "AGE", "AGE"],
      ["a", "x", "1", "2"],
    ]);
  });

  it("are aligned, without a control character", () => {
    assert.equal(
      alignedLines([
        ["A", "BB"],
        ["longer", "\u001B"],
      ]),
      "A        BB\nlonger   ?\n",
    );
    assert.deepEqual(columnWidths([["abc"]], [1, 5]), [3, 5]);
  });
});

describe("an answer to a request for a table", () => {
  it("may have cells of any kind, and be no table at all", () => {
    const { columns, rows } = readTable(
      {
        kind: "Table",
        metadata: { resourceVersion: "5" },
        columnDefinitions: [{ name: "Name", priority: 0 }, { name: "N", priority: 1 }, null],
        rows: [
          { cells: ["a\nb", 7], object: { metadata: { name: "a", uid: 4 } } },
          { cells: [null, true, { x: 1 }] },
          {},
        ],
      },
      0,
    );
    assert.deepEqual(columns, [
      { name: "Name", isWide: false },
      { name: "N", isWide: true },
    ]);
    assert.deepEqual(
      rows.map(({ cells }) => cells),
      [["a...", "7"], ["<none>", "true", '{"x":1}'], []],
    );
    assert.deepEqual([rows[0]?.name, rows[0]?.uid], ["a", ""]);
    const plain = readTable(
      { items: [{ metadata: { name: "p", creationTimestamp: "1970-01-01T00:00:00Z" } }, 3] },
      90_500,
    );
    assert.deepEqual(
      plain.rows.map(({ cells }) => cells),
      [
        ["p", "1m30s"],
        ["", "<unknown>"],
      ],
    );
    assert.throws(() => readTable("x", 0), /neither a table nor a list/);
  });
});

describe("the context of a cluster", () => {
  const place = (context: string, server: string, isCurrent = false): any => ({
    context,
    server,
    isCurrent,
    path: "",
    namespace: "",
  });
  const contexts = [
    place("a", "https://a/"),
    place("x", "https://b/"),
    place("y", "https://b/", true),
    place("z", "https://z/"),
  ];
  const chosen = (name: string, apiEndpoint: string | null, named = {}): string => {
    const found = chooseContext({ name, apiEndpoint, uid: null }, contexts, named);
    return "place" in found ? found.place.context : found.problem;
  };
  for (const [claim, args, expected] of [
    ["has the name of the cluster", ["a", "https://z"], "a"],
    ["is what the person says", ["a", "https://a", { a: "z" }], "z"],
    ["has the address of the cluster, and is the current one of several", ["b", "https://b"], "y"],
    ["has the address of the cluster", ["c", "https://z"], "z"],
  ] as const)
    it(claim, () => assert.equal(chosen(...(args as unknown as [string, string])), expected));

  it("may not be there", () => {
    assert.match(
      chosen("c", "https://c"),
      /^the kubeconfig has no context of this name, and none with the address https:\/\/c; name one with --cluster-contexts c=CONTEXT$/,
    );
    assert.match(chosen("c", null), /^the kubeconfig has no context of this name; name one/);
    assert.match(chosen("a", null, { a: "q" }), /^there is no context "q"; there are: a, x, y, z$/);
    assert.match(chosen("constructor", "not an address"), /^the kubeconfig has no context/);
  });
});

describe("the pods of an object", () => {
  for (const [claim, selector, expected] of [
    ["of a workload", { matchLabels: { app: "web", tier: "a" } }, "app=web,tier=a"],
    ["of a Service", { app: "web" }, "app=web"],
    [
      "with expressions",
      {
        matchExpressions: [
          { key: "a", operator: "In", values: ["1", "2"] },
          { key: "b", operator: "NotIn", values: ["3"] },
          { key: "c", operator: "Exists" },
          { key: "d", operator: "DoesNotExist" },
        ],
      },
      "a in (1,2),b notin (3),c,!d",
    ],
    ["of a Service without a selector", undefined, null],
    ["that selects everything", { matchLabels: {} }, null],
    [
      "in a way of later",
      { matchLabels: { app: "web" }, matchExpressions: [{ key: "e", operator: "Near" }] },
      null,
    ],
  ] as const)
    it(`have its labels: ${claim}`, () => assert.equal(podSelector({ spec: { selector } }), expected));
});

describe("a described object", () => {
  it("has metadata, spec, everything else, and status, without what is empty", () => {
    const parts = describedParts({
      apiVersion: "v1",
      kind: "Thing",
      status: { a: 1 },
      rules: [],
      data: { b: "x" },
      spec: { c: 0 },
      metadata: { uid: "u", labels: {}, name: "n", managedFields: [{}] },
    });
    assert.deepEqual(Object.entries(parts), [
      ["metadata", { name: "n", uid: "u" }],
      ["spec", { c: 0 }],
      ["data", { b: "x" }],
      ["status", { a: 1 }],
    ]);
  });
});
