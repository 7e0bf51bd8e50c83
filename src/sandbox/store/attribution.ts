/** Who owns the fields of an object that is written, and whether the object is small enough to be stored. */
import { isDeepStrictEqual } from "node:util";
import { isObject, without } from "../object/json.ts";
import type { Json, JsonObject } from "../object/json.ts";
import { withMetadata } from "../object/object.ts";
import type { KubeObject } from "../object/object.ts";
import { unexplained } from "../object/status.ts";
import type { User } from "../object/user.ts";
import type { ApiResource } from "./resource.ts";

export type UpdateManagedFields = (
  after: KubeObject,
  before: KubeObject | undefined,
) => readonly Json[] | undefined;

type AttributionOptions = {
  readonly updateManagedFields?: UpdateManagedFields;
  readonly user?: User;
};

type ClientWrite = {
  readonly resource: ApiResource;
  readonly options: AttributionOptions;
  readonly sent: KubeObject;
};

/** `after` with its managed fields, which are computed before the server allocates anything. */
export function withManagedFields(
  { resource, options, sent }: ClientWrite,
  after: KubeObject,
  before: KubeObject | undefined,
): KubeObject {
  const { updateManagedFields } = options;
  if (!updateManagedFields) return after;
  const attributed = (resource.allocated ?? []).reduce(
    (object, path) => withoutAllocated(object, sent, path) as KubeObject,
    after,
  );
  const managedFields = updateManagedFields(attributed, before);
  const tracked = withMetadata(after, { managedFields: managedFields?.length ? managedFields : undefined });
  if (options.user) checkSize(tracked);
  return tracked;
}

/** `object` without the value at `path`, unless the client sent one. */
function withoutAllocated(object: Json, sent: Json | undefined, path: readonly string[]): Json {
  const [step = "", ...rest] = path;
  if (Array.isArray(object)) {
    return (object as readonly Json[]).map((entry, index) =>
      withoutAllocated(entry, Array.isArray(sent) ? (sent as readonly Json[])[index] : undefined, rest),
    );
  }
  if (!isObject(object)) return object;
  const asked = isObject(sent) ? sent : {};
  const keys = step === "*" ? Object.keys(object) : [step];
  return keys.reduce<JsonObject>((left, key) => {
    const value = left[key];
    if (value === undefined) return left;
    if (rest.length > 0) return { ...left, [key]: withoutAllocated(value, asked[key], rest) };
    return asked[key] === undefined ? without(left, key) : left;
  }, object);
}

/** Whether nothing but times in `managedFields` is different: then nothing is written. */
export function differsInTimes(after: KubeObject, before: KubeObject): boolean {
  const [next, last] = [after.metadata.managedFields ?? [], before.metadata.managedFields ?? []];
  if (next.length !== last.length || isDeepStrictEqual(next, last)) return false;
  const timeless = (entries: readonly JsonObject[]): unknown =>
    entries.map((entry) => JSON.stringify(without(entry, "time"))).toSorted();
  const rest = (object: KubeObject): KubeObject => withMetadata(object, { managedFields: undefined });
  return isDeepStrictEqual(timeless(next), timeless(last)) && isDeepStrictEqual(rest(after), rest(before));
}

/** The limits of etcd, and of the connection to it, on what one request may write. */
const STORED_LIMIT_BYTES: number = 1.5 * 1024 * 1024;
const SENT_LIMIT_BYTES: number = 2 * 1024 * 1024;

function checkSize(object: KubeObject): void {
  const sizeBytes = Buffer.byteLength(JSON.stringify(object));
  if (sizeBytes > SENT_LIMIT_BYTES) {
    const both = `(${sizeBytes} vs. ${SENT_LIMIT_BYTES})`;
    const desc = `trying to send message larger than max ${both}`;
    throw unexplained(`rpc error: code = ResourceExhausted desc = ${desc}`);
  }
  if (sizeBytes > STORED_LIMIT_BYTES) throw unexplained("etcdserver: request is too large");
}
