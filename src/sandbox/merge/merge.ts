/** The merge of server-side apply: an apply configuration is merged into a live object by the shape of its kind. */
import { isObject } from "../object/json.ts";
import type { Json, JsonObject } from "../object/json.ts";
import { ApiError } from "../object/status.ts";
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

/** Throws 500, as real servers do, where an entry of a keyed list has no key or a duplicate one. */
export function checkEntries(
  value: Json | undefined,
  shape: Shape,
  subject: string,
  path: string = "",
): void {
  const refuse = (why: string): ApiError =>
    new ApiError(500, "", `failed to create typed patch object (${subject}): ${path}: ${why}`);
  if (isObject(value) && !shape.isAtomic) {
    for (const [field, part] of Object.entries(value))
      checkEntries(part, shapeOfField(shape, field), subject, `${path}.${field}`);
  }
  const { list } = shape;
  if (!Array.isArray(value) || list?.kind !== "keyed") return;
  const seen = new Set<string>();
  for (const [index, entry] of (value as readonly Json[]).entries()) {
    const key = keyOfEntry(entry, list);
    if (key === undefined) {
      const [missing = ""] = list.keys.filter(
        (name) => !isObject(entry) || (entry[name] ?? list.defaults[name]) === undefined,
      );
      const why = `associative list with keys has an element that omits key field ${JSON.stringify(missing)} (and doesn't have default value)`;
      throw refuse(`element ${index}: ${why}`);
    }
    if (seen.has(key))
      throw refuse(
        `duplicate entries for key ${key.slice(2).replaceAll(":", "=").replace("{", "[").replace("}", "]")}`,
      );
    seen.add(key);
    checkEntries(entry, list.item, subject, `${path}[${index}]`);
  }
}
