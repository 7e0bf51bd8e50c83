/** deploy/crds/types/federated.yaml, from the table of types: `node test/support/federated-types.ts` writes it. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { stringify } from "yaml";
import { federatedDefinition, federatedTypeOf } from "../../src/fleet/host-objects/federated-definition.ts";
import { OTHER_TYPES, USUAL_TYPES } from "../../src/fleet/host-objects/usual-types.ts";

export const FILE: string = join(
  import.meta.dirname,
  "..",
  "..",
  "deploy",
  "crds",
  "types",
  "federated.yaml",
);

const HEAD = `# The federated types of the kinds that are usually propagated: a template, the members that it goes to, and what is different
# there. The template and the values of overrides are not checked here: the members check them. A FederatedNamespace has the
# name of the namespace that it is in. All kinds have one schema, and those with replicas \`retainReplicas\` besides.
# node test/support/federated-types.ts writes this file.
`;

export function federatedTypesText(): string {
  const items = [...USUAL_TYPES, ...OTHER_TYPES].map((type) =>
    federatedDefinition(type, federatedTypeOf(type)),
  );
  return HEAD + stringify({ apiVersion: "v1", kind: "List", items }, { lineWidth: 0 });
}

if (process.argv[1] === import.meta.filename) writeFileSync(FILE, federatedTypesText());
