/** Why a member could not be read, with the cure, as one sentence. */
import { OperationalError } from "../../kernel/error.ts";
import { refusalOf } from "../../fleet/objects/refusal.ts";
import { stepError } from "../clusters/step-error.ts";

/** `what`: what was being read, without the name of the cluster. */
export function problemSentence(error: unknown, what: string, plural = ""): string {
  const isStep = error instanceof OperationalError && error.code === "CLUSTER_STEP";
  if (isStep && error.cause === undefined) return error.message;
  const cause = isStep ? error.cause : error;
  if (cause instanceof OperationalError && cause.code === "KUBE_TIMEOUT")
    return `${what}: ${cause.message}; --timeout waits longer`;
  if (cause instanceof OperationalError && cause.code === "KUBE_CONFIG") return cause.message;
  const { kind, message } = refusalOf(cause, { plural });
  // The cure of commands that write is that they go on where they stopped.
  if (kind === "hang-up" || kind === "timeout") return `${what}: ${message}; run the command again`;
  return stepError(what, cause, plural).message;
}
