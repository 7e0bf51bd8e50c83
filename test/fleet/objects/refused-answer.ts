/** Answers of an API server that refuses a request, and rows of the truth table of refusals. */
import type { RefusedRequest, RequestRefusal } from "../../../src/fleet/objects/refusal.ts";

const FORBIDDEN = 'configmaps "a" is forbidden: ';
export const UPDATE = 'Operation cannot be fulfilled on configmaps "a": ';
export const UID = "4b6f0a5e-0000-4000-8000-000000000000";

export type Answer = {
  readonly status: number;
  readonly reason?: string;
  readonly message?: string;
  readonly details?: unknown;
  readonly request?: Partial<RefusedRequest>;
  readonly contentType?: string;
};
export type Row = readonly [kind: RequestRefusal["kind"], what: string, answer: Answer, facts?: object];

export function forbidden(rest: string, details: unknown = {}): Answer {
  return { status: 403, reason: "Forbidden", message: FORBIDDEN + rest, details };
}
export function notFound(message: string, details: unknown): Answer {
  return { status: 404, reason: "NotFound", message, details };
}
export function conflict(message: string, details: unknown = {}): Answer {
  return { status: 409, reason: "Conflict", message, details };
}
export function invalid(causes: readonly unknown[]): Answer {
  return { status: 422, reason: "Invalid", message: 'configmaps "a" is invalid: …', details: { causes } };
}
export function owned(message: string, field: string): unknown {
  return { reason: "FieldManagerConflict", message, field };
}
