/** The federated types in deploy/crds/types are those that `fedns enable` makes. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { parse } from "yaml";
import { federatedDefinition } from "../../src/cli/federate/federated-definition.ts";

const path = join(import.meta.dirname, "..", "..", "deploy", "crds", "types", "federated.yaml");
const SCALED = ["FederatedDeployment", "FederatedReplicaSet", "FederatedStatefulSet"];

describe("deploy/crds/types", () => {
  const { items } = parse(readFileSync(path, "utf8")) as { readonly items: readonly Record<string, any>[] };
  for (const { metadata, spec } of items)
    it(`has ${spec.names.kind} as fedns enable makes it`, () => {
      const { kind, plural, shortNames = [] } = spec.names;
      const name = { group: "types.kubefed.io", version: "v1beta1", kind, plural, shortNames };
      const made = federatedDefinition(
        { ...name, isNamespaced: kind !== "FederatedClusterRole" },
        SCALED.includes(kind),
      );
      assert.deepEqual({ name: metadata.name, spec }, made);
    });
});
