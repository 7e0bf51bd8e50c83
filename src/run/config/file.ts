/** Reads a YAML file as a Config, or reports every problem in it: its position, the path of the setting, and how to fix it. */
import { readFile, stat } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { isAlias, isMap, isScalar, isSeq, LineCounter, parseDocument } from "yaml";
import type { Document, Node, YAMLError } from "yaml";
import { COOKIE_SECRETS_MAX, isSecret } from "./access.ts";
import { findConflicts } from "./checks.ts";
import { readSettings, STATE_DIRECTORY, type Config, type SettingIssue } from "./config.ts";
import { messageOf, OperationalError, reasonOf } from "../../kernel/error.ts";
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
  | {
      readonly kind: "problems";
      readonly problems: readonly ConfigProblem[];
      /** Another file that the problems are in: they are over when it is mended. */
      readonly secretsFile?: string;
    };

/** Room for thousands of clusters, but not for a log file that was given by mistake. */
const FILE_MAX_CHARACTERS = 4 * 1024 * 1024;
/** More problems than this are not reported. */
const PROBLEMS_MAX = 100;
/** Room for two secrets, and for a mistake that can be named. */
const SECRETS_MAX_OCTETS = 4096;
/** YAML aliases (*name) can make a small file large. */
const ALIASES_MAX = 100;

/** Never throws. Relative paths in the text are relative to the folder of `filePath`. */
export function parseConfig(text: string, filePath: string): ConfigResult {
  try {
    return check(text, filePath);
  } catch (error) {
    // The YAML library throws on input that it cannot expand: too many aliases, or nested too deeply.
    return {
      kind: "problems",
      problems: [{ line: 1, column: 1, path: "", message: `cannot be read: ${messageOf(error)}` }],
    };
  }
}

/**
 * As parseConfig, with the secrets of `cookies.secretsFile`. Throws an OperationalError (CONFIG_UNREADABLE) when there is no such
 * file or it may not be read.
 */
export async function loadConfig(filePath: string): Promise<ConfigResult> {
  const text = await readText(filePath);
  const result = parseConfig(text, filePath);
  if (result.kind === "problems") return result;
  const { config } = result;
  const path = config.cookies.secretsFile;
  if (path === null) return result;
  const read = await cookieSecretsAt(path);
  if ("secrets" in read) {
    const cookies = { ...config.cookies, secrets: read.secrets };
    return { kind: "config", config: deepFreeze({ ...config, cookies }) };
  }
  const { line, column, setting } = placesIn(text)(["cookies", "secretsFile"]);
  return {
    kind: "problems",
    problems: [{ line, column, path: setting, message: read.problem }],
    secretsFile: path,
  };
}

/** One on each line, the newest first. No sentence has any of them. */
async function cookieSecretsAt(
  path: string,
): Promise<{ readonly secrets: readonly string[] } | { readonly problem: string }> {
  const cure = `it must have ${COOKIE_SECRETS_MAX} lines at most, each of 32 hex digits; openssl rand -hex 16 makes one`;
  try {
    const { size } = await stat(path).then((found) => (found.isFile() ? found : { size: Infinity }));
    if (size > SECRETS_MAX_OCTETS) return { problem: `${path} is no file of secrets; ${cure}` };
    const lines = (await readFile(path, "utf8")).split("\n").map((line) => line.trim());
    const secrets = lines.filter((line) => line !== "");
    if (secrets.length > COOKIE_SECRETS_MAX)
      return { problem: `${path} has ${secrets.length} lines; ${cure}` };
    const wrong = lines.findIndex((line) => line !== "" && !isSecret(line));
    return wrong === -1 ? { secrets } : { problem: `line ${wrong + 1} of ${path} is no secret; ${cure}` };
  } catch (error) {
    return {
      problem: `cannot read ${path}: ${reasonOf(error)}; mount the Secret there, or remove the setting`,
    };
  }
}

/**
 * The state directory of a file that may have errors elsewhere: a running fedns is found there while its file is mended.
 * Throws as loadConfig does.
 */
export async function stateDirectoryIn(filePath: string): Promise<string> {
  const document = parseDocument(await readText(filePath), { prettyErrors: false, logLevel: "silent" });
  const given: unknown = isMap(document.contents) ? document.get("stateDirectory") : undefined;
  return resolve(dirname(filePath), typeof given === "string" ? given : STATE_DIRECTORY);
}

/** Where settings are in a file without errors, for what is found of them later. Throws as loadConfig does. */
export async function placeOfSettings(filePath: string): Promise<PlaceOfSetting> {
  return placesIn(await readText(filePath));
}

type PlaceOfSetting = (path: readonly PropertyKey[]) => {
  readonly line: number;
  readonly column: number;
  readonly setting: string;
};

function placesIn(text: string): PlaceOfSetting {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, logLevel: "silent" });
  return (path) => {
    const { line, col } = lines.linePos(offsetOf(document, path));
    return { line: Math.max(1, line), column: Math.max(1, col), setting: pathText(path) };
  };
}

async function readText(filePath: string): Promise<string> {
  return readFile(filePath, "utf8").catch((error: unknown) => {
    throw new OperationalError("CONFIG_UNREADABLE", `cannot read ${filePath}: ${reasonOf(error)}`, {
      cause: error,
    });
  });
}

/** One line in the format that editors know: FILE:LINE:COLUMN: path: what is wrong; how to fix it. */
export function formatProblem(problem: ConfigProblem, filePath: string): string {
  const path = problem.path === "" ? "" : `${problem.path}: `;
  return `${filePath}:${problem.line}:${problem.column}: ${path}${problem.message}`;
}

function check(text: string, filePath: string): ConfigResult {
  if (text.length > FILE_MAX_CHARACTERS)
    throw new Error(`it has more than ${FILE_MAX_CHARACTERS} characters`);
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, logLevel: "error" });
  // A warning means an unknown tag, whose value cannot be used: it counts as an error.
  const errors = [...document.errors, ...document.warnings];
  if (errors.length > 0) {
    return problemsResult(
      errors.map((error) => ({ offset: error.pos[0], path: [], message: syntaxSentence(error) })),
      lines,
    );
  }
  const raw: unknown = document.toJS({ maxAliasCount: ALIASES_MAX }) ?? {};
  const result = readSettings(raw, filePath);
  const problems = "issues" in result ? result.issues.flatMap((issue) => problemsOf(issue, raw)) : [];
  problems.push(...findConflicts(raw));
  if ("config" in result && problems.length === 0)
    return { kind: "config", config: deepFreeze(result.config) };
  return problemsResult(
    problems.map((problem) => ({ ...problem, offset: offsetOf(document, problem.path) })),
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

/** Puts the given value into the sentence of an issue ("must be X; do Y"). */
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
  if (typeof value === "boolean" && issue.keysThere.includes("enabled")) {
    const name = String(issue.path.at(-1));
    const message = `must be a group, not ${value}; write ${name}: { enabled: ${value} }`;
    return [{ path: issue.path, message }];
  }
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

/** The position of the deepest part of the path that exists: the key of a pair, or the start of a list entry. */
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
