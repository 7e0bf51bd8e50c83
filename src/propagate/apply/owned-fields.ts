/**
 * Which fields of a copy are ours, by `metadata.managedFields` (KEP-555, fieldsV1): whether all that we sent is still ours.
 *
 *     sent                                     our entry of managedFields
 *     spec: {replicas: 3,                      f:spec: {f:replicas: {},
 *       containers: [{name: a, image: b}]}       f:containers: {k:{"name":"a"}: {.: {}, f:name: {}, f:image: {}}}}
 *
 * The API server takes a path out of our entry when anybody else writes to it. So a copy has our values as long as our entry has
 * every path that we sent, and the copy carries the label with the hash of what we sent. No value needs to be read for that, and
 * nothing has to be remembered: a restart verifies with a list of metadata.
 *
 * Items of lists are named by the values of their keys ("k:"), by their value ("v:"), or the list as a whole is one field. Keys
 * that the server filled in with a default, such as the protocol of a port, are in the entry and not in what we sent.
 */
import { canonicalJson, isJsonRecord } from "../../kernel/json.ts";
import { createHash } from "node:crypto";

/** A fieldsV1: names are those of fields with a prefix. */
export type OwnedFields = Readonly<Record<string, unknown>>;
type Fields = OwnedFields;

/** Our entry's fieldsV1; null = we own nothing there. `managedFields` comes from an object and may be anything. */
export function ownFields(managedFields: unknown, manager: string): Fields | null {
  if (!Array.isArray(managedFields)) return null;
  for (const entry of managedFields as readonly unknown[]) {
    if (!isJsonRecord(entry)) continue;
    const { manager: name, operation, subresource, fieldsV1 } = entry;
    const isOurs = name === manager && operation === "Apply" && (subresource ?? "") === "";
    if (isOurs && isJsonRecord(fieldsV1)) return fieldsV1;
  }
  return null;
}

/** 8 bytes; equal for equal sets of fields. The entry's time is left out: it changes without a change of fields. */
export function hashOfFields(fields: Fields): bigint {
  return createHash("sha256").update(canonicalJson(fields)).digest().readBigUInt64BE();
}

/** Whether `fields` has every path of `sent`. Identity (apiVersion, kind, name, namespace) belongs to nobody. */
export function coversAll(fields: Fields, sent: Fields): boolean {
  return Object.entries(sent).every(([key, value]) => {
    if (key === "apiVersion" || key === "kind") return true;
    return key === "metadata" && isJsonRecord(value)
      ? coversMetadata(fields["f:metadata"], value)
      : covers(fields[`f:${key}`], value);
  });
}

/** The paths of `sent` that `fields` does not have, the uppermost each: "spec.containers[0].image". */
export function uncoveredPaths(fields: Fields, sent: Fields): readonly string[] {
  const missing: string[] = [];
  for (const [key, value] of Object.entries(sent)) {
    if (key === "apiVersion" || key === "kind") continue;
    const inner = key === "metadata" && isJsonRecord(value) ? withoutIdentity(value) : value;
    // Metadata without entries belongs to nobody.
    if (key === "metadata" && isJsonRecord(inner) && Object.keys(inner).length === 0) continue;
    collect(fields[`f:${key}`], inner, key, missing);
  }
  return missing;
}

function collect(fields: unknown, sent: unknown, path: string, missing: string[]): void {
  if (covers(fields, sent)) return;
  if (isJsonRecord(fields) && isJsonRecord(sent))
    for (const [key, value] of Object.entries(sent))
      collect(fields[`f:${key}`], value, `${path}.${key}`, missing);
  else if (isJsonRecord(fields) && Array.isArray(sent))
    for (const [i, item] of sent.entries()) collectItem(fields, item, `${path}[${i}]`, missing);
  else missing.push(path);
}

function collectItem(fields: Fields, item: unknown, path: string, missing: string[]): void {
  if (coversItem(fields, item)) return;
  const inner = isJsonRecord(item)
    ? Object.entries(fields).find(([name]) => isNameOf(name, item))
    : undefined;
  if (inner === undefined) missing.push(path);
  else collect(inner[1], item, path, missing);
}

function withoutIdentity(metadata: Fields): Fields {
  return Object.fromEntries(Object.entries(metadata).filter(([key]) => !IDENTITY.has(key)));
}

const IDENTITY: ReadonlySet<string> = new Set(["name", "namespace", "uid", "resourceVersion"]);

function coversMetadata(fields: unknown, metadata: Fields): boolean {
  const rest = Object.entries(withoutIdentity(metadata));
  return (
    rest.length === 0 ||
    (isJsonRecord(fields) && rest.every(([key, value]) => covers(fields[`f:${key}`], value)))
  );
}

/** Whether the field at `path` is among them: ["spec", "replicas"]. */
export function hasField(fields: OwnedFields, path: readonly string[]): boolean {
  let at: unknown = fields;
  for (const name of path) at = isJsonRecord(at) ? at[`f:${name}`] : undefined;
  return isJsonRecord(at);
}

function covers(fields: unknown, sent: unknown): boolean {
  if (!isJsonRecord(fields)) return false;
  // The whole value is one field: a scalar, an atomic list or map, or one without entries.
  if (Object.keys(fields).length === 0) return true;
  if (Array.isArray(sent)) return (sent as readonly unknown[]).every((item) => coversItem(fields, item));
  if (!isJsonRecord(sent)) return false;
  return Object.entries(sent).every(([key, value]) => covers(fields[`f:${key}`], value));
}

function coversItem(fields: Fields, item: unknown): boolean {
  if (!isJsonRecord(item)) return Object.hasOwn(fields, `v:${JSON.stringify(item)}`);
  return Object.entries(fields).some(([name, inner]) => isNameOf(name, item) && covers(inner, item));
}

function isNameOf(name: string, item: Fields): boolean {
  const keys = name.startsWith("k:") ? parseKeys(name.slice(2)) : null;
  return keys !== null && isNamed(item, keys);
}

/** A key that was not sent is one with a default. At least one was sent: a list has one item without any at most. */
function isNamed(item: Fields, keys: Fields): boolean {
  return Object.entries(keys).every(([key, value]) => !Object.hasOwn(item, key) || item[key] === value);
}

function parseKeys(text: string): Fields | null {
  try {
    const keys: unknown = JSON.parse(text);
    return isJsonRecord(keys) ? keys : null;
  } catch {
    return null;
  }
}
