import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { repairOf } from "../../../src/propagate/apply/live-duplicates.ts";

const env = (name: string, value: string): object => ({ name, value });
const live: any = {
  metadata: { name: "web", uid: "u", resourceVersion: "7", finalizers: ["a/b", "a/b"] },
  spec: {
    replicas: 3,
    template: {
      spec: {
        containers: [
          { name: "a", env: [env("A", "1"), env("B", "2"), env("A", "3")], image: "i" },
          { name: "b" },
        ],
      },
    },
  },
};
const refusal = (...lines: readonly string[]): string =>
  "failed to create manager for existing fields: failed to convert new object (/web; apps/v1, Kind=Deployment) to smd typed: " +
  (lines.length === 1 ? lines[0] : ["errors:", ...lines.map((line) => `  ${line}`)].join("\n"));
const ENV = '.spec.template.spec.containers[name="a"].env: duplicate entries for key [name="A"]';

describe("the repair of a live object", () => {
  it("is a patch of the outermost list, in which the last item of a key stays", () => {
    const repair = repairOf(live, refusal(ENV));
    const containers = [{ name: "a", env: [env("B", "2"), env("A", "3")], image: "i" }, { name: "b" }];
    assert.deepEqual(repair?.patch, { spec: { template: { spec: { containers } } } });
    assert.deepEqual(repair?.lists, ["spec.template.spec.containers[0].env"]);
  });
  it("has all lists that are named", () => {
    const repair = repairOf(live, refusal(ENV, '.metadata.finalizers: duplicate entries for key [="a/b"]'));
    assert.deepEqual(repair?.patch["metadata"], { finalizers: ["a/b"] });
    assert.equal("spec" in (repair?.patch ?? {}), true);
  });
  it("is none when no list is named, or it is gone", () => {
    assert.equal(repairOf(live, refusal(".spec.replicas: expected numeric")), null);
    assert.equal(repairOf(live, refusal(".spec.ports: duplicate entries for key [port=80]")), null);
  });
});
