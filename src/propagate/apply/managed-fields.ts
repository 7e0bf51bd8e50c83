/**
 * Changes of `metadata.managedFields`: how ownership is moved without a change of content. Such a patch raises no generation and
 * restarts nothing in the member.
 */
import { isJsonRecord } from "../../kernel/json.ts";
import { MANAGED } from "../federated/labels.ts";

type Fields = Readonly<Record<string, unknown>>;
type Entries = readonly Fields[];

/** KubeFed had no field manager of its own: its entry has the name of its program, and so may that of others. */
const KUBEFED_MANAGERS: ReadonlySet<unknown> = new Set(["controller-manager", "before-first-apply"]);

/** `managedFields` of an object that was read; it may be anything. */
function entriesOf(managedFields: unknown): Entries {
  return Array.isArray(managedFields) ? (managedFields as readonly unknown[]).filter(isJsonRecord) : [];
}

/** An entry by which KubeFed, or a time before ownership was recorded, still owns what we own as well: our removals would not remove. */
export function hasKubefedEntry(managedFields: unknown): boolean {
  return entriesOf(managedFields).some(isKubefed);
}

export function withoutKubefed(managedFields: unknown): Entries {
  return entriesOf(managedFields).filter((entry) => !isKubefed(entry));
}

/** Its program shares its name with others. But only KubeFed sets its label. */
function isKubefed({ manager, operation, subresource, fieldsV1 }: Fields): boolean {
  const isUpdate = operation === "Update" && (subresource ?? "") === "";
  return (
    isUpdate && KUBEFED_MANAGERS.has(manager) && removed(fieldsV1, ["metadata", "labels", MANAGED]) !== null
  );
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
