/**
 * Errors: those with a cause outside fedns (a file, a socket, a server), those of our own code, and how any thrown value is shown in
 * logs.
 */
import type { ErrorCode } from "./error-codes.ts";

/** A stable code (error-codes.ts), a sentence for operators, and the cause. */
export class OperationalError extends Error {
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "OperationalError";
    this.code = code;
  }
}

/** The fields of a log line about a failure: its sentence and, if it has one, its code. */
export function errorFields(error: unknown): { readonly error: string; readonly code?: ErrorCode } {
  const text = messageOf(error);
  return error instanceof OperationalError ? { error: text, code: error.code } : { error: text };
}

/** The sentence of any thrown value, for a log line or a status field. */
export function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error instanceof AggregateError && error.errors.length > 0)
    return error.errors.map(messageOf).join("; ");
  return error.cause instanceof Error && error.message === "" ? messageOf(error.cause) : error.message;
}

/** For errors in our own code: better to crash here with a sentence than to answer wrongly later. */
export function assert(condition: unknown, sentence: string): asserts condition {
  if (!condition) throw new Error(`assertion failed: ${sentence}`);
}
