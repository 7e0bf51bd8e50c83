/** The checks that server-side apply makes before it merges: whether a value fits the lists and sets of its kind. */
import { isObject } from "../object/json.ts";
import type { Json, JsonObject } from "../object/json.ts";
import { unexplained } from "../object/status.ts";
import type { ApiError } from "../object/status.ts";
import { stepText } from "./field-set.ts";
import type { MergeableResource } from "./ownership.ts";
import { keyOfEntry, shapeOfField } from "./shape.ts";
import type { KeyedShape, SetShape, Shape } from "./shape.ts";

/** A path as messages have it (`.spec.ports`) and what is wrong there. */
type TypedFault = { readonly path: string; readonly why: string };

/** Throws 500 without a reason for a configuration that is not an object of its kind. `more` are faults found elsewhere. */
export function checkConfig(
  config: JsonObject,
  resource: MergeableResource,
  more: readonly TypedFault[] = [],
): void {
  const faults = [...more, ...entryFaults(config, resource.shape)];
  if (faults.length > 0) throw refusal("failed to create typed patch object", config, resource, faults);
}

/** Throws 500 for a live object with duplicates in its lists: nothing can be applied to it. */
export function checkLive(live: JsonObject, resource: MergeableResource, isTracked: boolean): void {
  const faults = entryFaults(live, resource.shape);
  if (faults.length === 0) return;
  if (isTracked) throw refusal("failed to create typed live object", live, resource, faults);
  const inner = messageOfFaults("failed to convert new object", live, resource, faults, " to smd typed");
  throw unexplained(`failed to create manager for existing fields: ${inner}`);
}

/** Whether its fields can be tracked: real servers drop `managedFields` of an object with duplicates. */
export function isTrackable(object: JsonObject, { shape }: MergeableResource): boolean {
  return entryFaults(object, shape).length === 0;
}

/** `spec.containers[0].image` as messages of apply name it: `.spec.containers[name="c"].image`. */
export function keyedPath(path: string, object: JsonObject, root: Shape): string {
  let value: Json | undefined = object;
  let shape = root;
  let text = "";
  for (const [, field, place] of path.matchAll(/([^.[\]]+)|\[(\d+)\]/g)) {
    if (place === undefined) {
      text += `.${field ?? ""}`;
      value = isObject(value) ? value[field ?? ""] : undefined;
      shape = shapeOfField(shape, field ?? "");
      continue;
    }
    const entry: Json | undefined = Array.isArray(value)
      ? (value as readonly Json[])[Number(place)]
      : undefined;
    const step = shape.list && entry !== undefined ? stepOf(entry, shape.list) : undefined;
    text += step === undefined ? `[${place}]` : stepText(step);
    shape = shape.list?.kind === "keyed" ? shape.list.item : {};
    value = entry;
  }
  return text;
}

/** Entries of keyed lists without a key, and duplicates in keyed lists and sets. */
function entryFaults(value: Json | undefined, shape: Shape, path: string = ""): readonly TypedFault[] {
  if (shape.isAtomic) return [];
  if (isObject(value)) {
    return Object.entries(value).flatMap(([field, part]) =>
      entryFaults(part, shapeOfField(shape, field), `${path}.${field}`),
    );
  }
  const { list } = shape;
  if (!Array.isArray(value) || !list) return [];
  const seen = new Set<string>();
  return (value as readonly Json[]).flatMap((entry, index) => {
    const step = stepOf(entry, list);
    if (step === undefined)
      return [{ path, why: `element ${index}: ${missingKey(entry, list as KeyedShape)}` }];
    const isRepeated = seen.has(step);
    seen.add(step);
    const inside = list.kind === "keyed" ? entryFaults(entry, list.item, path + stepText(step)) : [];
    return isRepeated ? [{ path, why: `duplicate entries for key ${stepText(step)}` }, ...inside] : inside;
  });
}

function stepOf(entry: Json, list: SetShape | KeyedShape): string | undefined {
  return list.kind === "keyed" ? keyOfEntry(entry, list) : `v:${JSON.stringify(entry)}`;
}

function missingKey(entry: Json, { keys, defaults }: KeyedShape): string {
  const isMissing = (name: string): boolean =>
    !isObject(entry) || (entry[name] ?? defaults[name]) === undefined;
  const missing = JSON.stringify(keys.find(isMissing) ?? "");
  return `associative list with keys has an element that omits key field ${missing} (and doesn't have default value)`;
}

function refusal(
  what: string,
  object: JsonObject,
  resource: MergeableResource,
  faults: readonly TypedFault[],
): ApiError {
  return unexplained(messageOfFaults(what, object, resource, faults));
}

function messageOfFaults(
  what: string,
  object: JsonObject,
  resource: MergeableResource,
  faults: readonly TypedFault[],
  then: string = "",
): string {
  const lines = faults.map(({ path, why }) => `${path}: ${why}`);
  const all =
    lines.length === 1 ? (lines[0] ?? "") : ["errors:", ...lines.map((line) => `  ${line}`)].join("\n");
  return `${what} (${typedObjectName(resource, object)})${then}: ${all}`;
}

/** An object as these messages name it: `default/web; apps/v1, Kind=Deployment`. */
function typedObjectName(resource: MergeableResource, object: JsonObject): string {
  const metadata = isObject(object["metadata"]) ? object["metadata"] : {};
  const text = (field: string): string => {
    const value = metadata[field];
    return typeof value === "string" ? value : "";
  };
  const group = resource.group === "" ? resource.version : `${resource.group}/${resource.version}`;
  return `${text("namespace")}/${text("name")}; ${group}, Kind=${resource.kind}`;
}
