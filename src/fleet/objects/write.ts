/** What all writes share: the permit, the field manager, and the reply. */
import type { ApiReply } from "../kube/api-response.ts";
import type { RequestOptions, Transport } from "../kube/transport.ts";
import { isRecord } from "../kube/kube-error.ts";
import type { QueryParameters } from "../kube/request-message.ts";
import type { RequestPurpose } from "../kube/request-slots.ts";
import type { WritePermit } from "../kube/write-permit.ts";
import { type ApiObject, apiObject } from "./api-object.ts";
import { type ObjectKey, objectPath, type SubresourceName } from "./object-path.ts";

const FIELD_MANAGER = "fedns";
/** No object that is stored has it. */
const NO_VERSION = "0";

export type WriteOptions = {
  readonly permit: WritePermit;
  readonly signal: AbortSignal;
  /** Default: "fedns". */
  readonly fieldManager?: string;
  /** The API server checks everything and answers as if it had written. */
  readonly isDryRun?: boolean;
  readonly subresource?: SubresourceName;
  /** Default: "write". */
  readonly purpose?: RequestPurpose;
};
/** What is sent; `apiVersion`, name and namespace come from the key. */
export type ObjectContent = {
  readonly kind: string;
  readonly metadata?: Readonly<Record<string, unknown>>;
  readonly [field: string]: unknown;
};
export type WriteReply = {
  /** 201: the object did not exist before. */
  readonly isCreated: boolean;
  readonly object: ApiObject;
  /** Texts of the Warning headers. */
  readonly warnings: readonly string[];
};

type WriteRequest = Pick<RequestOptions, "method" | "path" | "contentType"> & {
  readonly body: unknown;
  readonly query?: QueryParameters;
};

/** Sends one write. Throws as `Transport.request` does, and KUBE_BAD_OBJECT; `refusalOf` explains what was thrown. */
export async function write(
  transport: Transport,
  { query, ...request }: WriteRequest,
  options: WriteOptions,
): Promise<WriteReply> {
  const reply = await transport.request({
    ...request,
    query: {
      fieldManager: options.fieldManager ?? FIELD_MANAGER,
      dryRun: options.isDryRun === true ? "All" : undefined,
      ...query,
    },
    purpose: options.purpose ?? "write",
    permit: options.permit,
    signal: options.signal,
  });
  return {
    isCreated: reply.status === 201,
    object: apiObject(options.isDryRun === true ? neverStored(reply.json) : reply.json),
    warnings: warningsOf(reply.headers),
  };
}

/** What a dry run would create has no version: it is not stored. */
function neverStored(json: unknown): unknown {
  if (!isRecord(json) || !isRecord(json["metadata"])) return json;
  return { ...json, metadata: { resourceVersion: NO_VERSION, ...json["metadata"] } };
}

export function pathOf(key: ObjectKey, { subresource }: WriteOptions): string {
  return objectPath(key, subresource);
}

/** The manifest with the identity of `key`, so that body and path always agree. */
export function manifestFor(key: ObjectKey, manifest: ObjectContent): ObjectContent {
  const { group, version } = key.resource;
  return {
    ...manifest,
    apiVersion: group === "" ? version : `${group}/${version}`,
    metadata: {
      ...manifest.metadata,
      name: key.name,
      ...(key.namespace !== "" && { namespace: key.namespace }),
    },
  };
}

/** Warning headers have the form `299 - "text"` (RFC 7234 §5.5, KEP-1693). */
function warningsOf({ warning }: ApiReply["headers"]): readonly string[] {
  const text = Array.isArray(warning) ? warning.join(",") : (warning ?? "");
  const quoted = [...text.matchAll(/\d{3} \S+ "((?:[^"\\]|\\.)*)"/g)];
  return quoted.map(([, content = ""]) => content.replaceAll(/\\(.)/g, "$1"));
}
