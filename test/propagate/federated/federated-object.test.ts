import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  parseFederatedObject,
  type ParsedObject,
} from "../../../src/propagate/federated/federated-object.ts";

function parsed(annotations: object): ParsedObject {
  const metadata = { name: "web", namespace: "shop", uid: "u1", generation: 1, annotations };
  const object = parseFederatedObject({ metadata, spec: { template: {} } });
  assert.ok(object !== null);
  return object;
}

describe("an annotation of a federated object", () => {
  for (const [annotations, recreation] of [
    [{}, "never"],
    [{ "fedns.io/recreate": "false" }, "never"],
    [{ "fedns.io/recreate": "true" }, "made"],
    [{ "fedns.io/recreate": "adopted" }, "adopted"],
  ] as const)
    it(`says which copies are made again: ${JSON.stringify(annotations)}`, () => {
      const object = parsed(annotations);
      assert.ok("object" in object);
      assert.equal(object.object.recreation, recreation);
    });
  for (const value of ["yes", "", "constructor", 1, {}])
    it(`about that is refused with the cure: ${JSON.stringify(value)}`, () => {
      const object = parsed({ "fedns.io/recreate": value });
      assert.ok("problem" in object);
      assert.equal(object.status, "ComputeResourceFailed");
      assert.match(object.problem, /^the annotation fedns\.io\/recreate must be "true"/);
    });
  it("about orphans counts only as a word that is known", () => {
    for (const [value, orphan] of [
      ["true", true],
      ["false", false],
      ["constructor", null],
      [true, null],
    ] as const) {
      const object = parsed({ "kubefed.io/orphan": value });
      assert.ok("object" in object);
      assert.equal(object.object.orphan, orphan);
    }
  });
});
