/** An error answer of an API server: its HTTP code, the reason and message of its Status body, and how long it asks us to wait. */
import { OperationalError } from "../../kernel/error.ts";

/** A limit against absurd values of Retry-After; API servers ask for 1 s, sometimes a few. */
const RETRY_AFTER_MAX_MS = 30_000;
/** Error bodies may be HTML pages of a proxy. */
const MESSAGE_MAX_CHARACTERS = 500;

type KubeErrorOptions = {
  /** HTTP code, 400 to 599, or the code of a Status object in a watch stream. */
  readonly status: number;
  /** The Status body's reason ("Expired", "NotFound", …), "" if there is none. */
  readonly reason: string;
  readonly message: string;
  readonly retryAfterMs: number | null;
  /** The Status body's details, as sent and not validated; for conflicts they name the owners of fields. */
  readonly details: unknown;
};

export class KubeError extends OperationalError {
  readonly status: number;
  readonly reason: string;
  readonly retryAfterMs: number | null;
  readonly details: unknown;

  constructor(options: KubeErrorOptions) {
    super("KUBE_STATUS", options.message);
    this.name = "KubeError";
    this.status = options.status;
    this.reason = options.reason;
    this.retryAfterMs = options.retryAfterMs;
    this.details = options.details;
  }
}

/** 410 Gone, as HTTP status or in a watch stream: the resourceVersion or continue token is too old to go on from. */
export function isGone(error: unknown): boolean {
  return error instanceof KubeError && (error.status === 410 || error.reason === "Expired");
}

/** Reads an error answer; `body` is the parsed JSON or, where it was not JSON, the text. */
export function kubeErrorOf(status: number, retryAfter: string | undefined, body: unknown): KubeError {
  const fields: Readonly<Record<string, unknown>> = isRecord(body) ? body : {};
  const details = isRecord(fields["details"]) ? fields["details"] : {};
  const text =
    typeof fields["message"] === "string" ? fields["message"] : typeof body === "string" ? body : "";
  const reason = typeof fields["reason"] === "string" ? fields["reason"] : "";
  const sentence = text.trim().slice(0, MESSAGE_MAX_CHARACTERS);
  return new KubeError({
    status,
    reason,
    message: `the API server answered ${status}${reason === "" ? "" : ` ${reason}`}${sentence === "" ? "" : `: ${sentence}`}`,
    retryAfterMs: readRetryAfter(retryAfter, details["retryAfterSeconds"]),
    details: fields["details"],
  });
}

/** The Status object of a watch's ERROR event. */
export function kubeErrorOfStatus(object: unknown): KubeError {
  const code = isRecord(object) ? object["code"] : undefined;
  return kubeErrorOf(typeof code === "number" && Number.isInteger(code) ? code : 500, undefined, object);
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Only the form in seconds: API servers never send the date form (RFC 9110 §10.2.3 allows both). */
function readRetryAfter(header: string | undefined, seconds: unknown): number | null {
  const value = header !== undefined && /^\d{1,9}$/.test(header) ? Number(header) : seconds;
  if (typeof value !== "number" || !(value > 0)) return null;
  return Math.min(value * 1000, RETRY_AFTER_MAX_MS);
}
