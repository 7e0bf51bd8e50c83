/** An error answer of an API server: its HTTP code, the reason and message of its Status body, and how long it asks us to wait. */
import { OperationalError } from "../../kernel/error.ts";

/** A limit against absurd values of Retry-After; API servers ask for 1 s, sometimes a few. */
const RETRY_AFTER_MAX_MS = 30_000;
/** Error bodies may be HTML pages of a proxy, and refusals of Jobs print whole Go structures. */
const MESSAGE_MAX_CHARACTERS = 500;
/** What tells refusals apart may stand behind a long list of groups. */
const SENTENCE_MAX_CHARACTERS = 8_000;

type KubeErrorOptions = {
  /** HTTP code, 400 to 599, or the code of a Status object in a watch stream. */
  readonly status: number;
  /** The Status body's reason ("Expired", "NotFound", …), "" if there is none. */
  readonly reason: string;
  readonly message: string;
  /** The Status body's message as sent, or the text of a body that is not JSON. Even its last blank may mean something. */
  readonly sentence: string;
  readonly retryAfterMs: number | null;
  /** The Status body's details, as sent and not validated; for conflicts they name the owners of fields. */
  readonly details: unknown;
  /** Of the answer; "" without one. API servers send some Status bodies as text/plain. */
  readonly contentType: string;
  /** A 429 of priority and fairness: not the server has too much to do, but those who share a priority level. Default: false. */
  readonly isFlowLimited?: boolean;
  /** Of the Status body of an expired list: what the rest of it can be read with, at a later state; "" = nothing. Default: "". */
  readonly continueToken?: string;
};

export class KubeError extends OperationalError {
  readonly status: number;
  readonly reason: string;
  readonly sentence: string;
  readonly retryAfterMs: number | null;
  readonly details: unknown;
  readonly contentType: string;
  readonly isFlowLimited: boolean;
  readonly continueToken: string;

  constructor(options: KubeErrorOptions) {
    super("KUBE_STATUS", options.message);
    this.name = "KubeError";
    this.status = options.status;
    this.reason = options.reason;
    this.sentence = options.sentence;
    this.retryAfterMs = options.retryAfterMs;
    this.details = options.details;
    this.contentType = options.contentType;
    this.isFlowLimited = options.isFlowLimited ?? false;
    this.continueToken = options.continueToken ?? "";
  }
}

/** 410 Gone, as HTTP status or in a watch stream: the resourceVersion or continue token is too old to go on from. */
export function isGone(error: unknown): boolean {
  return error instanceof KubeError && (error.status === 410 || error.reason === "Expired");
}

type ErrorHeaders = {
  readonly retryAfter?: string;
  readonly contentType?: string;
  /** X-Kubernetes-PF-FlowSchema-UID, which servers with priority and fairness send with every answer. */
  readonly flowSchema?: string;
};

/** Reads an error answer; `body` is the parsed JSON, whatever its content type, or, where it was not JSON, the text. */
export function kubeErrorOf(status: number, headers: ErrorHeaders, body: unknown): KubeError {
  const fields: Readonly<Record<string, unknown>> = isRecord(body) ? body : {};
  const details = isRecord(fields["details"]) ? fields["details"] : {};
  const metadata = isRecord(fields["metadata"]) ? fields["metadata"] : {};
  const text =
    typeof fields["message"] === "string" ? fields["message"] : typeof body === "string" ? body : "";
  const reason = typeof fields["reason"] === "string" ? fields["reason"] : "";
  const shown = text.trim().slice(0, MESSAGE_MAX_CHARACTERS);
  return new KubeError({
    status,
    reason,
    message: `the API server answered ${status}${reason === "" ? "" : ` ${reason}`}${shown === "" ? "" : `: ${shown}`}`,
    sentence: text.slice(0, SENTENCE_MAX_CHARACTERS),
    retryAfterMs: readRetryAfter(headers.retryAfter, details["retryAfterSeconds"]),
    details: fields["details"],
    contentType: headers.contentType ?? "",
    continueToken: typeof metadata["continue"] === "string" ? metadata["continue"] : "",
    // Its own refusals have no Status: those that have one come from behind it.
    isFlowLimited: status === 429 && headers.flowSchema !== undefined && !isRecord(body),
  });
}

/** The Status object of a watch's ERROR event. */
export function kubeErrorOfStatus(object: unknown): KubeError {
  const code = isRecord(object) ? object["code"] : undefined;
  return kubeErrorOf(typeof code === "number" && Number.isInteger(code) ? code : 500, {}, object);
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

/** TCP keep-alive gave up: the peer has been gone since the last bytes. */
export function isKeepAliveTimeout(error: unknown): boolean {
  const cause = error instanceof Error ? error.cause : undefined;
  return isRecord(cause) && cause["code"] === "ETIMEDOUT";
}
