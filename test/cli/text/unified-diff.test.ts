/** Unified diffs: the same as diff -u, and applicable. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { promisify } from "node:util";
import { unifiedDiff } from "../../../src/cli/text/unified-diff.ts";

const lines = (...texts: readonly string[]): string => texts.map((text) => `${text}\n`).join("");

describe("a unified diff", () => {
  for (const [claim, before, after, diff] of [
    ["of equal texts is nothing", lines("a", "b"), lines("a", "b"), ""],
    ["of nothing and a text", "", lines("a", "b"), "@@ -0,0 +1,2 @@\n+a\n+b\n"],
    ["of a text and nothing", lines("a"), "", "@@ -1 +0,0 @@\n-a\n"],
    ["of a changed line", lines("a", "b", "c"), lines("a", "x", "c"), "@@ -1,3 +1,3 @@\n a\n-b\n+x\n c\n"],
    [
      "has three lines of context",
      lines("1", "2", "3", "4", "5", "6", "7", "8", "9"),
      lines("1", "2", "3", "4", "x", "6", "7", "8", "9"),
      "@@ -2,7 +2,7 @@\n 2\n 3\n 4\n-5\n+x\n 6\n 7\n 8\n",
    ],
  ] as const)
    it(claim, () => assert.equal(unifiedDiff(before, after), diff));

  it("leads from one text to the other, whatever they are", () => {
    let seed = 1;
    const random = (below: number): number => (seed = (seed * 48_271) % 2_147_483_647) % below;
    for (let round = 0; round < 500; round++) {
      const text = (): string =>
        lines(...Array.from({ length: random(20) }, () => "abcd"[random(4)] as string));
      const [before, after] = [text(), text()];
      assert.equal(patched(before, unifiedDiff(before, after)), after);
    }
  });
  it("replaces a text that differs too much as a whole", () => {
    const before = lines(...Array.from({ length: 2_000 }, (_, i) => `a${i}`));
    const after = lines(...Array.from({ length: 2_000 }, (_, i) => `b${i}`));
    assert.equal(patched(before, unifiedDiff(before, after)), after);
  });
  it("is what diff -u says of two manifests", async (t) => {
    const folder = await mkdtemp(join(tmpdir(), "fedns-diff-"));
    t.after(() => rm(folder, { recursive: true }));
    const before = lines(
      "a: 1",
      "b:",
      "  c: 2",
      "  d: 3",
      "e: 4",
      "f: 5",
      "g: 6",
      "h: 7",
      "i: 8",
      "j: 9",
      "k: 10",
    );
    const after = lines(
      "a: 1",
      "b:",
      "  c: 3",
      "e: 4",
      "f: 5",
      "g: 6",
      "h: 7",
      "i: 8",
      "j: 9",
      "k: 10",
      "l: 11",
    );
    await writeFile(join(folder, "a"), before);
    await writeFile(join(folder, "b"), after);
    const expected = await promisify(execFile)("diff", ["-u", "a", "b"], { cwd: folder }).then(
      () => "",
      (error: { stdout: string }) => error.stdout,
    );
    assert.equal(unifiedDiff(before, after), expected.split("\n").slice(2).join("\n"));
  });
});

/** Applies a diff, and checks its line numbers. */
function patched(before: string, diff: string): string {
  const old = before.split("\n").slice(0, -1);
  const out: string[] = [];
  let at = 0;
  for (const line of diff.split("\n").slice(0, -1)) {
    const head = /^@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@$/.exec(line);
    if (head !== null) {
      const start = Number(head[1]) - (head[2] === "0" ? 0 : 1);
      while (at < start) out.push(old[at++] as string);
      assert.equal(out.length, Number(head[3]) - (head[4] === "0" ? 0 : 1));
    } else if (line.startsWith("+")) out.push(line.slice(1));
    else {
      assert.equal(old[at], line.slice(1));
      if (line.startsWith(" ")) out.push(old[at] as string);
      at += 1;
    }
  }
  return lines(...out, ...old.slice(at));
}
