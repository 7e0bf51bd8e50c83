/** `additionalPrinterColumns`: columns of `kubectl get` with cells found by a simple JSONPath. */
import { isObject, listAt, numberAt, scalarText, textAt } from "../object/json.ts";
import type { Json, JsonObject } from "../object/json.ts";
import type { KubeObject } from "../object/object.ts";
import type { PrinterColumn } from "../store/resource.ts";
import { age, ageColumn, nameColumn } from "../kinds/cells.ts";

/** The name, then the columns of the version, or the age where it has none. */
export function columnsOf(version: JsonObject): readonly PrinterColumn[] {
  const asked = listAt(version, "additionalPrinterColumns").filter(isObject);
  return [nameColumn, ...(asked.length === 0 ? [ageColumn] : asked.map(columnOf))];
}

export const columnTypes: readonly string[] = ["boolean", "date", "integer", "number", "string"];

function columnOf(asked: JsonObject): PrinterColumn {
  // An unsupported path finds nothing: the definition is valid and must not be refused.
  const steps = parsePath(textAt(asked, "jsonPath")) ?? [() => []];
  const type = textAt(asked, "type") as PrinterColumn["type"];
  return {
    name: textAt(asked, "name"),
    type,
    priority: (numberAt(asked, "priority") ?? 0) > 0 ? 1 : 0,
    cell: (object, nowMs) => cell(object, steps, type, nowMs),
  };
}

/** Only the first value found is shown, as real servers do. */
function cell(object: KubeObject, steps: readonly Step[], type: PrinterColumn["type"], nowMs: number): Json {
  const [found] = steps.reduce<readonly Json[]>((values, step) => values.flatMap(step), [object]);
  if (found === undefined || found === null) return null;
  if (type === "date") return typeof found === "string" ? age(found, nowMs) : null;
  if (type === "string") return typeof found === "string" ? found : JSON.stringify(found);
  return typeof found === "object" ? null : found;
}

type Step = (value: Json) => readonly Json[];

const stepPatterns: readonly (readonly [RegExp, (match: RegExpExecArray) => Step])[] = [
  [
    /^\.?\[\?\(@\.([\w.]+)\s*==\s*(?:"([^"]*)"|'([^']*)')\)\]/,
    ([, path = "", a, b]) => filter(path, a ?? b ?? ""),
  ],
  [/^(?:\.?\[\*\]|\.\*)/, () => every],
  [/^\.?\[(-?\d+):?\]/, ([, index]) => item(Number(index))],
  [/^\.?\[['"]([^'"]+)['"]\]/, ([, name = ""]) => field(name)],
  [/^\.((?:[-\w/]|\\.)+)/, ([, name = ""]) => field(name.replaceAll(/\\(.)/g, "$1"))],
];

/**
 * Parses the JSONPath that definitions use: `.a.b`, `.a\.b`, `['a']`, `[0]`, `[*]`, `[?(@.type=="Ready")]`.
 * Returns undefined for anything else.
 */
function parsePath(text: string): readonly Step[] | undefined {
  const steps: Step[] = [];
  for (let rest = text; rest !== "";) {
    const found = stepPatterns
      .map(([pattern, make]) => ({ match: pattern.exec(rest), make }))
      .find(({ match }) => match);
    if (!found?.match) return undefined;
    steps.push(found.make(found.match));
    rest = rest.slice(found.match[0].length);
  }
  return steps;
}

function field(name: string): Step {
  return (value) => (isObject(value) && Object.hasOwn(value, name) ? [value[name] ?? null] : []);
}

function item(index: number): Step {
  return (value) => (Array.isArray(value) ? value.slice(index, index === -1 ? undefined : index + 1) : []);
}

function every(value: Json): readonly Json[] {
  if (Array.isArray(value)) return value;
  return isObject(value) ? Object.values(value).map((one) => one ?? null) : [];
}

function filter(path: string, wanted: string): Step {
  const steps = parsePath(`.${path}`) ?? [];
  return (value) =>
    every(value).filter((one) => {
      const [found] = steps.reduce<readonly Json[]>((values, step) => values.flatMap(step), [one]);
      return scalarText(found) === wanted;
    });
}
