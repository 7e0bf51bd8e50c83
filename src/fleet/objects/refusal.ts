/**
 * Why a request failed, as far as its answer tells. The first row that fits decides; `sentence` is the message of the Status.
 *
 * | kind | answer | retry | outcome |
 * |---|---|---|---|
 * | not-permitted | nothing was sent: the permit said no | later | not done |
 * | unreachable | nothing was sent: no connection, no credentials | later | not done |
 * | hang-up | the connection broke, the answer did not come or cannot be read, the permit was lost | after reading | unknown |
 * | webhook-denied | the sentence starts `admission webhook "NAME" denied the request`, whatever the code | no | not done |
 * | webhook-unavailable | `failed calling webhook` | later | not done |
 * | invalid-manifest | `failed to create typed patch object` | no | not done |
 * | live-duplicates | `failed to create manager for existing fields` | no | not done |
 * | too-large | 413; `request is too large`; `ResourceExhausted`; cause FieldValueTooLong beyond 64 KiB | no | not done |
 * | unauthorized | 401 | later | not done |
 * | namespace-terminating | 403, cause NamespaceTerminating | later | not done |
 * | escalation | 403, `attempting to grant RBAC permissions not currently held` | no | not done |
 * | rbac | 403, `User "…" cannot VERB resource`, or `is forbidden: ` and nothing: patch is allowed and create is not | no | not done |
 * | quota | 403, `exceeded quota` or `failed quota` | later | not done |
 * | admission | every other 403; 422 of a ValidatingAdmissionPolicy | no | not done |
 * | namespace-missing | 404, details.kind is namespaces, and the request was for another resource | later | not done |
 * | object-missing | 404 with details.name | after reading | not done |
 * | kind-not-served | every other 404 of an API server | no | not done |
 * | exists | 409 AlreadyExists; 409 Conflict of a guarded create | after reading | not done |
 * | field-conflict | 409 with causes FieldManagerConflict | no | not done |
 * | uid-mismatch | 409 with a sentence about the uid; 422 with a cause about metadata.uid | after reading | not done |
 * | quota-busy | 409 about a ResourceQuota, which others changed at the same time | later | not done |
 * | stale | every other 409 | after reading | not done |
 * | patch-test | 422 without details: a `test` of a JSON patch failed | after reading | not done |
 * | invalid | 422 with causes; `isImmutable` when the object would have to be created again | no | not done |
 * | expired | 410 | after reading | not done |
 * | throttled | 429; `isFlowLimited` by priority and fairness | later | not done |
 * | timeout | 504, or reason Timeout or ServerTimeout | after reading | unknown |
 * | unavailable | 503 | later | unknown |
 * | server-error | every other 5xx; an answer that no API server gives | later | unknown |
 * | bad-request | every other 4xx: a fault of fedns | no | not done |
 */
import { messageOf, OperationalError } from "../../kernel/error.ts";
import { isRecord, KubeError } from "../kube/kube-error.ts";
import { type Cause, causesOf, type FieldOwner, fieldOwnersOf, isImmutable } from "./refusal-causes.ts";

/** `later`: the same request may succeed. `after-reading`: read the object and decide again. `no`: something has to change first. */
type RetryAdvice = "later" | "after-reading" | "no";

type Reason =
  | { readonly kind: "field-conflict"; readonly owners: readonly FieldOwner[] }
  /** `isReplaced`: another object has the name now; else there is none. */
  | { readonly kind: "uid-mismatch"; readonly isReplaced: boolean }
  | { readonly kind: "exists"; readonly isTerminating: boolean }
  | { readonly kind: "webhook-denied" | "webhook-unavailable"; readonly webhook: string }
  | { readonly kind: "rbac"; readonly isCreateMissing: boolean }
  | { readonly kind: "invalid"; readonly isImmutable: boolean; readonly causes: readonly Cause[] }
  | { readonly kind: "throttled"; readonly isFlowLimited: boolean }
  | { readonly kind: PlainKind };

type PlainKind =
  | "not-permitted"
  | "unreachable"
  | "hang-up"
  | "invalid-manifest"
  | "live-duplicates"
  | "too-large"
  | "unauthorized"
  | "namespace-terminating"
  | "escalation"
  | "quota"
  | "admission"
  | "namespace-missing"
  | "object-missing"
  | "kind-not-served"
  | "quota-busy"
  | "stale"
  | "patch-test"
  | "expired"
  | "timeout"
  | "unavailable"
  | "server-error"
  | "bad-request";

export type RequestRefusal = Reason & {
  readonly retry: RetryAdvice;
  /** The request may have been carried out: read before the next write. */
  readonly isOutcomeUnknown: boolean;
  /** The server's Retry-After. */
  readonly retryAfterMs: number | null;
  /** What to do, in one sentence, for a status or a log line. */
  readonly advice: string;
  /** What the API server said, shortened. */
  readonly message: string;
};

/** `plural`: of the resource that was asked for. `isGuardedCreate`: an apply with `mustNotExist`. */
export type RefusedRequest = { readonly plural: string; readonly isGuardedCreate?: boolean };

const MESSAGE_MAX_CHARACTERS = 500;

/** `error`: what a request has thrown. Total: every value is some kind of refusal. */
export function refusalOf(error: unknown, request: RefusedRequest): RequestRefusal {
  const reason = error instanceof KubeError ? reasonOf(error, request) : reasonWithoutAnswer(error);
  const { retry, isUnknown, advice } = ADVICE[reason.kind];
  return {
    ...reason,
    retry,
    isOutcomeUnknown: isUnknown ?? false,
    retryAfterMs: error instanceof KubeError ? error.retryAfterMs : null,
    advice: reason.kind === "throttled" && reason.isFlowLimited ? FLOW_ADVICE : advice,
    message: messageOf(error).slice(0, MESSAGE_MAX_CHARACTERS),
  };
}

function reasonOf(error: KubeError, request: RefusedRequest): Reason {
  const { status } = error;
  const bySentence = reasonBySentence(error);
  if (bySentence !== null) return bySentence;
  if (status === 504 || error.reason === "Timeout" || error.reason === "ServerTimeout")
    return { kind: "timeout" };
  if (status === 403) return forbidden(error);
  if (status === 404) return missing(error, request);
  if (status === 409) return conflict(error, request);
  if (status === 422) return unprocessable(error);
  if (status === 429) return { kind: "throttled", isFlowLimited: error.isFlowLimited };
  const kind = KIND_BY_STATUS[status];
  if (kind !== undefined) return { kind };
  return { kind: status >= 400 && status < 500 ? "bad-request" : "server-error" };
}

const KIND_BY_STATUS: Readonly<Record<number, PlainKind>> = {
  401: "unauthorized",
  410: "expired",
  503: "unavailable",
};

/** Webhooks choose their codes freely, and some errors have the code 500 although a retry is in vain. */
function reasonBySentence(error: KubeError): Reason | null {
  const { sentence, status } = error;
  const denied = /^admission webhook "([^"]*)" denied the request/.exec(sentence);
  if (denied !== null) return { kind: "webhook-denied", webhook: denied[1] ?? "" };
  if (sentence.includes("failed calling webhook")) {
    const webhook = /failed calling webhook "([^"]*)"/.exec(sentence)?.[1] ?? "";
    return { kind: "webhook-unavailable", webhook };
  }
  if (sentence.includes("failed to create typed patch object")) return { kind: "invalid-manifest" };
  if (sentence.includes("failed to create manager for existing fields")) return { kind: "live-duplicates" };
  const isTooLarge =
    status === 413 ||
    /request is too large|ResourceExhausted/.test(sentence) ||
    causesOf(error).some(({ isObjectTooLarge }) => isObjectTooLarge);
  return isTooLarge ? { kind: "too-large" } : null;
}

function forbidden(error: KubeError): Reason {
  const { sentence } = error;
  if (causesOf(error).some(({ reason }) => reason === "NamespaceTerminating"))
    return { kind: "namespace-terminating" };
  if (sentence.includes("attempting to grant RBAC permissions not currently held"))
    return { kind: "escalation" };
  const isCreateMissing = /is forbidden:\s*$/.test(sentence);
  if (isCreateMissing || /User ".*" cannot /.test(sentence)) return { kind: "rbac", isCreateMissing };
  return { kind: /(exceeded|failed) quota/.test(sentence) ? "quota" : "admission" };
}

function missing(error: KubeError, request: RefusedRequest): Reason {
  const details = isRecord(error.details) ? error.details : {};
  const hasName = typeof details["name"] === "string" && details["name"] !== "";
  if (hasName && details["kind"] === "namespaces" && request.plural !== "namespaces")
    return { kind: "namespace-missing" };
  if (hasName) return { kind: "object-missing" };
  // A page of a proxy says nothing about the API server.
  return { kind: error.contentType.includes("html") ? "server-error" : "kind-not-served" };
}

function conflict(error: KubeError, request: RefusedRequest): Reason {
  const { sentence } = error;
  if (error.reason === "AlreadyExists")
    return { kind: "exists", isTerminating: sentence.includes("being deleted") };
  const owners = fieldOwnersOf(error);
  if (owners.length > 0) return { kind: "field-conflict", owners };
  if (isRecord(error.details) && error.details["kind"] === "resourcequotas" && isOther(request))
    return { kind: "quota-busy" };
  if (sentence.includes("uid mismatch")) return { kind: "uid-mismatch", isReplaced: false };
  if (/UID in (the )?precondition/.test(sentence) && !/UID in precondition: ,/.test(sentence))
    return { kind: "uid-mismatch", isReplaced: true };
  return request.isGuardedCreate === true ? { kind: "exists", isTerminating: false } : { kind: "stale" };
}

function isOther({ plural }: RefusedRequest): boolean {
  return plural !== "resourcequotas";
}

function unprocessable(error: KubeError): Reason {
  const causes = causesOf(error);
  if (causes.some(({ field }) => field === "metadata.uid")) return { kind: "uid-mismatch", isReplaced: true };
  if (/^(ValidatingAdmissionPolicy |.*is forbidden: ValidatingAdmissionPolicy )/.test(error.sentence))
    return { kind: "admission" };
  if (causes.length === 0 && error.sentence.startsWith("the server rejected our request due to an error"))
    return { kind: "patch-test" };
  return { kind: "invalid", isImmutable: isImmutable(error.sentence, causes), causes };
}

/** The causes of errors by which the connection was never made, so that nothing can have been sent. */
const NOT_SENT = new Set(
  (
    "ECONNPROXY ECONNREFUSED ENOTFOUND EAI_AGAIN EHOSTUNREACH ENETUNREACH UND_ERR_CONNECT_TIMEOUT CERT_HAS_EXPIRED " +
    "DEPTH_ZERO_SELF_SIGNED_CERT SELF_SIGNED_CERT_IN_CHAIN UNABLE_TO_VERIFY_LEAF_SIGNATURE " +
    "UNABLE_TO_GET_ISSUER_CERT_LOCALLY ERR_TLS_CERT_ALTNAME_INVALID"
  ).split(" "),
);

/** No request was sent, since there was nothing to send it with. */
const WITHOUT_CREDENTIALS = new Set<string>(
  "KUBE_NO_CREDENTIALS KUBE_CLOSED KUBE_EXEC KUBE_CONFIG KUBE_NOT_ALLOWED KUBE_AUTH_PROVIDER".split(" "),
);

function reasonWithoutAnswer(error: unknown): Reason {
  if (!(error instanceof OperationalError)) return { kind: "hang-up" };
  if (error.code === "WRITE_NOT_PERMITTED") return { kind: "not-permitted" };
  if (error.code === "KUBE_BAD_NAME") return { kind: "bad-request" };
  if (WITHOUT_CREDENTIALS.has(error.code)) return { kind: "unreachable" };
  for (let cause: unknown = error; cause instanceof Error; cause = cause.cause) {
    const codes = cause instanceof AggregateError ? cause.errors.map(codeOf) : [codeOf(cause)];
    if (codes.some((code) => NOT_SENT.has(code))) return { kind: "unreachable" };
  }
  return { kind: "hang-up" };
}

function codeOf(error: unknown): string {
  return isRecord(error) && typeof error["code"] === "string" ? error["code"] : "";
}

const FLOW_ADVICE =
  "priority and fairness of the API server limits what fedns sends; fedns waits as long as it asks";

type Advice = { readonly retry: RetryAdvice; readonly isUnknown?: boolean; readonly advice: string };

const ADVICE: Readonly<Record<Reason["kind"], Advice>> = {
  "not-permitted": { retry: "later", advice: "another replica writes at present, or writes are paused" },
  unreachable: { retry: "later", advice: "check the API server's address, certificate and credentials" },
  "hang-up": {
    retry: "after-reading",
    isUnknown: true,
    advice: "the connection broke before the answer came: fedns reads the object before it writes again",
  },
  "webhook-denied": { retry: "no", advice: "change the object, or the rule of the webhook that denied it" },
  "webhook-unavailable": { retry: "later", advice: "repair the webhook, or remove its configuration" },
  "invalid-manifest": {
    retry: "no",
    advice:
      "correct the template: a field is of the wrong type or not known to the cluster, or a list has an item twice",
  },
  "live-duplicates": {
    retry: "no",
    advice: "the object in the cluster has an item twice in a list: remove one with kubectl edit",
  },
  "too-large": { retry: "no", advice: "make the object smaller" },
  unauthorized: { retry: "later", advice: "renew the credentials of the cluster" },
  "namespace-terminating": {
    retry: "later",
    advice: "wait until the namespace is deleted; if it hangs, look for finalizers in it",
  },
  escalation: { retry: "no", advice: "give the account of fedns the permissions that the role grants" },
  rbac: { retry: "no", advice: "give the account of fedns the permission that the message names" },
  quota: { retry: "later", advice: "raise the quota of the namespace, or ask for less" },
  admission: { retry: "no", advice: "change the object so that the cluster's admission rules allow it" },
  "namespace-missing": { retry: "later", advice: "create the namespace in the cluster, or place it there" },
  "object-missing": { retry: "after-reading", advice: "the object is gone: fedns decides again" },
  "kind-not-served": {
    retry: "no",
    advice: "install the CustomResourceDefinition in the cluster, in a version that fedns uses",
  },
  exists: {
    retry: "after-reading",
    advice: "an object of this name exists: decide whether fedns may adopt it",
  },
  "field-conflict": {
    retry: "no",
    advice: "another writer owns these fields: leave them to it, or let fedns take them",
  },
  "uid-mismatch": {
    retry: "after-reading",
    advice: "the object was deleted or replaced: fedns decides again",
  },
  "quota-busy": {
    retry: "later",
    advice: "many objects are created in the namespace at once; fedns retries",
  },
  stale: { retry: "after-reading", advice: "the object has changed: fedns reads it and decides again" },
  "patch-test": { retry: "after-reading", advice: "the object is not as expected: fedns reads it again" },
  invalid: { retry: "no", advice: "correct the fields that the message names" },
  expired: { retry: "after-reading", advice: "the version is too old: fedns reads again" },
  throttled: { retry: "later", advice: "the API server is overloaded; fedns waits as long as it asks" },
  timeout: {
    retry: "after-reading",
    isUnknown: true,
    advice: "the API server did not finish in time: fedns reads the object before it writes again",
  },
  unavailable: { retry: "later", isUnknown: true, advice: "the API server is not ready; fedns retries" },
  "server-error": { retry: "later", isUnknown: true, advice: "see the log of the API server; fedns retries" },
  "bad-request": { retry: "no", advice: "this request should not have been made: report a bug" },
};
