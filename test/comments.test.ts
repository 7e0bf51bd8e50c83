/** Comments that send a reader to another file: it must be there. */
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { it } from "node:test";
import { sourceFilesIn, sourceText } from "./support/sources.ts";

const top = join(import.meta.dirname, "..");

it("comments in the sources name files that exist", () => {
  const wrong = sourceFilesIn("src").flatMap((file) => {
    const comments = sourceText(file).match(/^\s*(?:\/\*\*|\*|\/\/).*$/gm) ?? [];
    const paths = [
      ...comments.join("\n").matchAll(/(?<![./\w-])((?:[a-z0-9-]+\/)+[a-z0-9-]+\.(?:ts|yaml|md))\b/g),
    ];
    const exists = (path: string): boolean =>
      ["", "src", join("src", file.split("/")[0] ?? ""), join("src", dirname(file))].some((folder) =>
        existsSync(join(top, folder, path)),
      );
    return paths.flatMap(([path]) => (exists(path) ? [] : [`${file}: ${path}`]));
  });
  assert.deepEqual(wrong, []);
});
