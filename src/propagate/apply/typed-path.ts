/**
 * What an API server names when a body does not fit the type of its kind: which fault, and where.
 *
 *     failed to create typed patch object (shop/web; apps/v1, Kind=Deployment): errors:
 *       .spec.template.spec.containers[name="web"].imag: field not declared in schema
 *       .spec.template.spec.containers[name="web"].env: duplicate entries for key [name="A"]
 *
 * With one fault it stands on the first line. Names of fields are not quoted and may have dots in them, so a path is read
 * along the value that it is about.
 */
import { isJsonRecord } from "../../kernel/json.ts";

type TypedFault = {
  readonly path: string;
  readonly kind: "unknown-field" | "duplicates" | "other";
  /** Of a list with duplicates: the fields by which its items are known; none = items are values. */
  readonly keys: readonly string[];
};

/** A field name, or the index of an item. */
export type Step = string | number;

const UNKNOWN_FIELD = /^ *(\..*): field not declared in schema$/;
const DUPLICATES = /^ *(\..*?): duplicate entries for key (\[.*\])$/;
const CUT_OFF_MIN_CHARACTERS = 7_900;

/** `sentence`: the message of the refusal. The last line of a long one may be cut off, and is not counted then. */
export function typedFaultsIn(sentence: string): readonly TypedFault[] {
  const start = /\)(?: to smd typed)?: /.exec(sentence);
  if (start === null) return [];
  const lines = sentence
    .slice(start.index + start[0].length)
    .split("\n")
    .filter((line) => line.trim() !== "" && line !== "errors:");
  const faults = lines.map(faultOf);
  const isCut = sentence.length >= CUT_OFF_MIN_CHARACTERS && faults.at(-1)?.kind === "other";
  return isCut ? faults.slice(0, -1) : faults;
}

function faultOf(line: string): TypedFault {
  const unknown = UNKNOWN_FIELD.exec(line)?.[1];
  if (unknown !== undefined) return { kind: "unknown-field", path: unknown, keys: [] };
  const [, path, key = ""] = DUPLICATES.exec(line) ?? [];
  if (path === undefined) return { kind: "other", path: "", keys: [] };
  return {
    kind: "duplicates",
    path,
    keys: [...keysIn(key.slice(1, -1)).keys()].filter((name) => name !== ""),
  };
}

/** Null = the path is not in `value`. */
export function stepsTo(value: unknown, path: string): readonly Step[] | null {
  const steps: Step[] = [];
  let [at, rest] = [value, path];
  while (rest !== "") {
    const next = rest.startsWith(".") ? fieldStep(at, rest) : itemStep(at, rest);
    if (next === null) return null;
    steps.push(next.step);
    at = (at as Readonly<Record<Step, unknown>>)[next.step];
    rest = rest.slice(next.length);
  }
  return steps;
}

/** As people name it: spec.containers[0].image. */
export function pathText(steps: readonly Step[]): string {
  const text = steps.map((step) => (typeof step === "number" ? `[${step}]` : `.${step}`)).join("");
  return text.startsWith(".") ? text.slice(1) : text;
}

type NextStep = { readonly step: Step; readonly length: number } | null;

/** The longest name that fits: "a.b" before "a". */
function fieldStep(at: unknown, rest: string): NextStep {
  if (!isJsonRecord(at)) return null;
  const fits = Object.keys(at).filter(
    (name) => rest.startsWith(name, 1) && [undefined, ".", "["].includes(rest[name.length + 1]),
  );
  const step = fits.toSorted((a, b) => b.length - a.length)[0];
  return step === undefined ? null : { step, length: step.length + 1 };
}

function itemStep(at: unknown, rest: string): NextStep {
  const [whole = "", inner = ""] = /^\[((?:"(?:[^"\\]|\\.)*"|[^\]"])*)\]/.exec(rest) ?? [];
  if (whole === "" || !Array.isArray(at)) return null;
  const keys = /^\d+$/.test(inner) ? null : keysIn(inner);
  const step = keys === null ? Number(inner) : indexOf(at as readonly unknown[], keys);
  return step >= 0 && step < at.length ? { step, length: whole.length } : null;
}

/** name="a",port=80; for an item that is a value, the name is "". */
function keysIn(text: string): ReadonlyMap<string, unknown> {
  const pairs = [...text.matchAll(/([^=,]*)=("(?:[^"\\]|\\.)*"|[^,]*)/g)];
  return new Map(pairs.map(([, key = "", value = ""]) => [key, parsed(value)]));
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** A key that an item does not have is one with a default, unless another item has it. */
function indexOf(list: readonly unknown[], keys: ReadonlyMap<string, unknown>): number {
  if (keys.has("")) return list.indexOf(keys.get(""));
  const exact = list.findIndex((item) => hasKeys(item, keys, false));
  return exact >= 0 ? exact : list.findIndex((item) => hasKeys(item, keys, true));
}

function hasKeys(item: unknown, keys: ReadonlyMap<string, unknown>, hasDefaults: boolean): boolean {
  if (!isJsonRecord(item)) return false;
  return [...keys].every(([key, value]) => item[key] === value || (hasDefaults && item[key] === undefined));
}
