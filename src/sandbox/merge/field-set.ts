/** Sets of field paths, as `metadata.managedFields` records them (FieldsV1), with union, difference and intersection. */
import { isObject } from "../object/json.ts";
import type { Json, JsonObject } from "../object/json.ts";
import { byCode } from "./shape.ts";

/**
 * A tree of path elements: `f:spec` a field, `k:{"name":"c"}` an entry of a keyed list, `v:"x"` a value of a set.
 * `isOwned`: the path that ends here is in the set.
 */
export type FieldSet = {
  readonly isOwned: boolean;
  readonly children: ReadonlyMap<string, FieldSet>;
};

export const emptySet: FieldSet = { isOwned: false, children: new Map() };
export const leaf: FieldSet = { isOwned: true, children: new Map() };

export function isEmpty({ isOwned, children }: FieldSet): boolean {
  return !isOwned && children.size === 0;
}

/** A set with these children, without the empty ones. */
export function branch(children: Iterable<readonly [string, FieldSet]>, isOwned: boolean = false): FieldSet {
  return { isOwned, children: new Map([...children].filter(([, child]) => !isEmpty(child))) };
}

export function union(a: FieldSet, b: FieldSet): FieldSet {
  const children = new Map(a.children);
  for (const [step, child] of b.children) children.set(step, union(children.get(step) ?? emptySet, child));
  return { isOwned: a.isOwned || b.isOwned, children };
}

export function difference(a: FieldSet, b: FieldSet): FieldSet {
  const children = [...a.children].map(
    ([step, child]) => [step, difference(child, b.children.get(step) ?? emptySet)] as const,
  );
  return branch(children, a.isOwned && !b.isOwned);
}

export function intersection(a: FieldSet, b: FieldSet): FieldSet {
  const children = [...a.children].map(
    ([step, child]) => [step, intersection(child, b.children.get(step) ?? emptySet)] as const,
  );
  return branch(children, a.isOwned && b.isOwned);
}

/** Equal sets have equal encodings. */
export function encodeFields(set: FieldSet): JsonObject {
  const children = [...set.children].toSorted(([a], [b]) => byCode(a, b));
  const own: readonly (readonly [string, Json])[] = set.isOwned && children.length > 0 ? [[".", {}]] : [];
  return Object.fromEntries([
    ...own,
    ...children.map(([step, child]) => [step, encodeFields(child)] as const),
  ]);
}

/** Anything that is not FieldsV1 decodes to the empty set. */
export function decodeFields(fields: Json | undefined): FieldSet {
  if (!isObject(fields)) return emptySet;
  const steps = Object.entries(fields).filter(([step]) => step !== ".");
  return branch(
    steps.map(([step, child]) => {
      const set = decodeFields(child);
      return [step, set.children.size === 0 ? leaf : set] as const;
    }),
    "." in fields,
  );
}

/** Every path in its readable form: `.spec.containers[name="c"].image`. */
export function pathsOf(set: FieldSet, before: string = ""): readonly string[] {
  const own = set.isOwned ? [before] : [];
  const below = [...set.children].toSorted(([a], [b]) => byCode(a, b));
  return [...own, ...below.flatMap(([step, child]) => pathsOf(child, before + stepText(step)))];
}

/** One step of a readable path: `.image`, `[name="c"]`, `[="x"]`. */
export function stepText(step: string): string {
  const rest = step.slice(2);
  if (step.startsWith("f:")) return `.${rest}`;
  if (step.startsWith("v:")) return `[=${rest}]`;
  const keys = Object.entries(JSON.parse(rest) as JsonObject);
  return `[${keys.map(([key, value]) => `${key}=${JSON.stringify(value ?? null)}`).join(",")}]`;
}
