/** The manifests of deploy/ have no field that the oldest or the newest supported version of Kubernetes does not know. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { NEWEST, OLDEST, unknownFields } from "./fields.ts";
import { FILES, FOLDER, manifestsOf, ofKind } from "./manifests.ts";

describe("deploy/", () => {
  for (const schema of [OLDEST, NEWEST])
    for (const file of FILES)
      it(`${file} has only fields that ${schema.version} knows`, () => {
        const found = manifestsOf(file).flatMap((manifest) => unknownFields(manifest, schema));
        assert.deepEqual(found, []);
      });

  it("what came after the oldest version is noticed, at any depth", () => {
    const deployment = structuredClone(ofKind("install.yaml", "Deployment"));
    deployment["spec"].template.spec.containers[0].lifecycle = { preStop: { sleep: { seconds: 5 } } };
    const [problem = "", ...more] = unknownFields(deployment, OLDEST);
    assert.match(
      problem,
      /^Deployment fedns: \S+\.lifecycle\.preStop\.sleep is not in V1Handler of Kubernetes 1\.21$/,
    );
    assert.deepEqual(more, []);
    assert.deepEqual(unknownFields(deployment, NEWEST), []);
  });

  it("the oldest version is named where the manifests are described", () => {
    for (const file of ["install.yaml", "README.md"])
      assert.match(readFileSync(join(FOLDER, file), "utf8"), /Kubernetes 1\.21\b/, file);
  });
});
