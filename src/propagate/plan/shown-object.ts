/**
 * What is shown and compared of a copy: its content. Left out is what the API server keeps for itself, what controllers report,
 * and the labels by which copies are known; the values of Secrets are replaced by marks that tell whether they differ.
 */
import { canonicalJson, isJsonRecord, type JsonRecord } from "../../kernel/json.ts";
import { ADOPTED, APPLIED, LEFT_OUT, MANAGED, OWNER } from "../federated/labels.ts";

const SERVER_FIELDS: ReadonlySet<string> = new Set([
  "managedFields",
  "resourceVersion",
  "uid",
  "generation",
  "creationTimestamp",
  "deletionTimestamp",
  "deletionGracePeriodSeconds",
  "selfLink",
]);
/** Names in maps of the metadata. kubectl's annotation has the whole object once more, and so the values of a Secret. */
const HIDDEN: Readonly<Record<string, ReadonlySet<string>>> = {
  labels: new Set([ADOPTED, APPLIED, LEFT_OUT, MANAGED, OWNER]),
  annotations: new Set(["kubectl.kubernetes.io/last-applied-configuration"]),
};

type ShownPair = { readonly before: JsonRecord | null; readonly after: JsonRecord | null };

/** Null stays null. Neither object is changed. */
export function shownPair(before: JsonRecord | null, after: JsonRecord | null): ShownPair {
  const pair = { before: contentOf(before), after: contentOf(after) };
  return isSecret(before) || isSecret(after) ? maskedPair(pair) : pair;
}

function contentOf(object: JsonRecord | null): JsonRecord | null {
  if (object === null) return null;
  const { apiVersion, kind, status: _, metadata, ...content } = object;
  const kept = Object.entries(isJsonRecord(metadata) ? metadata : {})
    .filter(([field]) => !SERVER_FIELDS.has(field))
    .map(([field, value]) => [field, without(HIDDEN[field], value)] as const)
    .filter(([, value]) => value !== undefined);
  return { apiVersion, kind, metadata: Object.fromEntries(kept), ...content };
}

/** A map that is empty afterwards is as good as none. */
function without(names: ReadonlySet<string> | undefined, value: unknown): unknown {
  if (names === undefined || !isJsonRecord(value)) return value;
  const entries = Object.entries(value).filter(([name]) => !names.has(name));
  return entries.length === 0 ? undefined : Object.fromEntries(entries);
}

function isSecret(object: JsonRecord | null): boolean {
  return object?.["kind"] === "Secret" && (object["apiVersion"] ?? "v1") === "v1";
}

function maskedPair({ before, after }: ShownPair): ShownPair {
  return { before: masked(before, after, "before"), after: masked(after, before, "after") };
}

function masked(object: JsonRecord | null, other: JsonRecord | null, word: string): JsonRecord | null {
  if (object === null) return null;
  const fields = ["data", "stringData"].filter((field) => isJsonRecord(object[field]));
  return {
    ...object,
    ...Object.fromEntries(
      fields.map((field) => [field, maskedValues(object[field] as JsonRecord, other?.[field], word)]),
    ),
  };
}

function maskedValues(values: JsonRecord, others: unknown, word: string): JsonRecord {
  const known = isJsonRecord(others) ? others : {};
  return Object.fromEntries(
    Object.entries(values).map(([key, value]) => {
      const isBoth = Object.hasOwn(known, key);
      const isSame = !isBoth || canonicalJson(known[key]) === canonicalJson(value);
      return [key, isSame ? "***" : `*** (${word})`];
    }),
  );
}
