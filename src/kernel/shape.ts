/**
 * Checks of small data from outside (files that we saved, messages): what is sound comes back with its known fields only.
 * For processes that stay up: the schema library that reads the configuration costs them 20 MB and a start.
 */

/** Returns the sound value, or throws a Fault. `path` is where the value is: "target.service". */
export type ValueShape<T> = (value: unknown, path: string) => T;

class Fault extends Error {}

/** Never throws. `problem`: the path of the first fault and what is wrong there, "target.service must be …". */
export function readShape<T>(
  shape: ValueShape<T>,
  value: unknown,
): { readonly value: T } | { readonly problem: string } {
  try {
    return { value: shape(value, "") };
  } catch (error) {
    if (error instanceof Fault) return { problem: error.message };
    throw error;
  }
}

function fail(path: string, problem: string): never {
  throw new Fault(path === "" ? problem : `${path} ${problem}`);
}

export function object<T>(fields: { readonly [K in keyof T]: ValueShape<T[K]> }): ValueShape<T> {
  const shapes = Object.entries(fields) as [string, ValueShape<unknown>][];
  return (value, path) => {
    if (typeof value !== "object" || value === null || Array.isArray(value)) fail(path, "is not an object");
    const given = value as Readonly<Record<string, unknown>>;
    const field = (key: string): string => (path === "" ? key : `${path}.${key}`);
    return Object.fromEntries(shapes.map(([key, shape]) => [key, shape(given[key], field(key))])) as T;
  };
}

/** The items are checked one by one when `item` is given. */
export function list<T = unknown>(
  countMax: number,
  item: ValueShape<T> = (value) => value as T,
): ValueShape<T[]> {
  return (value, path) => {
    if (!Array.isArray(value)) fail(path, "is not a list");
    const items = value as readonly unknown[];
    if (items.length > countMax) fail(path, `has more than ${countMax} items`);
    return items.map((one, i) => item(one, `${path}[${i}]`));
  };
}

type TextRule = { readonly pattern: RegExp; readonly problem: string };

/** `charactersMin` is 0 or 1. */
export function text(charactersMin: number, charactersMax: number, ...rules: TextRule[]): ValueShape<string> {
  return (value, path) => {
    if (typeof value !== "string") return fail(path, "is not a text");
    if (value.length < charactersMin) fail(path, "is empty");
    if (value.length > charactersMax) fail(path, `has more than ${charactersMax} characters`);
    for (const { pattern, problem } of rules) if (!pattern.test(value)) fail(path, problem);
    return value;
  };
}

export function number(min: number, max: number): ValueShape<number> {
  return (value, path) => {
    if (typeof value !== "number" || !Number.isFinite(value)) return fail(path, "is not a number");
    return value >= min && value <= max ? value : fail(path, `is not from ${min} to ${max}`);
  };
}

export function integer(min: number, max: number): ValueShape<number> {
  const inRange = number(min, max);
  return (value, path) => (Number.isInteger(value) ? inRange(value, path) : fail(path, "is not an integer"));
}

export const boolean: ValueShape<boolean> = (value, path) =>
  typeof value === "boolean" ? value : fail(path, "is not true or false");

export function oneOf<const T extends string | number>(...values: readonly T[]): ValueShape<T> {
  return (value, path) =>
    values.find((one) => one === value) ?? fail(path, `is not one of ${values.join(", ")}`);
}

export function nullable<T>(shape: ValueShape<T>): ValueShape<T | null> {
  return (value, path) => (value === null ? null : shape(value, path));
}

/** A further rule for a value that has the shape. */
export function ruled<T>(
  shape: ValueShape<T>,
  isSound: (value: T) => boolean,
  problem: string,
): ValueShape<T> {
  return (value, path) => {
    const read = shape(value, path);
    return isSound(read) ? read : fail(path, problem);
  };
}

/** Objects that differ by the value of one field. */
export function variants<T>(key: string, shapes: Readonly<Record<string, ValueShape<T>>>): ValueShape<T> {
  return (value, path) => {
    const name =
      typeof value === "object" && value !== null ? (value as Record<string, unknown>)[key] : undefined;
    const shape = typeof name === "string" && Object.hasOwn(shapes, name) ? shapes[name] : undefined;
    if (shape === undefined)
      return fail(path === "" ? key : `${path}.${key}`, `is not one of ${Object.keys(shapes).join(", ")}`);
    return shape(value, path);
  };
}
