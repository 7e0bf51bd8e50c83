/** The rules of the source layout that a machine can check: imports as src/README.md says, whole comments on top, no banned names, versions that agree. */
import assert from "node:assert/strict";
import { execFile, execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, it } from "node:test";
import { promisify } from "node:util";
import { VERSION } from "../src/kernel/version.ts";
import { circlesIn } from "./support/circles.ts";
import { declaresType, exportsOf, importsOf, sourceFilesIn, sourceText, usesOf } from "./support/sources.ts";

const top = join(import.meta.dirname, "..");
const MODULE_FILES_MAX = 15;
const SANDBOX_COMMAND = "cli/commands/sandbox.ts";
const BANNED = /(^|[-/])(manager|helper|util|utils|common|misc|base|data|info)s?\.ts$/;

/** Exports that production code does not use, not even in their own file. */
const TEST_ONLY: Readonly<Record<string, string>> = {
  "dns/rdata/fields.ts#typesWithText": "tests go through every type that has a text form",
  "fleet/objects/patch.ts#jsonPatch": "overrides of single objects will be sent as JSON patches",
  "kernel/error-codes.ts#ERROR_CODES": "the table in deploy/README.md is made from it",
  "picture/format/memory.ts#memoryOf": "tests build pictures in memory",
  "picture/publish/traffic-planner.ts#EQUAL_SHARES": "tests and benches publish without traffic rules",
  "traffic/locate/cloud-regions.ts#knownRegions": "a test checks the table against the coordinates",
};

/** Modules whose functions run for every query: there imported functions of the picture would cost a check at each call. */
const HOT_MODULES = ["answer/lookup", "answer/records", "answer/select", "answer/solve", "picture/format"];
/** Looked at when a picture is opened. */
const COLD_FILE = "picture/format/header.ts";

const map = readFileSync(join(top, "src", "README.md"), "utf8");
const sources = sourceFilesIn("src");
const imports = new Map(
  sources.map((file) => [file, importsOf(`src/${file}`).map(({ target }) => target)] as const),
);

function importsOfAll(files: readonly string[]): ReturnType<typeof importsOf> {
  return files.flatMap((file) => importsOf(`src/${file}`));
}

/** The folder of a file; "" for the files of `src` itself. */
function moduleOf(file: string): string {
  return file.includes("/") ? dirname(file) : "";
}

function layerOf(file: string): string {
  return file.includes("/") ? (file.split("/")[0] as string) : "";
}

/** Rows of the map's tables by their first cell: `columns` cells in all, the last one the names in backticks. */
function rowsOf(columns: number): Map<string, { cells: string[]; names: Set<string> }> {
  const rows = map.split("\n").filter((line) => line.startsWith("| `"));
  const cells = rows.map((line) => line.split("|").slice(1, -1));
  return new Map(
    cells
      .filter((row) => row.length === columns)
      .map((row) => {
        const names = [...(row.at(-1) as string).matchAll(/`([^`]+)`|everything/g)].map((m) => m[1] ?? m[0]);
        return [(row[0] as string).replaceAll(/[` ]/g, ""), { cells: row, names: new Set(names) }];
      }),
  );
}

describe("the source layout", () => {
  const layers = rowsOf(3);
  const modules = rowsOf(4);

  it("lists every layer and every module, and only those that exist", () => {
    const found = new Set(sources.map(layerOf).filter((layer) => layer !== "" && layer !== "kernel"));
    assert.deepEqual([...layers.keys()].sort(), [...found].sort());
    const isListed = (module: string): boolean => !/^kernel(\/|$)|^$/.test(module);
    assert.deepEqual([...modules.keys()].sort(), [...new Set(sources.map(moduleOf).filter(isListed))].sort());
  });

  it("is what imports between layers follow, and no layer imports one below it", () => {
    const broken: string[] = [];
    for (const [file, targets] of imports) {
      const from = layerOf(file);
      const rule = layers.get(from)?.names ?? new Set();
      for (const to of new Set(targets.map(layerOf))) {
        if (from === "" || to === from || to === "kernel" || rule.has("everything") || rule.has(to)) continue;
        broken.push(`${file} imports ${to === "" ? "main.ts" : to}`);
      }
    }
    const order = [...layers.keys()];
    for (const [layer, { names }] of layers)
      for (const name of names)
        if (name !== "everything" && order.indexOf(name) >= order.indexOf(layer))
          broken.push(`${layer} imports a lower layer: ${name}`);
    assert.deepEqual(broken, []);
  });

  it("is what imports between modules follow, row by row and nothing more", () => {
    const broken: string[] = [];
    const used = new Map<string, Set<string>>();
    for (const [file, targets] of imports) {
      const from = moduleOf(file);
      const rule = modules.get(from)?.names;
      if (rule === undefined || rule.has("everything")) continue;
      for (const to of new Set(targets.map(moduleOf))) {
        if (to === from || to === "kernel") continue;
        if (rule.has(to)) used.set(from, (used.get(from) ?? new Set()).add(to));
        else broken.push(`${file} imports ${to}`);
      }
    }
    for (const [module, { names }] of modules)
      for (const name of names)
        if (name !== "everything" && used.get(module)?.has(name) !== true)
          broken.push(`${module} may import ${name} and does not`);
    assert.deepEqual(broken, []);
  });

  it("has imports only from modules above, , in the table of the sandbox", () => {
    const order = [...modules.keys()].filter((module) => layerOf(`${module}/`) === "sandbox");
    const broken = order.flatMap((module, index) =>
      [...(modules.get(module)?.names ?? [])]
        .filter((name) => order.indexOf(name) >= index)
        .map((to) => [module, to]),
    );
    assert.deepEqual(broken, []);
  });

  it("isolates the sandbox: only its command loads it, when it runs", () => {
    const importers = sources.filter(
      (file) =>
        layerOf(file) !== "sandbox" && (imports.get(file) ?? []).some((to) => layerOf(to) === "sandbox"),
    );
    assert.deepEqual(importers, [SANDBOX_COMMAND]);
    assert.doesNotMatch(sourceText(SANDBOX_COMMAND), /from "[^"]*\/sandbox\/sandbox\.ts"/);
  });

  it("keeps clock, chance, timers and the process out of the pure modules", () => {
    const impure =
      /\b(Date\.now|new Date|Math\.random|setTimeout|setInterval|process\.|console\.)|from "node:/;
    const guilty = sources.filter(
      (file) =>
        modules.get(moduleOf(file))?.cells[2]?.includes("yes") === true && impure.test(sourceText(file)),
    );
    assert.deepEqual(guilty, []);
  });
});

describe("the sources", () => {
  it("have no module of more than 15 files", () => {
    const sizes = new Map<string, number>();
    for (const file of sources) sizes.set(moduleOf(file), (sizes.get(moduleOf(file)) ?? 0) + 1);
    const crowded = [...sizes].filter(([, count]) => count > MODULE_FILES_MAX);
    assert.deepEqual(crowded, []);
  });

  it("say in their first line what each file is for", () => {
    const silent = sources.filter((file) => !/^(#![^\n]*\n)?\/\*\*/.test(sourceText(file)));
    assert.deepEqual(silent, []);
  });

  it("have no file that nothing imports or starts", () => {
    const started = /(^|\/)(fedns|main|child|worker|hostname-worker)\.ts$/;
    const testOnly = Object.keys(TEST_ONLY).map((name) => name.replace(/#.*/, ""));
    const imported = new Set([...[...imports.values()].flat(), ...testOnly]);
    assert.deepEqual(
      sources.filter((file) => !imported.has(file) && !started.test(file)),
      [],
    );
  });

  it("have no export that no other file uses", () => {
    const used = new Set<string>();
    const inTests = new Set<string>();
    for (const folder of ["src", "test", "bench"])
      for (const file of sourceFilesIn(folder))
        for (const { target, names } of importsOf(`${folder}/${file}`))
          for (const name of names) (folder === "src" ? used : inTests).add(`${target}#${name}`);
    const isIn = (set: ReadonlySet<string>, file: string, name: string): boolean =>
      set.has(`${file}#${name}`) || set.has(`${file}#*`);
    const exported = sources.flatMap(exportsOf).filter(({ file, name }) => !isIn(used, file, name));
    const dead = exported.filter(({ file, name }) => !isIn(inTests, file, name));
    assert.deepEqual(dead, [], "exported, and imported nowhere");
    const testOnly = exported.filter(({ file, name }) => usesOf(file, name) === 0);
    assert.deepEqual(
      testOnly.map(({ file, name }) => `${file}#${name}`),
      Object.keys(TEST_ONLY),
      "only tests run it",
    );
  });

  it("import in one direction: no circles, not even of types", () => {
    assert.deepEqual(circlesIn(imports), []);
  });

  it("write numbers at module level in SCREAMING_SNAKE_CASE", () => {
    const camel = /^(?:export )?const ([a-z]\w*)(?:: number)? = -?[\d_.]+(?:e\d+)?(?: [*/+-] [\w.]+)*;/gm;
    const guilty = sources.flatMap((file) =>
      [...sourceText(file).matchAll(camel)].map(([, name]) => `${file}#${name}`),
    );
    assert.deepEqual(guilty, []);
  });

  it("give each exported type a name of its own", () => {
    const files = Map.groupBy(
      sources.flatMap(exportsOf).filter(({ isType }) => isType),
      ({ name }) => name,
    );
    const repeated = [...files].filter(([, all]) => all.length > 1);
    assert.deepEqual(
      repeated.map(([name, all]) => [name, ...all.map(({ file }) => file)]),
      [],
    );
  });

  it("have every type of the glossary, once", () => {
    const glossary = map.slice(map.indexOf("## Glossary"));
    const words = [...glossary.matchAll(/^\| `([A-Z]\w+)` \|/gm)].map((match) => match[1] as string);
    const exported = sources.flatMap(exportsOf);
    const wrong = words.filter((word) => {
      const count = exported.filter(({ name }) => name === word).length;
      return count !== 1 && (count > 1 || sources.filter((file) => declaresType(file, word)).length !== 1);
    });
    assert.deepEqual(wrong, []);
  });

  it("read words of the picture outside of its modules by the functions of their fields alone", () => {
    const outside = sources.filter(
      (file) =>
        layerOf(file) !== "picture" &&
        (imports.get(file) ?? []).some((target) => layerOf(target) === "picture"),
    );
    const raw = /\bu(?:8|32)\s*(?:\?\.)?[[.]|\bas (?:unknown as )?Uint(?:8|32)Array\b/;
    assert.deepEqual(
      outside.filter((file) => raw.test(sourceText(file))),
      [],
    );
    const readers = importsOfAll(outside).filter(
      ({ target, names }) =>
        target === "picture/format/memory.ts" && names.some((name) => /^(word|octet|\*)$/.test(name)),
    );
    assert.deepEqual(readers, []);
  });

  it("take functions of the picture over as constants where every query passes", () => {
    const byName = /^import \{([^}]*)\} from "[^"]*(?:picture\/\w+|\.)\/[\w-]+\.ts";/gm;
    const guilty = sources
      .filter((file) => HOT_MODULES.includes(moduleOf(file)) && file !== COLD_FILE)
      .filter((file) =>
        [...sourceText(file).matchAll(byName)]
          .filter(([line]) => moduleOf(file) === "picture/format" || line.includes("picture/"))
          .some(([, names = ""]) => names.split(",").some((name) => /^\s*[a-z]\w*\s*$/.test(name))),
      );
    assert.deepEqual(guilty, []);
  });

  it("have no banned names, default exports or barrels", () => {
    const guilty = sources.filter(
      (file) =>
        BANNED.test(file) || /(^|\/)index\.ts$/.test(file) || /^export default/m.test(sourceText(file)),
    );
    assert.deepEqual(guilty, []);
  });

  for (const [program, ...args] of [
    ["tsc", "--noEmit"],
    ["oxlint", "--type-aware", "--quiet"],
    ["oxfmt", "--check", "."],
  ] as const) {
    it(`pass ${program}`, async () => {
      const path = join(top, "node_modules", ".bin", program);
      const { stdout, code } = await promisify(execFile)(path, args, { cwd: top }).then(
        ({ stdout }) => ({ stdout, code: 0 }),
        (error) => error,
      );
      assert.equal(code, 0, stdout);
    });
  }
});

it("the version in the code is the package's", () => {
  const { version } = JSON.parse(readFileSync(join(top, "package.json"), "utf8")) as { version: string };
  assert.equal(VERSION, version);
});

it("the top level has what a reader expects there, and nothing else", () => {
  const files = execFileSync("git", ["ls-files"], { cwd: top, encoding: "utf8" }).trim().split("\n");
  const entries = new Set(files.map((file) => file.split("/", 1)[0] as string));
  const agreed = "CHANGELOG.md LICENSE NOTICE README.md bench deploy package-lock.json package.json src test";
  assert.deepEqual(
    [...entries].filter((entry) => !entry.startsWith(".")).toSorted(),
    `${agreed} tsconfig.json zones`.split(" "),
  );
});

it("no machine path, registry host or secret is in a file of the project", () => {
  const files = execFileSync("git", ["ls-files"], { cwd: top, encoding: "utf8" }).trim().split("\n");
  const leak = /"resolved": "http|\/(work|farm|root)\/[a-z]|registry\.[a-z-]+\.(org|com|dev|internal)/;
  const guilty = files.filter(
    (file) => file !== "test/tidy.test.ts" && leak.test(readFileSync(join(top, file), "utf8")),
  );
  assert.deepEqual(guilty, []);
});
