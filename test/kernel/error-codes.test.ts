/** The list of error codes: complete by its type, and without codes that nothing throws. */
import assert from "node:assert/strict";
import { it } from "node:test";
import { ERROR_CODES } from "../../src/kernel/error-codes.ts";
import { sourceFilesIn, sourceText } from "../support/sources.ts";

it("every listed error code is used in the code", () => {
  const text = sourceFilesIn("src")
    .filter((file) => file !== "kernel/error-codes.ts")
    .map(sourceText)
    .join("\n");
  assert.deepEqual(
    Object.keys(ERROR_CODES).filter((code) => !text.includes(`"${code}"`)),
    [],
  );
});

it("every listed error code has a meaning and an action", () => {
  for (const [code, { meaning, action }] of Object.entries(ERROR_CODES)) {
    assert.match(meaning, /^[A-Z].*\.$/, code);
    assert.match(action, /^[a-z].*[^.]$/, code);
  }
});
