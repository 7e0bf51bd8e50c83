/** The rights in deploy/member.yaml, from what the sources say: `node test/support/member-rights.ts` writes them there. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { memberRules, rulesText, sourceNeeds, type SourceName } from "../../src/observe/rights.ts";

const file = join(import.meta.dirname, "..", "..", "deploy", "member.yaml");

/** The manifest with the rules of all sources in its ClusterRole. */
export function withRights(manifest: string): string {
  const rules = rulesText(memberRules(Object.keys(sourceNeeds) as SourceName[]));
  return manifest.replace(/^rules:\n(?:[ ].*\n)+/m, () => rules);
}

if (process.argv[1] === import.meta.filename) writeFileSync(file, withRights(readFileSync(file, "utf8")));
