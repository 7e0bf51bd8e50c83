/**
 * The version of a federated object: its template and overrides, but for the number of replicas, which changes without a new version.
 * Its content is kept as text, so that members can go back to it.
 */
import { createHash } from "node:crypto";
import { gunzipSync, gzipSync } from "node:zlib";
import { canonicalJson, isDeeperThan, isJsonRecord, type JsonRecord } from "../../kernel/json.ts";
import { type FederatedObject, LEVELS_MAX } from "../federated/federated-object.ts";
import type { Override } from "../overrides/parse-overrides.ts";

type VersionContent = Pick<FederatedObject, "template" | "overrides">;

const DIGITS = 12;
const REPLICAS = "/spec/replicas";
/** All annotations of an object may have 256 KiB together. */
const PACKED_MAX_CHARACTERS = 128 << 10;
/** What an object of the host can have. */
const CONTENT_MAX_OCTETS = 4 << 20;

/** 12 hex digits; equal for equal content. */
export function versionOf({ template, overrides }: VersionContent): string {
  const content = { template: withReplicas(template, undefined), overrides: withoutReplicas(overrides) };
  return createHash("sha256").update(canonicalJson(content)).digest("hex").slice(0, DIGITS);
}

/** Null = it is too large to be kept. */
export function packed({ template, overrides }: VersionContent): string | null {
  const text = gzipSync(JSON.stringify({ template, overrides })).toString("base64");
  return text.length > PACKED_MAX_CHARACTERS ? null : text;
}

/** Null = it cannot be read, or is another version. */
export function unpacked(text: string | null, version: string | null): VersionContent | null {
  if (text === null || version === null || text.length > PACKED_MAX_CHARACTERS) return null;
  const content = contentOf(text);
  return content !== null && versionOf(content) === version ? content : null;
}

/** It was checked when it was packed, and has the hash of what was checked. */
function contentOf(text: string): VersionContent | null {
  try {
    const octets = gunzipSync(Buffer.from(text, "base64"), { maxOutputLength: CONTENT_MAX_OCTETS });
    const value: unknown = JSON.parse(octets.toString("utf8"));
    if (!isJsonRecord(value) || isDeeperThan(value, LEVELS_MAX + 2)) return null;
    const { template, overrides } = value;
    return isJsonRecord(template) && Array.isArray(overrides) && overrides.every(isOverride)
      ? { template, overrides }
      : null;
  } catch {
    return null;
  }
}

function isOverride(value: unknown): value is Override {
  if (!isJsonRecord(value) || !isJsonRecord(value["clusters"])) return false;
  const { clusters, operations } = value;
  const isMeant = typeof clusters["name"] === "string" || Array.isArray(clusters["selector"]);
  return isMeant && Array.isArray(operations) && operations.every(isOperation);
}

function isOperation(value: unknown): boolean {
  return isJsonRecord(value) && typeof value["op"] === "string" && typeof value["path"] === "string";
}

/** The object as it was in an older version, with the numbers of replicas that it has now. */
export function inVersion(object: FederatedObject, content: VersionContent): FederatedObject {
  const { template, overrides } = object;
  const spec = template["spec"];
  const replicas = isJsonRecord(spec) ? spec["replicas"] : undefined;
  const numbers = overrides
    .map((one) => ({ ...one, operations: one.operations.filter(({ path }) => path === REPLICAS) }))
    .filter(({ operations }) => operations.length > 0);
  return {
    ...object,
    template: withReplicas(content.template, replicas),
    overrides: [...withoutReplicas(content.overrides), ...numbers],
  };
}

/** `replicas` undefined: without a number. */
function withReplicas(template: JsonRecord, replicas: unknown): JsonRecord {
  const { spec } = template;
  if (!isJsonRecord(spec)) return template;
  const { replicas: _, ...rest } = spec;
  return { ...template, spec: { ...rest, ...(replicas !== undefined && { replicas }) } };
}

function withoutReplicas(overrides: readonly Override[]): readonly Override[] {
  return overrides
    .map((one) => ({ ...one, operations: one.operations.filter(({ path }) => path !== REPLICAS) }))
    .filter(({ operations }) => operations.length > 0);
}
