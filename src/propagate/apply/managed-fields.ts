/**
 * Changes of `metadata.managedFields`: how ownership is moved without a change of content. Such a patch raises no generation and
 * restarts nothing in the member.
 */
import { canonicalJson, isJsonRecord } from "../../kernel/json.ts";
import { MANAGED } from "../federated/labels.ts";

type Fields = Readonly<Record<string, unknown>>;
type Entries = readonly Fields[];

/** KubeFed had no field manager of its own: its entry has the name of its program, and so may that of others. */
const KUBEFED = "controller-manager";
const UNRECORDED = "before-first-apply";
/** Of more than ten writers the server makes the oldest one entry, in which the fields of all of them are. */
const OLD_WRITERS = "ancient-changes";

/** `managedFields` of an object that was read; it may be anything. */
function entriesOf(managedFields: unknown): Entries {
  return Array.isArray(managedFields) ? (managedFields as readonly unknown[]).filter(isJsonRecord) : [];
}

/**
 * An entry by which KubeFed, or a time before ownership was recorded, still owns what we own as well: our removals would not
 * remove. Such a time also ends when somebody takes all entries out of an object.
 */
export function hasKubefedEntry(managedFields: unknown, manager: string): boolean {
  const entries = entriesOf(managedFields);
  const own = entries.find((entry) => isOwn(entry, manager))?.["fieldsV1"];
  return entries.some(
    (entry) => isKubefed(entry) || isAmongOldWriters(entry) || (isUnrecorded(entry) && overlaps(entry, own)),
  );
}

/**
 * For a copy that KubeFed has made, or that was adopted:
 *
 *   entry                                                  | what is left of it
 *   controller-manager, before-first-apply, with the label | nothing
 *   ancient-changes with the label, of several writers     | what `manager` does not own by apply
 *   before-first-apply without: of an object that we adopt | what `manager` does not own by apply
 *   controller-manager without: KubeFed after fedns, which | what `manager` does not own by apply
 *     had set the label, or another program of that name   |
 */
export function withoutKubefed(managedFields: unknown, manager: string): Entries {
  const entries = entriesOf(managedFields);
  const own = entries.find((entry) => isOwn(entry, manager))?.["fieldsV1"];
  return entries.flatMap((entry) => {
    if (isKubefed(entry)) return [];
    const isShared =
      isAmongOldWriters(entry) || isUnrecorded(entry) || (isUpdate(entry) && entry["manager"] === KUBEFED);
    if (!isShared || !isJsonRecord(own) || !isJsonRecord(entry["fieldsV1"])) return [entry];
    const fieldsV1 = difference(entry["fieldsV1"], own);
    return Object.keys(fieldsV1).length === 0 ? [] : [{ ...entry, fieldsV1 }];
  });
}

/** Its program shares its name with others. But only KubeFed sets its label. */
function isKubefed(entry: Fields): boolean {
  return [KUBEFED, UNRECORDED].includes(String(entry["manager"])) && hasKubefedLabel(entry);
}

function isUnrecorded(entry: Fields): boolean {
  return isUpdate(entry) && entry["manager"] === UNRECORDED;
}

/** Not so for maps that are there on both sides, such as the labels: these belong to everybody who has something in them. */
function overlaps({ fieldsV1 }: Fields, own: unknown): boolean {
  if (!isJsonRecord(fieldsV1) || !isJsonRecord(own)) return false;
  return canonicalJson(difference(fieldsV1, own)) !== canonicalJson(fieldsV1);
}

function isAmongOldWriters(entry: Fields): boolean {
  return entry["manager"] === OLD_WRITERS && hasKubefedLabel(entry);
}

function hasKubefedLabel(entry: Fields): boolean {
  return isUpdate(entry) && removed(entry["fieldsV1"], ["metadata", "labels", MANAGED]) !== null;
}

function isUpdate({ operation, subresource }: Fields): boolean {
  return operation === "Update" && (subresource ?? "") === "";
}

/** Fields that have none below them are taken out; those above them go when none is left. */
function difference(fields: Fields, other: Fields): Fields {
  const left = Object.entries(fields).flatMap(([name, inner]) => {
    const theirs = other[name];
    if (!isJsonRecord(theirs) || !isJsonRecord(inner)) return [[name, inner] as const];
    if (Object.keys(inner).length === 0)
      return Object.keys(theirs).length === 0 ? [] : [[name, inner] as const];
    const rest = difference(inner, theirs);
    return Object.keys(rest).length === 0 ? [] : [[name, rest] as const];
  });
  return Object.fromEntries(left);
}

/** Without what `manager` owns by apply: the fields stay as they are, and belong to others or to nobody. */
export function withoutManager(managedFields: unknown, manager: string): Entries {
  return entriesOf(managedFields).filter((entry) => !isOwn(entry, manager));
}

/** Gives one field to the member; `path`: ["spec", "replicas"]. Null = we do not own it. */
export function withoutField(
  managedFields: unknown,
  manager: string,
  path: readonly string[],
): Entries | null {
  const entries = entriesOf(managedFields);
  const own = entries.find((entry) => isOwn(entry, manager));
  const fields = own === undefined ? null : removed(own["fieldsV1"], path);
  if (fields === null) return null;
  return entries.map((entry) => (entry === own ? { ...entry, fieldsV1: fields } : entry));
}

function isOwn({ manager, operation, subresource }: Fields, name: string): boolean {
  return manager === name && operation === "Apply" && (subresource ?? "") === "";
}

/** Null = the path is not there. Parents that would be empty go as well. */
function removed(fields: unknown, [name, ...rest]: readonly string[]): Fields | null {
  const key = `f:${name}`;
  if (!isJsonRecord(fields) || !isJsonRecord(fields[key])) return null;
  const { [key]: inner, ...others } = fields;
  if (rest.length === 0) return others;
  const left = removed(inner, rest);
  if (left === null) return null;
  return Object.keys(left).length === 0 ? others : { ...others, [key]: left };
}
