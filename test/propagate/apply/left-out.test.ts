import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type KnownPart, knownPartOf, leftOutText, markOf } from "../../../src/propagate/apply/left-out.ts";
import { uncoveredPaths } from "../../../src/propagate/apply/owned-fields.ts";

const body = {
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name: "web" },
  spec: {
    odd: 1,
    replicas: 2,
    securityContext: { odder: true },
    containers: [{ name: "a", image: "i", odd: {} }],
    tolerations: [{ key: "a", odd: 1 }],
    plain: [{ odd: 1 }],
  },
};
const refusal = (...lines: readonly string[]): string =>
  `failed to create typed patch object (/web; apps/v1, Kind=Deployment): errors:\n${lines.map((line) => `  ${line}`).join("\n")}`;
const unknown = (...paths: readonly string[]): string =>
  refusal(...paths.map((path) => `${path}: field not declared in schema`));

function partOf(...paths: readonly string[]): KnownPart {
  const part = knownPartOf(body, unknown(...paths));
  assert.ok(part !== null);
  return part;
}

describe("what a member knows of a body", () => {
  it("is all but the fields that it names", () => {
    const part = partOf(".spec.odd", '.spec.containers[name="a"].odd', ".spec.tolerations[0].odd");
    assert.deepEqual(part.body["spec"], {
      replicas: 2,
      securityContext: { odder: true },
      containers: [{ name: "a", image: "i" }],
      tolerations: [{ key: "a" }],
      plain: [{ odd: 1 }],
    });
    assert.deepEqual(part.leftOut, ["spec.odd", "spec.containers[0].odd", "spec.tolerations[0].odd"]);
  });
  it("is missed by our entry where something else is left beside, outside of plain lists", () => {
    const part = partOf(".spec.odd", ".spec.securityContext.odder", ".spec.tolerations[0].odd");
    assert.deepEqual(part.missing, ["spec.odd"]);
    const own = {
      "f:spec": {
        "f:replicas": {},
        "f:securityContext": {},
        "f:containers": { 'k:{"name":"a"}': { ".": {}, "f:name": {}, "f:image": {}, "f:odd": {} } },
        "f:tolerations": {},
        "f:plain": {},
      },
    };
    assert.equal(markOf(uncoveredPaths(own, body)), markOf(part.missing));
    const lost = { "f:spec": { ...own["f:spec"], "f:replicas": undefined } };
    assert.notEqual(markOf(uncoveredPaths(lost, body)), markOf(part.missing));
  });
  it("cannot be told when there are other faults, or a field is not there", () => {
    const wrong = refusal(
      ".spec.odd: field not declared in schema",
      ".spec.replicas: expected numeric, got string",
    );
    assert.equal(knownPartOf(body, wrong), null);
    assert.equal(knownPartOf(body, unknown(".spec.nothing")), null);
    assert.equal(knownPartOf(body, "the server is down"), null);
  });
  it("is nothing when it knows nothing of the content", () => {
    assert.equal(knownPartOf(body, unknown(".spec")), null);
  });
  it("is named, five fields at most", () => {
    assert.equal(leftOutText(["a"]), "a field that the cluster does not know is left out: a");
    assert.match(
      leftOutText(["a", "b", "c", "d", "e", "f", "g"]),
      /^fields .* are left out: a, b, c, d, e and 2 more$/,
    );
    assert.equal(leftOutText([]), "fields that the cluster does not know are left out");
  });
});
