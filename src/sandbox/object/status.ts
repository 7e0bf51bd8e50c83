/** The `Status` objects that a Kubernetes API server answers failures with: reasons, codes and messages. */
import type { Json, JsonObject } from "./json.ts";

export type StatusCause = { readonly reason: string; readonly message: string; readonly field: string };

/** The subject of a Status: a resource (`services`) or, in validation, a kind (`Service`), with its group ("" is core). */
export type StatusDetails = { readonly group: string; readonly kind: string; readonly name?: string };

/** A failed request: thrown by any code below the handler, and answered with its `status`. */
export class ApiError extends Error {
  readonly code: number;
  readonly status: JsonObject;

  constructor(code: number, reason: string, message: string, more: JsonObject = {}) {
    super(message);
    this.name = "ApiError";
    this.code = code;
    const head = { kind: "Status", apiVersion: "v1", metadata: {}, status: "Failure", message };
    this.status = { ...head, ...(reason !== "" && { reason }), ...more, code };
  }
}

/** A failure that is answered in text/plain, because it arises outside of the code that writes Status objects. */
export class PlainError extends Error {
  readonly code: number;

  constructor(code: number, text: string) {
    super(text);
    this.name = "PlainError";
    this.code = code;
  }
}

/** The answer to a path of a group that no one serves: Go's own, not a Status. */
export function pageNotFound(): PlainError {
  return new PlainError(404, "404 page not found\n");
}

/** The deadline of `?timeout=` has passed. The body is a Status without kind and version. */
export function requestTimeout(): PlainError {
  const message = "Timeout: request did not complete within the allotted timeout";
  const head = { metadata: {}, status: "Failure", message, reason: "Timeout" };
  return new PlainError(504, `${JSON.stringify({ ...head, details: {}, code: 504 })}\n`);
}

/** A failure that the server has no reason for: 500 with the text of the error alone. */
export function unexplained(message: string): ApiError {
  return new ApiError(500, "", message);
}

function detailsOf(subject: StatusDetails, more: JsonObject = {}): JsonObject {
  const { group, kind, name } = subject;
  return { details: { ...(name === undefined ? {} : { name }), ...(group ? { group } : {}), kind, ...more } };
}

/** An object as messages name it: `deployments.apps "web"`. */
function quoted(subject: StatusDetails): string {
  const resource = subject.group ? `${subject.kind}.${subject.group}` : subject.kind;
  return `${resource} "${subject.name ?? ""}"`;
}

export function notFound(subject: StatusDetails): ApiError {
  return new ApiError(404, "NotFound", `${quoted(subject)} not found`, detailsOf(subject));
}

export function noSuchPath(): ApiError {
  return new ApiError(404, "NotFound", "the server could not find the requested resource", { details: {} });
}

export function alreadyExists(subject: StatusDetails, isBeingDeleted: boolean = false): ApiError {
  const before = isBeingDeleted ? "object is being deleted: " : "";
  return new ApiError(409, "AlreadyExists", `${before}${quoted(subject)} already exists`, detailsOf(subject));
}

export function conflict(subject: StatusDetails, why: string): ApiError {
  const message = `Operation cannot be fulfilled on ${quoted(subject)}: ${why}`;
  return new ApiError(409, "Conflict", message, detailsOf(subject));
}

export const optimisticLockMessage =
  "the object has been modified; please apply your changes to the latest version and try again";

export function invalid(subject: StatusDetails, causes: readonly StatusCause[]): ApiError {
  const messages = causes.map((cause) => (cause.field ? `${cause.field}: ${cause.message}` : cause.message));
  const list = messages.length === 1 ? messages[0] : `[${messages.join(", ")}]`;
  const kind = subject.group ? `${subject.kind}.${subject.group}` : subject.kind;
  const message = `${kind} "${subject.name ?? ""}" is invalid: ${list}`;
  return new ApiError(
    422,
    "Invalid",
    message,
    detailsOf(subject, { causes: causes.map((cause) => ({ ...cause })) }),
  );
}

export function forbidden(
  subject: StatusDetails,
  why: string,
  causes: readonly StatusCause[] = [],
): ApiError {
  const more = causes.length > 0 ? { causes: causes.map((cause) => ({ ...cause })) } : {};
  return new ApiError(403, "Forbidden", `${quoted(subject)} is forbidden: ${why}`, detailsOf(subject, more));
}

export function badRequest(message: string): ApiError {
  return new ApiError(400, "BadRequest", message);
}

export function unauthorized(): ApiError {
  return new ApiError(401, "Unauthorized", "Unauthorized");
}

export function methodNotAllowed(): ApiError {
  const message = "the server does not allow this method on the requested resource";
  return new ApiError(405, "MethodNotAllowed", message, { details: {} });
}

export function unsupportedMediaType(message: string): ApiError {
  return new ApiError(415, "UnsupportedMediaType", message);
}

export function tooLarge(limitBytes: number): ApiError {
  return new ApiError(413, "RequestEntityTooLarge", `Request entity too large: limit is ${limitBytes}`);
}

export function expired(message: string, metadata: JsonObject = {}): ApiError {
  return new ApiError(410, "Expired", message, { metadata });
}

/** The requested version is in the future: the client has seen a newer one elsewhere, or before a restart. */
export function versionTooLarge(asked: number, current: number): ApiError {
  const message = `Too large resource version: ${asked}, current: ${current}`;
  const causes = [{ reason: "ResourceVersionTooLarge", message: "Too large resource version" }];
  return new ApiError(504, "Timeout", `Timeout: ${message}`, { details: { causes, retryAfterSeconds: 1 } });
}

/** Causes of a 422, worded as in `k8s.io/apimachinery/pkg/util/validation/field`. */
export function required(field: string, detail = ""): StatusCause {
  return {
    reason: "FieldValueRequired",
    message: detail ? `Required value: ${detail}` : "Required value",
    field,
  };
}

export function invalidValue(field: string, value: Json | undefined, detail: string): StatusCause {
  return {
    reason: "FieldValueInvalid",
    message: `Invalid value: ${JSON.stringify(value ?? null)}: ${detail}`,
    field,
  };
}

export function notFoundValue(field: string, value: Json): StatusCause {
  return { reason: "FieldValueNotFound", message: `Not found: ${JSON.stringify(value)}`, field };
}

export function unsupportedValue(
  field: string,
  value: Json | undefined,
  supported: readonly string[],
): StatusCause {
  const list = supported.map((word) => JSON.stringify(word)).join(", ");
  const message = `Unsupported value: ${JSON.stringify(value ?? null)}: supported values: ${list}`;
  return { reason: "FieldValueNotSupported", message, field };
}

export function forbiddenField(field: string, detail: string): StatusCause {
  return { reason: "FieldValueForbidden", message: `Forbidden: ${detail}`, field };
}

export function tooLong(field: string, longest: number): StatusCause {
  return {
    reason: "FieldValueTooLong",
    message: `Too long: may not be more than ${longest} bytes`,
    field,
  };
}

export function tooMany(field: string, count: number, most: number): StatusCause {
  return {
    reason: "FieldValueTooMany",
    message: `Too many: ${count}: must have at most ${most} items`,
    field,
  };
}

export function duplicateValue(field: string, value: Json): StatusCause {
  return { reason: "FieldValueDuplicate", message: `Duplicate value: ${JSON.stringify(value)}`, field };
}
