/**
 * The version of a federated object: its template and overrides, but for the number of replicas, which changes without a new version.
 * Its content is kept as text, so that members can go back to it.
 */
import { createHash } from "node:crypto";
import { gunzipSync, gzipSync } from "node:zlib";
import { canonicalJson, isDeeperThan, isJsonRecord, type JsonRecord } from "../../kernel/json.ts";
import { type FederatedObject, LEVELS_MAX } from "../federated/federated-object.ts";
import { type Override, parseOverrides } from "../overrides/parse-overrides.ts";
import { writtenOverrides } from "../overrides/written-overrides.ts";
import { isAboutHost } from "../plain/plain-words.ts";

type VersionContent = Pick<FederatedObject, "template" | "overrides">;

const DIGITS = 12;
const REPLICAS = "/spec/replicas";
/** All annotations of an object may have 256 KiB together. */
const PACKED_MAX_CHARACTERS = 128 << 10;
/** What an object of the host can have. */
const CONTENT_MAX_OCTETS = 2 << 20;

/** 12 hex digits; equal for equal content. */
export function versionOf({ template, overrides }: VersionContent): string {
  const counted = writtenOverrides(withoutReplicas(overrides));
  const content = { template: withReplicas(template, undefined), overrides: counted };
  return createHash("sha256").update(canonicalJson(content)).digest("hex").slice(0, DIGITS);
}

/** Null = it is too large to be kept. */
export function packed({ template, overrides }: VersionContent): string | null {
  const content = { template, overrides: writtenOverrides(overrides) };
  const text = gzipSync(JSON.stringify(content)).toString("base64");
  return text.length > PACKED_MAX_CHARACTERS ? null : text;
}

/** Null = it cannot be read, or is another version. */
export function unpacked(
  text: string | null,
  version: string | null,
  { isPlain }: Pick<FederatedObject, "isPlain">,
): VersionContent | null {
  if (text === null || version === null || text.length > PACKED_MAX_CHARACTERS) return null;
  const content = contentOf(text);
  if (content === null || (isPlain && !isPlainContent(content))) return null;
  return versionOf(content) === version ? content : null;
}

/** It is read as the spec of an object is, by the same rules: whoever may write the annotation may write that. */
function contentOf(text: string): VersionContent | null {
  try {
    const octets = gunzipSync(Buffer.from(text, "base64"), { maxOutputLength: CONTENT_MAX_OCTETS });
    const value: unknown = JSON.parse(octets.toString("utf8"));
    if (!isJsonRecord(value) || isDeeperThan(value, LEVELS_MAX)) return null;
    const { template } = value;
    const parsed = parseOverrides(value["overrides"]);
    return isJsonRecord(template) && !("problem" in parsed) ? { template, ...parsed } : null;
  } catch {
    return null;
  }
}

/** Plain objects have no overrides, and their copies no annotations of federations. */
function isPlainContent({ template, overrides }: VersionContent): boolean {
  const metadata = isJsonRecord(template["metadata"]) ? template["metadata"] : {};
  const annotations = isJsonRecord(metadata["annotations"]) ? metadata["annotations"] : {};
  return overrides.length === 0 && Object.keys(annotations).every((name) => !isAboutHost(name));
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
