/** Versions of federated objects: what makes another one, and the content that is kept of the previous one. */
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { gzipSync } from "node:zlib";
import { describe, it } from "node:test";
import { parseFederatedObject } from "../../../src/propagate/federated/federated-object.ts";
import { parseOrder, parseRecord } from "../../../src/propagate/rollout/rollout-record.ts";
import { stagedObject, versionIn } from "../../../src/propagate/versions/staged-object.ts";
import { inVersion, packed, unpacked, versionOf } from "../../../src/propagate/versions/version.ts";

const objectOf = (spec: object, annotations: object = {}) => {
  const metadata = { name: "web", namespace: "shop", uid: "u", generation: 1, annotations };
  const parsed = parseFederatedObject({ metadata, spec: { placement: { clusterSelector: {} }, ...spec } });
  assert.ok(parsed !== null && "object" in parsed);
  return parsed.object;
};
const template = (image: string, replicas?: number): object => ({
  template: { spec: { image, ...(replicas !== undefined && { replicas }) } },
});
const scaled = (replicas: number): object => ({
  overrides: [
    {
      clusterName: "west",
      clusterOverrides: [{ path: "/spec/replicas", value: replicas }],
    },
  ],
});
const paused = (value: boolean): object => ({
  overrides: [{ clusterName: "west", clusterOverrides: [{ path: "/spec/paused", value }] }],
});

describe("a version", () => {
  const one = versionOf(objectOf(template("web:1", 3)));
  it("is another one with another template or override", () => {
    assert.notEqual(one, versionOf(objectOf(template("web:2", 3))));
    assert.notEqual(one, versionOf(objectOf({ ...template("web:1", 3), ...paused(true) })));
  });
  it("is the same with other numbers of replicas, another placement, or fields in another order", () => {
    assert.equal(one, versionOf(objectOf(template("web:1", 5))));
    assert.equal(one, versionOf(objectOf(template("web:1"))));
    assert.equal(one, versionOf(objectOf({ ...template("web:1"), ...scaled(9) })));
    assert.equal(one, versionOf(objectOf({ ...template("web:1"), placement: { clusters: [] } })));
    assert.equal(one, versionOf(objectOf({ template: { spec: { replicas: 1, image: "web:1" } } })));
  });
  it("is read again as it was packed", () => {
    const selected = {
      clusterSelector: {
        matchLabels: { region: "eu" },
        matchExpressions: [
          { key: "tier", operator: "NotIn", values: ["gold", "silver"] },
          { key: "arm", operator: "Exists" },
          { key: "old", operator: "DoesNotExist" },
        ],
      },
      clusterOverrides: [{ op: "remove", path: "/spec/x" }],
    };
    const overrides = [...(paused(true) as { overrides: object[] }).overrides, selected];
    const object = objectOf({ ...template("web:1", 3), overrides });
    const text = packed(object);
    const content = unpacked(text, versionOf(object), object);
    assert.deepEqual(content, { template: object.template, overrides: object.overrides });
  });
  it("has the numbers of today when members go back to it", () => {
    const old = objectOf({ ...template("web:1", 3), ...paused(true) });
    const now = objectOf({ ...template("web:2", 7), ...scaled(9) });
    const back = inVersion(now, old);
    assert.deepEqual(back.template, { spec: { image: "web:1", replicas: 7 } });
    assert.deepEqual(
      back.overrides.map(({ operations }) => operations.map(({ path }) => path)),
      [["/spec/paused"], ["/spec/replicas"]],
    );
    assert.equal(versionOf(back), versionOf(old));
  });
  it("is not kept where it is too large, and not read where it is another one", () => {
    const object = objectOf(template("web:1"));
    assert.equal(packed(objectOf(template(randomBytes(200_000).toString("hex")))), null);
    assert.equal(unpacked(packed(object), "another", object), null);
    assert.equal(unpacked(packed(object), null, object), null);
  });
  it("is not believed, whatever somebody wrote there", () => {
    const hostile = [
      "",
      "%%%",
      gzipSync("no JSON").toString("base64"),
      gzipSync(JSON.stringify({ template: 1, overrides: [] })).toString("base64"),
      gzipSync(JSON.stringify({ template: {}, overrides: [{ clusters: null }] })).toString("base64"),
      gzipSync(`{"template":${'{"a":'.repeat(5_000)}1${"}".repeat(5_000)},"overrides":[]}`).toString(
        "base64",
      ),
      gzipSync(Buffer.alloc(64 << 20)).toString("base64"),
    ];
    const object = objectOf(template("web:1"));
    for (const text of hostile) assert.equal(unpacked(text, "abc", object), null, text.slice(0, 20));
  });
  it("is read by the rules of all objects: what these refuse is refused, whatever its hash", () => {
    const object = objectOf(template("web:1"));
    const forged = (overrides: readonly object[]) => {
      const content = { template: {}, overrides: overrides as never };
      return unpacked(packed(content), versionOf(content), object);
    };
    const override = (path: string) => ({
      clusters: { name: "west" },
      operations: [{ op: "replace", path, value: "kube-system" }],
    });
    assert.notEqual(forged([override("/spec/paused")]), null);
    assert.equal(forged([override("/metadata/namespace")]), null);
    assert.equal(forged([override("no pointer")]), null);
    const annotated = {
      template: { metadata: { annotations: { "fedns.io/expose": "nodes" } } },
      overrides: [],
    };
    const version = versionOf(annotated);
    assert.notEqual(unpacked(packed(annotated), version, object), null, "an override could set it too");
    assert.equal(unpacked(packed(annotated), version, { isPlain: true }), null);
  });
});

describe("the record", () => {
  it("is none where it cannot be read, or is of another object", () => {
    const text = JSON.stringify({
      uid: "u",
      target: "v",
      phase: "rolling",
      stage: "canary",
      state: "well",
      on: ["a"],
      passed: [],
      sinceMs: 5,
    });
    assert.equal(parseRecord(text, "u")?.target, "v");
    assert.equal(parseRecord(text, "another"), null);
    for (const bad of [
      "",
      "null",
      "[]",
      text.replace("rolling", "x"),
      text.replace('["a"]', "[1]"),
      text.replace(":5", ':"5"'),
    ])
      assert.equal(parseRecord(bad, "u"), null, bad);
  });
  it("has orders that can be read, and no others", () => {
    assert.deepEqual(parseOrder('{"what":"back","target":"v","id":"1"}'), {
      what: "back",
      target: "v",
      id: "1",
      by: "somebody",
    });
    for (const bad of [null, "", "{}", '{"what":"run","target":"v","id":"1"}'])
      assert.equal(parseOrder(bad), null);
  });
});

describe("what a member is to have", () => {
  it("is the newest version where nothing was ever said about a rollout", () => {
    const object = objectOf(template("web:1"));
    assert.equal(stagedObject(object), null);
    assert.deepEqual(versionIn(object, "west"), { kind: "new" });
  });
  it("is what it has, while nothing is written down, also where the record is of a namesake", () => {
    const record = JSON.stringify({ uid: "another", target: "x", phase: "done" });
    const object = objectOf(template("web:1"), {
      "fedns.io/rollout": "true",
      "fedns.io/rollout-record": record,
    });
    const version = versionIn(object, "west");
    assert.deepEqual([version.kind, version.kind === "held" && version.object], ["held", null]);
  });
});
