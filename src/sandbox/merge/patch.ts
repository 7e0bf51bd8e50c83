/** JSON merge patch (RFC 7386) and JSON patch (RFC 6902) over immutable values. */
import { isDeepStrictEqual } from "node:util";
import { isObject, textAt } from "../object/json.ts";
import type { Json, JsonObject } from "../object/json.ts";
import { ApiError, badRequest } from "../object/status.ts";

/** RFC 7386 §2: null removes a field, objects are merged, other values replaced. */
export function mergePatch(target: Json | undefined, patch: Json): Json {
  if (!isObject(patch)) return patch;
  // A map, since a key may be `__proto__`.
  const merged = new Map(isObject(target) ? Object.entries(target) : []);
  for (const [key, value] of Object.entries(patch)) {
    if (value === null || value === undefined) merged.delete(key);
    else merged.set(key, mergePatch(merged.get(key), value));
  }
  return Object.fromEntries(merged);
}

/** RFC 6902: applies the operations in order; throws the Status of the first that fails. */
export function jsonPatch(target: Json, operations: Json): Json {
  if (!Array.isArray(operations)) throw badRequest("error decoding patch: expected a list of operations");
  return operations.reduce<Json>(applyOperation, target);
}

function applyOperation(target: Json, operation: Json): Json {
  const name = textAt(operation, "op");
  if (!isObject(operation)) throw badRequest("error decoding patch: an operation is not an object");
  const path = pointer(operation, "path");
  switch (name) {
    case "add":
      return put(target, path, valueOf(operation), "insert");
    case "replace":
      read(target, path);
      return put(target, path, valueOf(operation), "replace");
    case "remove":
      return cut(target, path);
    case "copy":
      return put(target, path, read(target, pointer(operation, "from")), "insert");
    case "move": {
      const from = pointer(operation, "from");
      return put(cut(target, from), path, read(target, from), "insert");
    }
    case "test":
      if (isDeepStrictEqual(read(target, path), valueOf(operation))) return target;
      throw unprocessable(`testing value ${textAt(operation, "path")} failed`);
    default:
      throw unprocessable(`Unexpected kind: ${name}`);
  }
}

function valueOf(operation: JsonObject): Json {
  if (operation["value"] === undefined) throw unprocessable("an operation misses its value");
  return operation["value"];
}

/** RFC 6901: `~1` is a slash, `~0` a tilde. */
function pointer(operation: JsonObject, field: "path" | "from"): readonly string[] {
  const text = operation[field];
  if (typeof text !== "string" || (text !== "" && !text.startsWith("/"))) {
    throw unprocessable(`an operation has no valid ${JSON.stringify(field)}`);
  }
  const steps = text.split("/").slice(1);
  return steps.map((step) => step.replaceAll("~1", "/").replaceAll("~0", "~"));
}

function read(target: Json, path: readonly string[]): Json {
  let value: Json | undefined = target;
  for (const step of path) {
    if (Array.isArray(value)) value = value[index(step, value.length - 1)];
    else value = isObject(value) && Object.hasOwn(value, step) ? value[step] : undefined;
    if (value === undefined) throw missing(path);
  }
  return value ?? null;
}

function put(target: Json, path: readonly string[], value: Json, mode: "insert" | "replace"): Json {
  const [step, ...rest] = path;
  if (step === undefined) return value;
  if (Array.isArray(target)) {
    if (rest.length > 0)
      return target.with(index(step, target.length - 1), put(read(target, [step]), rest, value, mode));
    if (mode === "replace") return target.with(index(step, target.length - 1), value);
    return target.toSpliced(step === "-" ? target.length : index(step, target.length), 0, value);
  }
  if (!isObject(target)) throw missing(path);
  // Object.fromEntries defines `__proto__` as a plain key, where an assignment would not.
  const next = rest.length === 0 ? value : put(read(target, [step]), rest, value, mode);
  return Object.fromEntries([...Object.entries(target).filter(([key]) => key !== step), [step, next]]);
}

function cut(target: Json, path: readonly string[]): Json {
  read(target, path);
  const [step, ...rest] = path;
  if (step === undefined) return null;
  if (rest.length > 0) return put(target, [step], cut(read(target, [step]), rest), "replace");
  if (Array.isArray(target)) return target.toSpliced(index(step, target.length - 1), 1);
  return Object.fromEntries(Object.entries(isObject(target) ? target : {}).filter(([key]) => key !== step));
}

function index(step: string, last: number): number {
  const value = /^(0|[1-9][0-9]*)$/.test(step) ? Number(step) : Number.NaN;
  if (!(value <= last)) throw unprocessable(`Unable to access invalid index: ${step}`);
  return value;
}

function missing(path: readonly string[]): ApiError {
  return unprocessable(`the path /${path.join("/")} does not exist`);
}

/** Real servers do not say which operation failed. `cause.message` says it for debugging. */
function unprocessable(cause: string): ApiError {
  const message = "the server rejected our request due to an error in our request";
  const error = new ApiError(422, "Invalid", message, { details: {} });
  error.cause = cause;
  return error;
}
