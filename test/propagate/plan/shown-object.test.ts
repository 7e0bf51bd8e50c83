/** What is shown of a copy: its content, without secrets. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { shownPair } from "../../../src/propagate/plan/shown-object.ts";

describe("what is shown of a copy", () => {
  it("is its content, without what the server keeps and the labels of copies", () => {
    const before = {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: {
        name: "a",
        uid: "u",
        resourceVersion: "7",
        generation: 3,
        managedFields: [{}],
        labels: { "kubefed.io/managed": "true", "fedns.io/owner": "x", "fedns.io/applied": "y", mine: "1" },
        annotations: { "kubectl.kubernetes.io/last-applied-configuration": "{}" },
      },
      data: { a: "1" },
      status: { phase: "x" },
    };
    assert.deepEqual(shownPair(before, null), {
      before: {
        apiVersion: "v1",
        kind: "ConfigMap",
        metadata: { name: "a", labels: { mine: "1" } },
        data: { a: "1" },
      },
      after: null,
    });
  });
  it("has marks instead of the values of Secrets, by which one sees what differs", () => {
    const secret = (data: object, fields: object = {}): any => ({
      apiVersion: "v1",
      kind: "Secret",
      metadata: { name: "a", annotations: { "kubectl.kubernetes.io/last-applied-configuration": "hidden" } },
      data,
      ...fields,
    });
    const { before, after } = shownPair(
      secret({ same: "hidden", changed: "hidden1", gone: "hidden" }),
      secret({ same: "hidden", changed: "hidden2", come: "hidden" }, { stringData: { text: "hidden" } }),
    );
    assert.deepEqual(before?.["data"], { same: "***", changed: "*** (before)", gone: "***" });
    assert.deepEqual(after?.["data"], { same: "***", changed: "*** (after)", come: "***" });
    assert.doesNotMatch(JSON.stringify([before, after]), /hidden/);
  });
});
