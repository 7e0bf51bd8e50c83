import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { FieldsTable } from "../../../src/propagate/copies/fields-table.ts";
import { seenCopy } from "../../../src/propagate/copies/seen-copy.ts";

const US = { owner: "o1", manager: "fedns" };
const table = new FieldsTable();
const seen = (labels: object, more: object = {}): ReturnType<typeof seenCopy> =>
  seenCopy({ uid: "u1", resourceVersion: "7", labels, ...more }, US, table);

describe("a copy as its metadata shows it", () => {
  const managed = { "kubefed.io/managed": "true" };
  for (const [labels, owner] of [
    [{}, "nobody"],
    [managed, "kubefed"],
    [{ "kubefed.io/managed": "false" }, "nobody"],
    [{ ...managed, "fedns.io/owner": "o1" }, "us"],
    [{ "fedns.io/owner": "o1" }, "us"],
    [{ ...managed, "fedns.io/owner": "o2" }, "another-federation"],
  ] as const)
    it(`with the labels ${JSON.stringify(labels)} is of ${owner}`, () => {
      assert.equal(seen(labels).owner, owner);
    });
  it("says that its member opted out, that it was adopted and that it is being deleted", () => {
    const copy = seen(
      { "kubefed.io/managed": "false", "fedns.io/owner": "o1", "fedns.io/adopted": "true" },
      { deletionTimestamp: "2026-01-01T00:00:00Z" },
    );
    assert.deepEqual([copy.isOptedOut, copy.isAdopted, copy.isDeleting], [true, true, true]);
  });
  it("has a hash of our fields, and none of those of others", () => {
    const entry = { manager: "fedns", operation: "Apply", fieldsV1: { "f:data": {} } };
    const { fieldsHash } = seen({}, { managedFields: [entry] });
    assert.notEqual(fieldsHash, 0n);
    assert.deepEqual(table.get(fieldsHash), entry.fieldsV1);
    assert.equal(seen({}, { managedFields: [{ ...entry, manager: "kubectl" }] }).fieldsHash, 0n);
  });
  it("is shared with KubeFed as long as KubeFed owns its label there", () => {
    const fieldsV1 = { "f:metadata": { "f:labels": { "f:kubefed.io/managed": {} } } };
    const kubefed = { manager: "controller-manager", operation: "Update", fieldsV1 };
    assert.equal(seen({}, { managedFields: [kubefed] }).isSharedWithKubefed, true);
    const another = { ...kubefed, fieldsV1: { "f:spec": { "f:replicas": {} } } };
    assert.equal(seen({}, { managedFields: [another] }).isSharedWithKubefed, false);
  });
  it("may have labels of any form", () => {
    assert.equal(seenCopy({ uid: "u1", resourceVersion: "7", labels: ["x"] }, US, table).owner, "nobody");
  });
});
