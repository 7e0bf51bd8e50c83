/** The manifests of deploy/ have no field that the oldest or the newest supported version of Kubernetes does not know. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { parseAllDocuments } from "yaml";
import { NEWEST, OLDEST, unknownFields } from "./fields.ts";

const folder = join(import.meta.dirname, "..", "..", "deploy");
const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter(
  (file) => file.endsWith(".yaml") && !file.startsWith("examples"),
);

type Manifest = Readonly<Record<string, any>>;

function manifestsOf(file: string): Manifest[] {
  return parseAllDocuments(readFileSync(join(folder, file), "utf8"))
    .map((document) => document.toJS() as Manifest | null)
    .flatMap((one) => (one === null ? [] : one["kind"] === "List" ? (one["items"] as Manifest[]) : [one]));
}

describe("deploy/", () => {
  for (const schema of [OLDEST, NEWEST])
    for (const file of files)
      it(`${file} has only fields that ${schema.version} knows`, () => {
        const found = manifestsOf(file).flatMap((manifest) => unknownFields(manifest, schema));
        assert.deepEqual(found, []);
      });

  it("what came after the oldest version is noticed, at any depth", () => {
    const deployment = structuredClone(
      manifestsOf("install.yaml").find(({ kind }) => kind === "Deployment"),
    ) as Manifest;
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
      assert.match(readFileSync(join(folder, file), "utf8"), /Kubernetes 1\.21\b/, file);
  });
});
