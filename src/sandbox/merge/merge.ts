/** The merge of server-side apply: an apply configuration is merged into a live object by the shape of its kind. */
import { isObject } from "../object/json.ts";
import type { Json, JsonObject } from "../object/json.ts";
import { interleave, keyOfEntry, shapeOfField } from "./shape.ts";
import type { KeyedShape, Shape } from "./shape.ts";

export function applyMerge(live: JsonObject, config: JsonObject, shape: Shape): JsonObject {
  const merged = new Map(Object.entries(live));
  for (const [field, value] of Object.entries(config)) {
    if (value !== undefined)
      merged.set(field, mergeValue(merged.get(field), value, shapeOfField(shape, field)));
  }
  return Object.fromEntries(merged);
}

function mergeValue(live: Json | undefined, config: Json, shape: Shape): Json {
  if (shape.isAtomic) return config;
  // A null sets a scalar. It is an empty map or list where it meets one, which removes nothing.
  if (config === null && live !== undefined && (isObject(live) || (Array.isArray(live) && shape.list)))
    return live;
  if (isObject(config)) return applyMerge(isObject(live) ? live : {}, config, shape);
  if (!Array.isArray(config) || !shape.list) return config;
  const before = Array.isArray(live) ? live : [];
  if (shape.list.kind === "keyed") return mergeEntries(before, config, shape.list);
  const identity = (one: Json): string => JSON.stringify(one);
  const asked = new Set(config.map(identity));
  const rest = before.filter((one) => !asked.has(identity(one)));
  return interleave(config, rest, before, identity);
}

/** The entries of the configuration in their order; the other live entries keep their relative positions. */
function mergeEntries(before: readonly Json[], config: readonly Json[], shape: KeyedShape): readonly Json[] {
  const key = (entry: Json): string | undefined => keyOfEntry(entry, shape);
  const live = new Map(before.map((entry) => [key(entry), entry]));
  const wanted = config.map((entry) => mergeValue(live.get(key(entry)), entry, shape.item));
  const asked = new Set(config.map(key));
  return interleave(
    wanted,
    before.filter((entry) => !asked.has(key(entry))),
    before,
    key,
  );
}
