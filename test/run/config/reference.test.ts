/** The page that `fedns config` prints, and guesses at mistyped words. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { configReference } from "../../../src/run/config/reference.ts";
import { settingsSchema } from "../../../src/run/config/config.ts";
import type { SettingSchema } from "../../../src/run/config/values.ts";
import { closestWord } from "../../../src/kernel/suggestion.ts";

describe("configReference", () => {
  it("lists every setting with a meaning, and with a default unless it is required", () => {
    const text = configReference("text");
    const visit = (schema: SettingSchema, path: string): void => {
      for (const [key, setting] of Object.entries(schema.properties ?? {})) {
        assert.ok(setting.description !== undefined, `${path}${key} has no meaning`);
        assert.ok(text.includes(setting.description), `${path}${key} is not in the reference`);
        const isRequired = schema.required?.includes(key) === true;
        assert.ok(
          isRequired || "default" in setting || "computed" in setting,
          `${path}${key} has no default`,
        );
        if (setting.type === "integer" && key !== "port")
          assert.ok(setting.unit ?? /max|workers/.test(key), `${path}${key} has no unit`);
        visit(setting.items ?? setting, `${path}${key}.`);
      }
    };
    visit(settingsSchema(), "");
    assert.match(
      text,
      /\nttlSeconds\n {4}seconds, 1\.\.2147483647; default: 30\n {4}takes effect: at once\n {4}\S/,
    );
  });

  it("is a table in Markdown, and JSON for editors", () => {
    assert.match(
      configReference("markdown"),
      /^\| `serve\.udp` \| auto \\\| batched \\\| dgram \| `auto` \| hand-over \|/m,
    );
    assert.deepEqual(JSON.parse(configReference("schema")), JSON.parse(JSON.stringify(settingsSchema())));
  });
});

describe("nearest", () => {
  it("finds a mistyped word or a prefix, and nothing for an unlike word", () => {
    assert.equal(closestWord("clusers", ["clusters", "listen"]), "clusters");
    assert.equal(closestWord("TTLSECONDS", ["ttlSeconds"]), "ttlSeconds");
    assert.equal(closestWord("ttl", ["log", "ttlSeconds"]), "ttlSeconds");
    assert.equal(closestWord("zz", ["log", "soa"]), null);
  });
});
