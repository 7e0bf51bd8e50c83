/** Reads what an API server answers, within limits: errors, JSON bodies, and the lines of a watch. */
import { setImmediate } from "node:timers/promises";
import type { Readable } from "node:stream";
import { messageOf, OperationalError } from "../../kernel/error.ts";
import { shownProxy } from "../proxy/proxy.ts";
import type { Credentials } from "./credentials.ts";
import { kubeErrorOf } from "./kube-error.ts";
import { splitLines } from "./lines.ts";

/** Real pages of 500 objects have 1 to 10 MB. (At etcd's limit of 1.5 MB for an object a page could have 750 MB.) */
const BODY_MAX_BYTES = 64 * 1024 * 1024;
/** Five times the largest object that etcd stores: an object grows when it is converted from protobuf to JSON. */
const LINE_MAX_BYTES: number = 8 * 1024 * 1024;
/** The refusal of a Job repeats the Job several times. */
const ERROR_BODY_MAX_BYTES: number = 1024 * 1024;

/** `identity`: of the server that answered. */
export type ApiResponse = {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Readable;
  /** After the end of the body: it ended because the stream was cut. HTTP/2 streams end without an error then. */
  readonly isCut?: () => boolean;
  readonly identity: string;
};

export type ApiReply = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** null when the answer was not JSON. */
  readonly json: unknown;
  /** Identity of the server that answered (Transport.identity). */
  readonly identity: string;
  /** Length of the body. */
  readonly octets: number;
};

/** The body of a successful response. Throws KubeError for status codes from 300 up. */
export async function accepted(answer: ApiResponse): Promise<ApiResponse["body"]> {
  if (answer.statusCode < 300) return answer.body;
  const {
    "retry-after": retryAfter,
    "content-type": contentType,
    "x-kubernetes-pf-flowschema-uid": flowSchema,
  } = answer.headers;
  const text = await readBody(answer.body, ERROR_BODY_MAX_BYTES).then(String, () => "");
  const headers = {
    ...(typeof retryAfter === "string" && { retryAfter }),
    ...(typeof contentType === "string" && { contentType }),
    ...(typeof flowSchema === "string" && { flowSchema }),
  };
  throw kubeErrorOf(answer.statusCode, headers, jsonOr(text, text));
}

/** The lines of a watch. Throws the signal's reason when aborted, else an OperationalError. */
export async function* linesOf(answer: ApiResponse, signal: AbortSignal): AsyncGenerator<Buffer> {
  try {
    yield* splitLines(answer.body, LINE_MAX_BYTES);
    signal.throwIfAborted();
    if (answer.isCut?.() === true) throw unreachable(new Error("the stream was cut"));
    // Undici frees the connection one turn of the event loop after the end of an answer: an earlier request would open a second one.
    await setImmediate();
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    throw error instanceof OperationalError ? error : unreachable(error);
  }
}

/** Throws OperationalError KUBE_BODY_TOO_LARGE beyond `maxBytes`. */
export async function readBody(
  body: ApiResponse["body"],
  maxBytes: number = BODY_MAX_BYTES,
): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    sizeBytes += chunk.length;
    if (sizeBytes > maxBytes)
      throw new OperationalError("KUBE_BODY_TOO_LARGE", `the answer is longer than ${maxBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, sizeBytes);
}

/** Null for text: /readyz answers "ok". */
export function parseBody(bytes: Buffer, contentType: string | string[] | undefined): unknown {
  if (!String(contentType).includes("json")) return null;
  const value = jsonOr(bytes.toString("utf8"), NOT_JSON);
  if (value !== NOT_JSON) return value;
  throw new OperationalError("KUBE_BAD_BODY", "the answer says that it is JSON, and is not");
}

const NOT_JSON = Symbol("not JSON");

function jsonOr(text: string, otherwise: unknown): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return otherwise;
  }
}

/** The connection to the server failed. */
export function unreachable(error: unknown, route?: Pick<Credentials, "server" | "proxy">): OperationalError {
  const where = route === undefined ? "the connection broke" : `cannot reach ${route.server.origin}`;
  const through = route === undefined || route.proxy === null ? "" : ` through ${shownProxy(route.proxy)}`;
  return new OperationalError("KUBE_UNREACHABLE", `${where}${through}: ${messageOf(error)}`, {
    cause: error,
  });
}
