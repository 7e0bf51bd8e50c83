/** What the names of a federation answer, as conversations in test/dialogue/*.dialogue. UPDATE=1 writes today's answers into them. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import { replay } from "../support/dialogue.ts";

const folder = new URL("./", import.meta.url);
const files = readdirSync(folder).filter((file) => file.endsWith(".dialogue"));

test("there are dialogues", () => {
  assert.ok(files.length >= 10);
});

for (const file of files) {
  test(`dialogue ${file} matches its file`, () => {
    const path = new URL(file, folder);
    const expected = readFileSync(path, "utf8");
    const actual = replay(expected);
    if (process.env["UPDATE"] === "1") writeFileSync(path, actual);
    else assert.equal(actual, expected);
  });
}
