/** Which packages each process loads before it answers: what it has no use for costs its start and its memory. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, it } from "node:test";

const src = join(import.meta.dirname, "..", "..", "src");

/** What a file imports or re-exports when it is loaded; types are not. */
const IMPORT = /^(?:import|export)\s+(?!type\b)(?:[^";]*?\bfrom\s+)?"([^"]+)";/gm;

/** Names of packages that the files import, all they import included. An `import()` is loaded later, or never. */
function packagesOf(...entries: readonly string[]): readonly string[] {
  const seen = new Set<string>();
  const packages = new Set<string>();
  const visit = (path: string): void => {
    if (seen.has(path)) return;
    seen.add(path);
    for (const [, what] of readFileSync(path, "utf8").matchAll(IMPORT)) {
      const name = what as string;
      if (name.startsWith(".")) visit(join(dirname(path), name));
      else if (!name.startsWith("node:")) packages.add(/^(@[^/]+\/)?[^/]+/.exec(name)?.[0] ?? name);
    }
  };
  for (const entry of entries) visit(join(src, entry));
  return [...packages].sort();
}

describe("packages that are loaded at the start", () => {
  for (const [name, entries, expected] of [
    ["the serve process", ["answer/serve/child.ts", "answer/serve/run-assignment.ts"], ["koffi"]],
    ["a worker thread of it", ["answer/serve/worker.ts"], ["koffi", "siphash"]],
    [
      "the control process",
      ["run/control/child.ts"],
      ["@kubernetes/client-node", "js-yaml", "koffi", "lru-cache", "pino", "undici"],
    ],
    ["the supervisor", ["main.ts", "cli/session/supervise.ts"], ["koffi", "pino"]],
    ["the reader of the configuration", ["run/config/file.ts"], ["yaml", "zod"]],
    ["the builder of the table of clients", ["traffic/locate/builder.ts"], ["koffi"]],
    ["the command line, for any command", ["cli/fedns.ts", "cli/program.ts"], ["commander"]],
  ] as const)
    it(`of ${name} are ${expected.join(", ") || "none"}`, () =>
      assert.deepEqual(packagesOf(...entries), expected));
});
