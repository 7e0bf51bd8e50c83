import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { onImmutable } from "../../../src/propagate/apply/recreate.ts";

const claims = (whenDeleted: string): object => ({ persistentVolumeClaimRetentionPolicy: { whenDeleted } });

describe("a copy whose immutable field is to change", () => {
  for (const [kind, recreation, isAdopted, isExhausted, expected] of [
    ["Deployment", "never", false, false, /put back what was there, .* fedns\.io\/recreate: "true"$/],
    ["Deployment", "made", false, false, null],
    ["Deployment", "made", true, false, /existed before it was adopted, .*: "adopted"$/],
    ["Deployment", "adopted", true, false, null],
    ["Deployment", "adopted", false, false, null],
    ["Deployment", "made", false, true, /made again three times in ten minutes/],
    ["Namespace", "adopted", false, false, /fedns never deletes a Namespace/],
    ["PersistentVolume", "adopted", false, false, /never deletes a PersistentVolume/],
    ["PersistentVolumeClaim", "adopted", false, false, /never deletes a PersistentVolumeClaim/],
    ["CustomResourceDefinition", "made", false, false, /never deletes a CustomResourceDefinition/],
  ] as const)
    it(`of kind ${kind}, ${recreation}${isAdopted ? ", adopted" : ""}${isExhausted ? ", again" : ""}`, () => {
      const body = { kind, spec: {} };
      const action = onImmutable({ body, recreation, isAdopted, isExhausted, fields: ["spec.selector"] });
      if (expected === null) assert.deepEqual(action, { kind: "recreate" });
      else {
        assert.ok(action.kind === "tell");
        assert.match(action.message, /^spec\.selector cannot be changed once the copy exists/);
        assert.match(action.message, expected);
      }
    });
  it("is kept when it is a StatefulSet that takes its claims along", () => {
    const of = (whenDeleted: string): string =>
      onImmutable({
        body: { kind: "StatefulSet", spec: claims(whenDeleted) },
        recreation: "made",
        isAdopted: false,
        isExhausted: false,
        fields: [],
      }).kind;
    assert.equal(of("Delete"), "tell");
    assert.equal(of("Retain"), "recreate");
  });
});
