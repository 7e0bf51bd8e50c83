/** Admission webhooks: functions of this process, or servers that a configuration names. They mutate or deny writes. */
import type { JsonObject } from "../object/json.ts";
import type { KubeObject } from "../object/object.ts";
import { ApiError } from "../object/status.ts";
import type { User } from "../object/user.ts";
import type { ApiResource } from "../store/resource.ts";

type Operation = "CREATE" | "UPDATE" | "DELETE";

export type AdmissionRequest = {
  readonly operation: Operation;
  readonly resource: ApiResource;
  readonly subresource: string;
  readonly namespace: string;
  readonly name: string;
  /** Absent for DELETE. */
  readonly object?: KubeObject;
  /** Absent for CREATE. */
  readonly oldObject?: KubeObject;
  readonly user: User;
  readonly isDryRun: boolean;
};

/** A denial has the code, reason and message that the hook chooses; all of them may be missing. */
export type AdmissionAnswer =
  | { readonly isAllowed: true; readonly object?: KubeObject; readonly warnings?: readonly string[] }
  | {
      readonly isAllowed: false;
      readonly code?: number;
      readonly reason?: string;
      readonly message?: string;
    };

export type Webhook = {
  readonly name: string;
  /** Mutating ones are asked first, and may answer with another object. */
  readonly kind: "mutating" | "validating";
  /** `Fail` refuses the write where the hook does not answer. Default: Fail. */
  readonly failurePolicy?: "Fail" | "Ignore";
  /** Default: 10 seconds. */
  readonly timeoutMs?: number;
  /** Default: every write. */
  readonly when?: (request: AdmissionRequest) => boolean;
  /** A rejection is a hook that does not answer. */
  readonly ask: (request: AdmissionRequest) => AdmissionAnswer | Promise<AdmissionAnswer>;
};

export const WEBHOOK_TIMEOUT_MS = 10_000;

/** The 4xx of a hook that denied the write. Without a code of its own it is 400, and it has no reason unless given one. */
export function deniedBy(
  name: string,
  answer: Extract<AdmissionAnswer, { readonly isAllowed: false }>,
): ApiError {
  const { code = 400, reason = "", message = "" } = answer;
  const head = `admission webhook ${JSON.stringify(name)} denied the request`;
  const why = message || reason;
  return new ApiError(
    Math.max(400, code),
    reason,
    why === "" ? `${head} without explanation` : `${head}: ${why}`,
  );
}

/** The 500 of a hook that did not answer. */
export function failedWebhook(name: string, why: string): ApiError {
  const message = `failed calling webhook ${JSON.stringify(name)}: failed to call webhook: ${why}`;
  const details: JsonObject = { causes: [{ message }] };
  return new ApiError(500, "InternalError", `Internal error occurred: ${message}`, { details });
}
