/** Failures of single steps, with a cure for the person who runs the command. */
import { OperationalError } from "../../kernel/error.ts";
import { refusalOf, type RequestRefusal } from "../../fleet/objects/refusal.ts";

/** Cures that differ from those for a running fedns. */
const CURES: Partial<Readonly<Record<RequestRefusal["kind"], string>>> = {
  unauthorized: "log in again, or use another context",
  rbac: "use a context whose account may do this, such as one of a cluster administrator",
  escalation:
    "use a context whose account has these permissions itself, such as one of a cluster administrator",
  unreachable: "check that the context is right and the API server can be reached from here",
  "hang-up": "run the command again: it continues where it stopped",
  timeout: "run the command again: it continues where it stopped",
  stale: "run the command again: the object has changed meanwhile",
  exists: "run the command again: the object was created meanwhile",
  "uid-mismatch": "run the command again: the object was replaced meanwhile",
  throttled: "wait a moment and run the command again",
  unavailable: "wait until the API server is ready and run the command again",
  "server-error": "see the log of the API server, and run the command again",
  "namespace-terminating": "wait until the namespace is deleted and run the command again",
};

/** `step`: what was being done, as `us-west: ServiceAccount kube-federation-system/fedns`. */
export function stepError(step: string, error: unknown, plural = ""): OperationalError {
  // It says already which step failed, and the cure.
  if (error instanceof OperationalError && error.code === "CLUSTER_STEP") return error;
  const refusal = refusalOf(error, { plural });
  const cure = CURES[refusal.kind] ?? refusal.advice;
  return new OperationalError("CLUSTER_STEP", `${step}: ${refusal.message}; ${cure}`, { cause: error });
}

/** A step that cannot be done, with its cure. */
export function stepRefused(step: string, sentence: string): OperationalError {
  return new OperationalError("CLUSTER_STEP", `${step}: ${sentence}`);
}
