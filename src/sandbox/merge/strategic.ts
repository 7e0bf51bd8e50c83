/**
 * Strategic merge patch, which `kubectl apply` sends for built-in kinds: a merge patch that identifies list entries by
 * their key and has directives (`$patch`, `$retainKeys`, `$setElementOrder/…`, `$deleteFromPrimitiveList/…`).
 */
import { isDeepStrictEqual } from "node:util";
import { isObject, textsAt } from "../object/json.ts";
import type { Json, JsonObject } from "../object/json.ts";
import { badRequest } from "../object/status.ts";
import { interleave, shapeOfField } from "./shape.ts";
import type { KeyedShape, Shape } from "./shape.ts";

const order = "$setElementOrder/";
const removal = "$deleteFromPrimitiveList/";

/** Throws 400 for unknown directives and for entries without their key. */
export function strategicMerge(target: JsonObject, patch: JsonObject, shape: Shape): JsonObject {
  const directive = patch["$patch"];
  if (directive === "delete") return {};
  if (directive === "replace") return strategicMerge({}, withoutDirective(patch), shape);
  if (directive !== undefined && directive !== "merge") throw unknownDirective(directive);
  // A map, since a field may be `__proto__`.
  const merged = new Map(Object.entries(retained(target, patch)));
  for (const [key, value] of Object.entries(patch)) {
    if (key.startsWith("$") || value === undefined) continue;
    if (value === null) merged.delete(key);
    else merged.set(key, mergeField(merged.get(key), value, shapeOfField(shape, key)));
  }
  for (const [key, value] of Object.entries(patch)) {
    if (key.startsWith(removal)) withdraw(merged, key.slice(removal.length), value);
  }
  for (const [key, value] of Object.entries(patch)) {
    const field = key.slice(order.length);
    if (key.startsWith(order))
      arrange(merged, { field, wanted: value, before: target[field] }, shapeOfField(shape, field));
  }
  return Object.fromEntries(merged);
}

function mergeField(target: Json | undefined, patch: Json, shape: Shape): Json {
  if (isObject(patch)) return strategicMerge(isObject(target) ? target : {}, patch, shape);
  if (!Array.isArray(patch)) return patch;
  const before = Array.isArray(target) ? target : [];
  if (shape.list?.kind === "keyed") return mergeEntries(before, patch, shape.list);
  if (shape.list?.kind === "set") return [...before, ...patch.filter((one) => !holds(before, one))];
  return patch;
}

function mergeEntries(before: readonly Json[], patch: readonly Json[], shape: KeyedShape): readonly Json[] {
  const isReplaced = patch.some((entry) => isObject(entry) && entry["$patch"] === "replace");
  const merged = isReplaced ? [] : [...before];
  for (const entry of patch) {
    if (!isObject(entry)) throw badRequest("an entry of a list that is merged by key is not an object");
    const { $patch: directive } = entry;
    if (directive === "replace") continue;
    const key = entry[shape.mergeKey];
    if (key === undefined)
      throw badRequest(
        `map: ${JSON.stringify(entry)} does not contain declared merge key: ${shape.mergeKey}`,
      );
    const found = merged.findIndex((one) => isObject(one) && isDeepStrictEqual(one[shape.mergeKey], key));
    if (directive === "delete") {
      if (found >= 0) merged.splice(found, 1);
    } else if (found >= 0) merged[found] = mergeField(merged[found], entry, shape.item);
    else merged.push(mergeField({}, entry, shape.item));
  }
  return merged;
}

/** `$retainKeys`: removes the fields that the patch does not list (as when a volume changes its source). */
function retained(target: JsonObject, patch: JsonObject): JsonObject {
  if (!("$retainKeys" in patch)) return target;
  const kept = textsAt(patch, "$retainKeys");
  return Object.fromEntries(Object.entries(target).filter(([key]) => kept.includes(key)));
}

function withdraw(merged: Map<string, Json | undefined>, field: string, values: Json | undefined): void {
  const list = merged.get(field);
  if (!Array.isArray(values)) throw badRequest(`${removal}${field} is not a list`);
  if (Array.isArray(list))
    merged.set(
      field,
      list.filter((one) => !holds(values, one)),
    );
}

type Arrangement = {
  readonly field: string;
  readonly wanted: Json | undefined;
  readonly before: Json | undefined;
};

/** Listed entries are put in that order; the others keep their relative positions. */
function arrange(merged: Map<string, Json | undefined>, asked: Arrangement, shape: Shape): void {
  const { field, wanted, before } = asked;
  const list = merged.get(field);
  if (!Array.isArray(wanted)) throw badRequest(`${order}${field} is not a list`);
  if (!Array.isArray(list)) return;
  const key = shape.list?.kind === "keyed" ? shape.list.mergeKey : undefined;
  const identity = (one: Json): string =>
    JSON.stringify(key !== undefined && isObject(one) ? (one[key] ?? null) : one);
  const places = new Map(wanted.map((one, index) => [identity(one), index]));
  const place = (one: Json): number => places.get(identity(one)) ?? -1;
  const listed = list.filter((one) => place(one) >= 0).toSorted((a, b) => place(a) - place(b));
  const rest = list.filter((one) => place(one) < 0);
  merged.set(field, interleave(listed, rest, Array.isArray(before) ? before : [], identity));
}

function holds(list: readonly Json[], value: Json): boolean {
  return list.some((one) => isDeepStrictEqual(one, value));
}

function withoutDirective(patch: JsonObject): JsonObject {
  const { $patch: _, ...rest } = patch;
  return rest;
}

function unknownDirective(directive: Json): Error {
  return badRequest(`Unknown patch type: ${JSON.stringify(directive)}`);
}
