import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { pathText, stepsTo, typedFaultsIn } from "../../../src/propagate/apply/typed-path.ts";

const HEAD = "failed to create typed patch object (shop/web; apps/v1, Kind=Deployment): ";
const body = {
  metadata: { labels: { "a.b/c": "d", a: "e" } },
  spec: {
    containers: [
      { name: "web", ports: [{ containerPort: 53 }, { containerPort: 53, protocol: "UDP", odd: 1 }] },
      { name: 'a"]: b', imag: "x" },
    ],
    tolerations: [{}, { odd: true }],
    finalizers: ["x", "y: z"],
  },
};

describe("faults that an API server names", () => {
  it("are one on the first line, or several below it", () => {
    assert.deepEqual(typedFaultsIn(`${HEAD}.spec.odd: field not declared in schema`), [
      { kind: "unknown-field", path: ".spec.odd", keys: [] },
    ]);
    const lines = [
      '  .spec.containers[name="a: b"].imag: field not declared in schema',
      '  .spec.env: duplicate entries for key [name="A"]',
      "  .spec.replicas: expected numeric (int or float), got string",
    ];
    assert.deepEqual(
      typedFaultsIn(`${HEAD}errors:\n${lines.join("\n")}`).map(({ kind, path, keys }) => [
        kind,
        path,
        ...keys,
      ]),
      [
        ["unknown-field", '.spec.containers[name="a: b"].imag'],
        ["duplicates", ".spec.env", "name"],
        ["other", ""],
      ],
    );
  });
  it("are found behind the words about a live object, with all keys of a list", () => {
    const sentence =
      "failed to create manager for existing fields: failed to convert new object (default/web; v1, Kind=Service) to smd typed: " +
      '.spec.ports: duplicate entries for key [port=80,protocol="TCP"]';
    assert.deepEqual(typedFaultsIn(sentence), [
      { kind: "duplicates", path: ".spec.ports", keys: ["port", "protocol"] },
    ]);
  });
  it("do not count when a long message is cut off in the middle of one", () => {
    const line = "\n  .spec.odd: field not declared in schema";
    const sentence = `${HEAD}errors:${line.repeat(300)}`.slice(0, 8_000);
    const kinds = new Set(typedFaultsIn(sentence).map(({ kind }) => kind));
    assert.deepEqual([...kinds], ["unknown-field"]);
  });
  it("are none in another sentence", () => {
    assert.deepEqual(typedFaultsIn("etcdserver: request is too large"), []);
  });
});

describe("a path in a message", () => {
  for (const [path, text] of [
    [
      '.spec.containers[name="web"].ports[containerPort=53,protocol="UDP"].odd',
      "spec.containers[0].ports[1].odd",
    ],
    ['.spec.containers[name="a\\"]: b"].imag', "spec.containers[1].imag"],
    [".spec.tolerations[1].odd", "spec.tolerations[1].odd"],
    [".metadata.labels.a.b/c", "metadata.labels.a.b/c"],
    ['.spec.finalizers[="y: z"]', "spec.finalizers[1]"],
  ] as const)
    it(`leads to ${text}`, () => {
      const steps = stepsTo(body, path);
      assert.ok(steps !== null);
      assert.equal(pathText(steps), text);
    });
  for (const path of [
    ".spec.nothing",
    '.spec.containers[name="no"]',
    ".spec[0]",
    ".spec.tolerations[9]",
    "odd",
    ".spec.tolerations[",
  ])
    it(`leads nowhere with ${path}`, () => {
      assert.equal(stepsTo(body, path), null);
    });
});
