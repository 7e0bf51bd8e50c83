/**
 * What server-side apply cannot express, said otherwise:
 *
 *   kind           | in the template       | sent
 *   any            | null, at any depth    | nothing: built-in kinds would own it and set its default, others refuse it
 *   Secret         | stringData            | data: a key that goes away would stay otherwise
 *   ServiceAccount | an empty secrets list | nothing: old API servers fill it
 */
import { isJsonRecord, type JsonRecord } from "../../kernel/json.ts";

/** By kind. The body is not changed. */
export function applicable(body: JsonRecord): JsonRecord {
  if (body["kind"] === "Secret" && isJsonRecord(body["stringData"])) {
    const { stringData, data, ...rest } = body;
    const encoded = Object.entries(stringData).map(([key, value]) => [
      key,
      Buffer.from(String(value)).toString("base64"),
    ]);
    return { ...rest, data: { ...(isJsonRecord(data) && data), ...Object.fromEntries(encoded) } };
  }
  if (body["kind"] === "ServiceAccount" && Array.isArray(body["secrets"]) && body["secrets"].length === 0) {
    const { secrets: _, ...rest } = body;
    return rest;
  }
  return body;
}

export function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return (value as readonly unknown[]).map(withoutNulls);
  if (!isJsonRecord(value)) return value;
  const entries = Object.entries(value).filter(([, one]) => one !== null);
  return Object.fromEntries(entries.map(([key, one]) => [key, withoutNulls(one)]));
}
