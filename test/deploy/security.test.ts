/** SECURITY.md names nothing that does not exist: each setting is one of fedns, and each party has what it can do, must not, and why. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { settingsSchema } from "../../src/run/config/config.ts";
import type { SettingSchema } from "../../src/run/config/values.ts";
import { FOLDER } from "./manifests.ts";

const text = readFileSync(join(FOLDER, "SECURITY.md"), "utf8");
const PARTIES = [
  "Strangers",
  "Tenants of members",
  "Administrators of members",
  "Administrators of the federation",
  "Replicas",
  "The machine and its operators",
];

function sectionOf(heading: string): string {
  const start = text.indexOf(`\n## ${heading}\n`);
  assert.notEqual(start, -1, heading);
  const end = text.indexOf("\n## ", start + 1);
  return text.slice(start, end === -1 ? undefined : end);
}

/** "sources.*.namespaces", "listen[].proxyProtocol". */
function isSetting(path: string): boolean {
  const below = (schema: SettingSchema | undefined, keys: readonly string[]): boolean => {
    const [key, ...rest] = keys;
    if (schema === undefined) return false;
    if (key === undefined) return true;
    const properties = schema.properties ?? schema.items?.properties ?? {};
    if (key === "*") return Object.values(properties).some((one) => below(one, rest));
    return below(properties[key.replace("[]", "")], rest);
  };
  return below(settingsSchema(), path.split("."));
}

/** What is written like a setting: the first word is that of one, and it is no file. */
function settingsIn(section: string): readonly string[] {
  const first = new Set(Object.keys(settingsSchema().properties ?? {}));
  return [...section.matchAll(/`([a-zA-Z]+(?:\[\])?(?:\.[a-zA-Z*]+(?:\[\])?)*)[`:]/g)]
    .map(([, path = ""]) => path)
    .filter((path) => first.has(path.replace(/[[.].*$/s, "")) && path !== "admin.sock");
}

describe("SECURITY.md", () => {
  it("names settings that there are", () => {
    const named = settingsIn(text);
    assert.deepEqual(
      named.filter((path) => !isSetting(path)),
      [],
    );
    assert.ok(new Set(named).size > 15, `${new Set(named).size}`);
    assert.ok(!isSetting("rateLimit.slipp") && isSetting("listen[].proxyProtocol"));
    assert.deepEqual(settingsIn("`rateLimit.slipp: 1`, `hosts[].x`"), ["rateLimit.slipp", "hosts[].x"]);
  });

  for (const party of PARTIES)
    it(`has a table of three columns for: ${party}`, () => {
      const rows = sectionOf(party)
        .split("\n")
        .filter((line) => line.startsWith("| "))
        .map((line) =>
          line
            .slice(1, -1)
            .split(" |")
            .map((cell) => cell.trim()),
        );
      assert.ok(rows.length >= 4);
      for (const cells of rows) assert.equal(cells.length, 3, cells.join(" | "));
    });

  it("says what is not protected", () => {
    assert.ok([...sectionOf("What is not protected").matchAll(/^- \*\*/gm)].length >= 5);
  });
});
