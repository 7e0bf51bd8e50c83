/** The documents of the project, their fenced blocks and their headings. */
import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";

export const top: string = join(import.meta.dirname, "..", "..");

const FOLDERS = ["bench", "deploy", "src", "test", "zones"];

/** Paths of all documents from the top folder, README.md first. */
export function documents(): readonly string[] {
  const below = FOLDERS.flatMap((folder) =>
    readdirSync(join(top, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && entry.name.endsWith(".md"))
      .map((entry) => relative(top, join(entry.parentPath, entry.name))),
  );
  return ["README.md", "CHANGELOG.md", ...below.sort()];
}

export type Block = {
  readonly language: string;
  readonly text: string;
  /** The block without a language that follows directly: the output of the commands. Null = none. */
  readonly prints: string | null;
};

export function blocksOf(path: string): readonly Block[] {
  const text = readFileSync(join(top, path), "utf8");
  const found = text.matchAll(/^```(\w+)\n([\s\S]*?)^```\n(?:```\n([\s\S]*?)^```)?/gm);
  return [...found].map(([, language = "", block = "", prints]) => ({
    language,
    text: block,
    prints: prints ?? null,
  }));
}

/** The fragments ("#...") by which links refer to headings, as GitHub derives them. */
export function headingsOf(path: string): ReadonlySet<string> {
  const headings = readFileSync(join(top, path), "utf8").matchAll(/^#{1,6} (.+)$/gm);
  return new Set([...headings].map((match) => slugOf(match[1] as string)));
}

export function slugOf(heading: string): string {
  return heading
    .toLowerCase()
    .replaceAll(/[^\w\- ]/g, "")
    .replaceAll(" ", "-");
}
