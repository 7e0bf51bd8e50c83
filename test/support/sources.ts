/** The files of `src` as text: what each one imports and exports, for the house rules in tidy.test.ts. */
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, normalize, relative } from "node:path";

const SRC = join(import.meta.dirname, "..", "..", "src");

export type Exported = { readonly file: string; readonly name: string; readonly isType: boolean };

/** `target` as a file of `src`; "*" = all its names. */
export type Imported = { readonly target: string; readonly names: readonly string[] };

/** Paths below `folder`, which is a path from the top of the project. */
export function sourceFilesIn(folder: string): string[] {
  const top = join(SRC, "..", folder);
  const entries = readdirSync(top, { withFileTypes: true, recursive: true });
  const files = entries.filter((entry) => entry.isFile() && /(?<!\.d)\.ts$/.test(entry.name));
  return files.map((entry) => relative(top, join(entry.parentPath, entry.name))).sort();
}

export function sourceText(file: string): string {
  return readFileSync(join(SRC, file), "utf8");
}

/** Declarations that start with `export`; a re-export of all names is none. */
export function exportsOf(file: string): Exported[] {
  const declaration =
    /^export (?:declare )?(?:abstract )?(async function\*?|function\*?|class|const|let|type|interface) (\w+)/gm;
  const names = new Map<string, boolean>();
  for (const [, kind = "", name = ""] of sourceText(file).matchAll(declaration))
    names.set(name, (names.get(name) ?? false) || ["class", "type", "interface"].includes(kind));
  return [...names].map(([name, isType]) => ({ file, name, isType }));
}

/** How often a file names something, its declaration and comments not counted. */
export function usesOf(file: string, name: string): number {
  const code = sourceText(file).replaceAll(/\/\*[^]*?\*\/|\/\/[^\n]*/g, "");
  return [...code.matchAll(new RegExp(`\\b${name}\\b`, "g"))].length - 1;
}

/** Exported or not. */
export function declaresType(file: string, name: string): boolean {
  return new RegExp(`^(export )?(abstract )?(class|type|interface) ${name}\\b`, "m").test(sourceText(file));
}

/** Static and dynamic imports of files of `src`, by the names that they take. `from` is a path from the top of the project. */
export function importsOf(from: string): Imported[] {
  const path = join(SRC, "..", from);
  const text = readFileSync(path, "utf8");
  const take = (specifier: string, names: readonly string[]): Imported => ({
    target: relative(SRC, normalize(join(dirname(path), specifier))),
    names,
  });
  const imports: Imported[] = [];
  for (const [, clause = "", specifier = ""] of text.matchAll(
    /^(?:import|export)\s+(?:type\s+)?([^;"]*?)\s*(?:from\s+)?"(\.[^"]+)"/gm,
  ))
    imports.push(take(specifier, clause.includes("{") ? namesIn(clause) : takenOver(text, clause)));
  for (const [, names = "", specifier = "", property = ""] of text.matchAll(
    /(?:const (\{[^}]*\}) = await )?import\("(\.[^"]+)"\)(?:\)\.(\w+)|\.then\(\(\{ (\w+))?/g,
  ))
    imports.push(take(specifier, names === "" ? [property === "" ? "*" : property] : namesIn(names)));
  return imports;
}

/** `import * as space` takes all names, unless `const { a, b } = space` says which. */
function takenOver(text: string, clause: string): string[] {
  const space = /\* as (\w+)/.exec(clause)?.[1] ?? "";
  const names = new RegExp(`^const (\\{[^}]*\\}) = ${space};`, "m").exec(text)?.[1];
  return names === undefined ? ["*"] : namesIn(names);
}

/** The names before `as` or `:` of a list in braces. */
function namesIn(clause: string): string[] {
  const list = /\{([^}]*)\}/.exec(clause)?.[1] ?? "";
  return list
    .split(",")
    .map(
      (item) =>
        item
          .trim()
          .replace(/^type /, "")
          .split(/ as |:/)[0] as string,
    )
    .filter((name) => name !== "");
}
