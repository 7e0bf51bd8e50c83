/** The rights in deploy/member.yaml, from the table of sources: `node test/support/member-rights.ts` writes them there. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type PolicyRule, readRules } from "../../src/cli/membership/rights.ts";
import { SOURCE_NAMES, SOURCES } from "../../src/fleet/sources/source-table.ts";
import type { WatchedResource } from "../../src/fleet/watch/watched-resource.ts";

const file = join(import.meta.dirname, "..", "..", "deploy", "member.yaml");

/** The resources that sources list and watch, by the setting that enables them. */
export const sourceNeeds: Readonly<Record<string, readonly WatchedResource[]>> = Object.fromEntries(
  Object.entries(SOURCES)
    .map(([name, { resources }]) => [name, Object.values(resources)] as const)
    .filter(([, resources]) => resources.length > 0),
);

/** The rules of a ClusterRole: one for each API group, in the order of the sources, and one for the health of the server. */
export function memberRules(sources: readonly string[]): readonly PolicyRule[] {
  return readRules(SOURCE_NAMES.filter((name) => sources.includes(name)));
}

/** The rules in the form of deploy/member.yaml. */
export function rulesText(rules: readonly PolicyRule[]): string {
  const inline = (items: readonly string[]): string =>
    `[${items.map((item) => (item === "" ? '""' : item)).join(", ")}]`;
  const lines = rules.flatMap((rule) => {
    const fields = Object.entries(rule).map(([key, items]) => `${key}: ${inline(items)}`);
    return fields.map((field, i) => `${i === 0 ? "  - " : "    "}${field}`);
  });
  return `rules:\n${lines.join("\n")}\n`;
}

/** The manifest with the rules of all sources in its ClusterRole. */
export function withRights(manifest: string): string {
  const rules = rulesText(memberRules(Object.keys(sourceNeeds)));
  return manifest.replace(/^rules:\n(?:[ ].*\n)+/m, () => rules);
}

if (process.argv[1] === import.meta.filename) writeFileSync(file, withRights(readFileSync(file, "utf8")));
