/** The house rules that a machine can check: imports as the map says, whole comments on top, no banned names, versions that agree. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, normalize, relative } from "node:path";
import { describe, it } from "node:test";
import { VERSION } from "../src/kernel/version.ts";

const top = join(import.meta.dirname, "..");
const KERNEL = ["assert.ts", "clock.ts", "duration.ts", "error.ts", "literal.ts", "log.ts", "version.ts"];
const PURE = [
  "dns",
  "rdata",
  "zone",
  "federation",
  "claim",
  "steer",
  "policy",
  "health",
  "snapshot",
  "answer",
];
const BANNED = /(^|[-/])(manager|helper|util|utils|common|misc|base|data|info)s?\.ts$/;

const sources = filesIn(join(top, "src")).map((path) => relative(join(top, "src"), path));
const imports = new Map(sources.map((file) => [file, importsOf(file)]));

function filesIn(folder: string): string[] {
  const entries = readdirSync(folder, { withFileTypes: true, recursive: true });
  const files = entries.filter((entry) => entry.isFile() && /(?<!\.d)\.ts$/.test(entry.name));
  return files.map((entry) => join(entry.parentPath, entry.name));
}

function textOf(file: string): string {
  return readFileSync(join(top, "src", file), "utf8");
}

function importsOf(file: string): string[] {
  const found = textOf(file).matchAll(/(?:from|import\(|^import)\s*"([^"]+)"/gm);
  return [...found].map((match) => match[1] as string);
}

/** `config.ts` and `config/` are one. */
function folderOf(file: string): string {
  if (file === "config.ts") return "config";
  return file.includes("/") ? (file.split("/")[0] as string) : file;
}

function allowedByMap(): Map<string, Set<string>> {
  const rows = readFileSync(join(top, "src", "README.md"), "utf8").matchAll(
    /^\| `([^`]+)` \|[^|]*\|([^|]*)\|$/gm,
  );
  const words = (cell: string): string[] =>
    [...cell.matchAll(/`([^`]+)`|everything/g)].map((m) => m[1] ?? m[0]);
  return new Map([...rows].map((row) => [row[1] as string, new Set(words(row[2] as string))]));
}

describe("the map", () => {
  const allowed = allowedByMap();

  it("lists every folder, and only those that exist", () => {
    const folders = new Set(sources.map(folderOf).filter((folder) => !KERNEL.includes(folder)));
    assert.deepEqual([...allowed.keys()].sort(), [...folders].sort());
  });

  it("is what the imports follow", () => {
    const broken: string[] = [];
    for (const [file, targets] of imports) {
      const from = folderOf(file);
      const rule = allowed.get(from) ?? new Set();
      for (const target of targets.filter((name) => name.startsWith("."))) {
        const to = folderOf(normalize(join(dirname(file), target)));
        if (to === from || KERNEL.includes(to) || rule.has("everything") || rule.has(to)) continue;
        broken.push(`${file} imports ${to}`);
      }
    }
    assert.deepEqual(broken, []);
  });
});

describe("the sources", () => {
  it("keep clock, chance, timers and the process out of the pure folders", () => {
    const impure =
      /\b(Date\.now|new Date|Math\.random|setTimeout|setInterval|process\.|console\.)|from "node:/;
    const guilty = sources.filter((file) => PURE.includes(folderOf(file)) && impure.test(textOf(file)));
    assert.deepEqual(guilty, []);
  });

  it("say in their first line what each file is for", () => {
    const silent = sources.filter((file) => !/^(#![^\n]*\n)?\/\*\*/.test(textOf(file)));
    assert.deepEqual(silent, []);
  });

  it("have no file that nobody imports or starts", () => {
    const started = /(^|\/)(fedns|main|child|worker|hostname-worker)\.ts$/;
    const imported = new Set<string>();
    for (const [file, targets] of imports) {
      for (const target of targets)
        if (target.startsWith(".")) imported.add(normalize(join(dirname(file), target)));
    }
    assert.deepEqual(
      sources.filter((file) => !imported.has(file) && !started.test(file)),
      [],
    );
  });

  it("have no banned names, default exports or barrels", () => {
    const guilty = sources.filter(
      (file) => BANNED.test(file) || /(^|\/)index\.ts$/.test(file) || /^export default/m.test(textOf(file)),
    );
    assert.deepEqual(guilty, []);
  });

  it("pass types, lint and format", () => {
    for (const [program, ...args] of [
      ["tsc", "--noEmit"],
      ["oxlint", "--type-aware", "--quiet"],
      ["oxfmt", "--check", "."],
    ]) {
      const path = join(top, "node_modules", ".bin", program as string);
      assert.doesNotThrow(
        () => execFileSync(path, args, { cwd: top, stdio: "pipe", encoding: "utf8" }),
        `${program} finds fault`,
      );
    }
  });
});

it("the version in the code is the package's", () => {
  const { version } = JSON.parse(readFileSync(join(top, "package.json"), "utf8")) as { version: string };
  assert.equal(VERSION, version);
});

it("no machine path, registry host or secret is in a file of the project", () => {
  const files = execFileSync("git", ["ls-files"], { cwd: top, encoding: "utf8" }).trim().split("\n");
  const leak = /"resolved": "http|\/(work|farm|root)\/[a-z]|registry\.[a-z-]+\.(org|com|dev|internal)/;
  const guilty = files.filter(
    (file) => file !== "test/tidy.test.ts" && leak.test(readFileSync(join(top, file), "utf8")),
  );
  assert.deepEqual(guilty, []);
});
