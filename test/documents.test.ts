/**
 * The documents: what they point at is there, their tables say what the code says. `UPDATE=1 node --test
 * test/documents.test.ts` writes the tables between `<!-- begin NAME -->` and `<!-- end NAME -->` anew.
 */
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, it } from "node:test";
import { blocksOf, documents, headingsOf, slugOf, top } from "./support/documents.ts";
import { tables } from "./support/reference-tables.ts";

/** Their tables come from elsewhere: `npm run bench -- --record` writes this one. */
const FOREIGN = ["bench/README.md"];

for (const path of documents()) {
  const text = readFileSync(join(top, path), "utf8");

  describe(path, () => {
    it("points at files and headings that exist", () => {
      const broken: string[] = [];
      for (const [, target = ""] of text.matchAll(/\]\((?!https?:)([^)\s]+)\)/g)) {
        const [file = "", heading] = target.split("#");
        const at = file === "" ? path : join(dirname(path), file);
        if (!existsSync(join(top, at))) broken.push(target);
        else if (heading !== undefined && !headingsOf(at).has(heading)) broken.push(target);
      }
      assert.deepEqual(broken, []);
    });

    it("names source files that exist", () => {
      const prose = text.replaceAll(/https?:\S+/g, "");
      const named = [...prose.matchAll(/(?<![\w./-])[\w-]+(?:\/[\w.-]+)+\.(?:ts|yaml|json|zone)(?![\w-])/g)];
      const roots = ["", "src", dirname(path)];
      const isThere = (file: string): boolean => roots.some((root) => existsSync(join(top, root, file)));
      assert.deepEqual(
        [...new Set(named.map(([file]) => file))].filter((file) => !isThere(file) && !isOfUsers(file)),
        [],
      );
    });

    it("has a table of contents of its own chapters, if it has one", () => {
      const [contents] = /^## Contents\n\n((?:- .*\n)+)/m.exec(text)?.slice(1) ?? [];
      if (contents === undefined) return;
      const listed = [...contents.matchAll(/\]\(#([^)]+)\)/g)].map((match) => match[1]);
      const chapters = [...text.matchAll(/^## (.+)$/gm)].map((match) => match[1] as string);
      const slugs = chapters.filter((chapter) => chapter !== "Contents").map(slugOf);
      assert.deepEqual(listed, slugs);
    });

    if (!FOREIGN.includes(path))
      it("has tables that say what the code says", () => {
        const fresh = withTables(text);
        if (process.env["UPDATE"] === "1" && fresh !== text) writeFileSync(join(top, path), fresh);
        else assert.equal(text, fresh, "UPDATE=1 node --test test/documents.test.ts writes the tables");
      });
  });
}

it("every reference table stands in a document", () => {
  const found = documents().flatMap((path) =>
    [...readFileSync(join(top, path), "utf8").matchAll(/^<!-- begin (\w+) -->$/gm)].map((match) => match[1]),
  );
  assert.deepEqual(
    Object.keys(tables).filter((name) => !found.includes(name)),
    [],
  );
});

it("the design gives a reason for every dependency, and for nothing else", () => {
  const { dependencies } = JSON.parse(readFileSync(join(top, "package.json"), "utf8")) as {
    dependencies: Record<string, string>;
  };
  const design = readFileSync(join(top, "src", "DESIGN.md"), "utf8");
  const chapter = design.slice(design.indexOf("\n## Dependencies")).split("\n## ")[1] ?? "";
  const named = [...chapter.matchAll(/^\| [^|]+ \| (`[^|]+`) \|/gm)].flatMap(([, cell = ""]) =>
    [...cell.matchAll(/`([^`]+)`/g)].map((match) => match[1]),
  );
  assert.deepEqual(new Set(named), new Set(Object.keys(dependencies)));
});

it("no file cites a document that is not in the project", () => {
  const foreign = /\bDESIGN §|\bresearch\/[\w-]+\.md/;
  const guilty = ["src", "test", "bench", "deploy"]
    .flatMap((folder) => readdirSync(join(top, folder), { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((file) => foreign.test(readFileSync(file, "latin1")));
  assert.deepEqual(guilty, []);
});

it("every document with blocks closes them", () => {
  for (const path of documents())
    assert.ok(
      blocksOf(path).every(({ text }) => text !== ""),
      path,
    );
});

/** Files that the documents say a user has. */
function isOfUsers(file: string): boolean {
  return /^(\.?sandbox|state|etc)\//.test(file) || file.startsWith("fedns/");
}

function withTables(text: string): string {
  return text.replaceAll(/^<!-- begin (\w+) -->\n[\s\S]*?^<!-- end \1 -->$/gm, (found, name: string) => {
    const table = tables[name];
    return table === undefined ? found : `<!-- begin ${name} -->\n${table()}<!-- end ${name} -->`;
  });
}
