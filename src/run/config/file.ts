/** From a YAML file to a Config, or to all that is wrong with it: each problem with its place, its path and its cure. */
import { readFile } from "node:fs/promises";
import { isAlias, isMap, isScalar, isSeq, LineCounter, parseDocument } from "yaml";
import type { Document, Node, YAMLError } from "yaml";
import { findConflicts } from "./checks.ts";
import { readSettings, type Config, type SettingIssue } from "./config.ts";
import { messageOf, OperationalError } from "../../kernel/error.ts";
import { closestWord } from "../../kernel/suggestion.ts";

export type ConfigProblem = {
  /** From 1. */
  readonly line: number;
  /** From 1. */
  readonly column: number;
  /** Like "clusters[0].region"; "" = the file as a whole. */
  readonly path: string;
  /** What is wrong, and how to fix it. */
  readonly message: string;
};

type ConfigResult =
  | { readonly kind: "config"; readonly config: Config }
  | { readonly kind: "problems"; readonly problems: readonly ConfigProblem[] };

/** Thousands of clusters fit; a log file given by mistake does not. */
const FILE_MAX_CHARACTERS = 4 * 1024 * 1024;
/** More problems than this teach nothing more. */
const PROBLEMS_MAX = 100;
/** Aliases (*name) make a small file large: this many in all. */
const ALIASES_MAX = 100;

/** Never throws. `filePath` is where the text came from: relative paths in it are taken from that folder. */
export function parseConfig(text: string, filePath: string): ConfigResult {
  try {
    return check(text, filePath);
  } catch (error) {
    // The YAML library gives up by throwing on what it cannot unfold (too many aliases, too deep): the file's fault.
    return {
      kind: "problems",
      problems: [{ line: 1, column: 1, path: "", message: `cannot be read: ${messageOf(error)}` }],
    };
  }
}

/** Throws an OperationalError (CONFIG_UNREADABLE) when there is no such file or it may not be read. */
export async function loadConfig(filePath: string): Promise<ConfigResult> {
  const text = await readFile(filePath, "utf8").catch((error: unknown) => {
    const isMissing = error instanceof Error && "code" in error && error.code === "ENOENT";
    const why = isMissing ? "there is no such file" : messageOf(error);
    throw new OperationalError("CONFIG_UNREADABLE", `cannot read ${filePath}: ${why}`, { cause: error });
  });
  return parseConfig(text, filePath);
}

/** One line, as editors understand it: FILE:LINE:COLUMN: path: what is wrong; how to fix it. */
export function formatProblem(problem: ConfigProblem, filePath: string): string {
  const path = problem.path === "" ? "" : `${problem.path}: `;
  return `${filePath}:${problem.line}:${problem.column}: ${path}${problem.message}`;
}

function check(text: string, filePath: string): ConfigResult {
  if (text.length > FILE_MAX_CHARACTERS)
    throw new Error(`it has more than ${FILE_MAX_CHARACTERS} characters`);
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, logLevel: "error" });
  // A warning is a tag nobody knows: what the writer meant by it is lost, so it is no less wrong.
  const complaints = [...document.errors, ...document.warnings];
  if (complaints.length > 0) {
    return problemsResult(
      complaints.map((error) => ({ offset: error.pos[0], path: [], message: syntaxSentence(error) })),
      lines,
    );
  }
  const raw: unknown = document.toJS({ maxAliasCount: ALIASES_MAX }) ?? {};
  const result = readSettings(raw, filePath);
  const findings = "issues" in result ? result.issues.flatMap((issue) => problemsOf(issue, raw)) : [];
  findings.push(...findConflicts(raw));
  if ("config" in result && findings.length === 0)
    return { kind: "config", config: deepFreeze(result.config) };
  return problemsResult(
    findings.map((finding) => ({ ...finding, offset: offsetOf(document, finding.path) })),
    lines,
  );
}

function syntaxSentence(error: YAMLError): string {
  if (error.code === "MULTIPLE_DOCS")
    return "a second document starts here; keep one, without another --- line";
  return `is not YAML: ${error.message}`;
}

type LocatedProblem = { readonly path: readonly PropertyKey[]; readonly message: string };

function problemsResult(
  found: readonly (LocatedProblem & { readonly offset: number })[],
  lines: LineCounter,
): ConfigResult {
  const problems = found.map(({ offset, path, message }) => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(1, line), column: Math.max(1, col), path: pathText(path), message };
  });
  problems.sort((a, b) => a.line - b.line || a.column - b.column);
  return { kind: "problems", problems: problems.slice(0, PROBLEMS_MAX) };
}

/** The issue's sentence ("must be X; do Y") around what was given. */
function problemsOf(issue: SettingIssue, raw: unknown): LocatedProblem[] {
  if (issue.unknownKeys.length > 0) {
    return issue.unknownKeys.map((key) => {
      const guess = closestWord(key, issue.knownKeys);
      const cure =
        guess === null ? "remove it (`fedns config` lists all settings)" : `did you mean ${guess}?`;
      return { path: [...issue.path, key], message: `is not a setting; ${cure}` };
    });
  }
  const value = valueAt(raw, issue.path);
  if (value === undefined) return [{ path: issue.path, message: `is missing; it ${issue.sentence}` }];
  if (value === null) return [{ path: issue.path, message: `has no value; it ${issue.sentence}` }];
  const [rule, ...cure] = issue.sentence.split("; ");
  return [{ path: issue.path, message: [`${rule}, not ${shorten(value)}`, ...cure].join("; ") }];
}

function shorten(value: unknown): string {
  if (Array.isArray(value)) return value.length === 0 ? "an empty list" : "a list";
  if (typeof value === "object") return "a group";
  const text = JSON.stringify(value) ?? typeof value;
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}

function valueAt(raw: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (value, key) =>
      typeof value === "object" && value !== null
        ? Object.getOwnPropertyDescriptor(value, key)?.value
        : undefined,
    raw,
  );
}

/** Where the deepest part of the path that exists stands: the key of a pair, the start of a list's entry. */
function offsetOf(document: Document.Parsed, path: readonly PropertyKey[]): number {
  let node: Node | null | undefined = document.contents;
  let offset = node?.range?.[0] ?? 0;
  for (const key of path) {
    if (isAlias(node)) node = node.resolve(document);
    if (isMap<Node, Node>(node)) {
      const pair: { key: Node; value: Node | null } | undefined = node.items.find(
        (item) => isScalar(item.key) && String(item.key.value) === String(key),
      );
      if (pair === undefined) break;
      offset = pair.key.range?.[0] ?? offset;
      node = pair.value;
    } else if (isSeq<Node>(node)) {
      node = node.items[Number(key)];
      offset = node?.range?.[0] ?? offset;
    } else {
      break;
    }
  }
  return offset;
}

function pathText(path: readonly PropertyKey[]): string {
  return path
    .map((key) => (typeof key === "number" ? `[${key}]` : `.${String(key)}`))
    .join("")
    .replace(/^\./, "");
}

function deepFreeze<T>(value: T): T {
  if (typeof value === "object" && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const inner of Object.values(value)) deepFreeze(inner);
  }
  return value;
}
