/** Building blocks for cells of `kubectl get`: names, ages, counts, and values by path. */
import { listAt, textAt, textsAt, valueAt } from "../object/json.ts";
import type { Json } from "../object/json.ts";
import type { KubeObject } from "../object/object.ts";
import type { PrinterColumn } from "../store/resource.ts";

type Cell = (object: KubeObject, nowMs: number) => Json;

export const nameColumn: PrinterColumn = {
  name: "Name",
  type: "string",
  format: "name",
  cell: (one) => one.metadata.name,
};
export const ageColumn: PrinterColumn = column("Age", (object, nowMs) =>
  age(object.metadata.creationTimestamp, nowMs),
);

export function column(name: string, cell: Cell): PrinterColumn {
  return { name, type: "string", cell };
}

/** A column that is shown with `-o wide` only. */
export function wideColumn(name: string, cell: Cell): PrinterColumn {
  return { name, type: "string", priority: 1, cell };
}

export function integerColumn(name: string, cell: Cell): PrinterColumn {
  return { name, type: "integer", cell };
}

/** The scalar at a path, or `absent` where there is none. */
export function cellAt(path: string, absent: Json = ""): Cell {
  return (object) => valueAt(object, path) ?? absent;
}

export function none(text: string): string {
  return text === "" ? "<none>" : text;
}

/** The names joined by commas, or `<none>`. */
export function joined(values: readonly string[]): string {
  return none(values.join(","));
}

export function joinedTexts(path: string): Cell {
  return (object) => joined(textsAt(object, path));
}

/** One text field of each entry of a list: `spec.template.spec.containers`, `image`. */
export function joinedField(path: string, field: string): Cell {
  return (object) => joined(listAt(object, path).map((entry) => textAt(entry, field)));
}

const steps: readonly (readonly [limitSeconds: number, format: (seconds: number) => string])[] = [
  [120, (seconds) => `${seconds}s`],
  [600, (seconds) => pair(seconds, 60, ["m", "s"])],
  [10_800, (seconds) => `${Math.floor(seconds / 60)}m`],
  [28_800, (seconds) => pair(seconds, 3600, ["h", "m"])],
  [172_800, (seconds) => `${Math.floor(seconds / 3600)}h`],
  [691_200, (seconds) => pair(seconds, 86_400, ["d", "h"])],
  [63_072_000, (seconds) => `${Math.floor(seconds / 86_400)}d`],
];

/** A duration as `kubectl` prints it: the longer, the coarser. */
export function age(time: string | undefined, nowMs: number): string {
  if (time === undefined || time === "") return "<unknown>";
  const seconds = Math.max(0, Math.floor((nowMs - Date.parse(time)) / 1000));
  const step = steps.find(([limitSeconds]) => seconds < limitSeconds);
  return step ? step[1](seconds) : `${Math.floor(seconds / 31_536_000)}y`;
}

function pair(seconds: number, unit: number, [large, small]: readonly [string, string]): string {
  const smaller = { m: 1, h: 60, d: 3600 }[large] ?? 1;
  const rest = Math.floor((seconds % unit) / smaller);
  return `${Math.floor(seconds / unit)}${large}${rest > 0 ? `${rest}${small}` : ""}`;
}
