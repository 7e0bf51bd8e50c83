/** How one probe ended, and whose fault an error is. */
import { messageOf } from "../../kernel/error.ts";
import type { ProbeQuestion } from "../health/probe-spec.ts";

export type ProbeOutcome =
  | { readonly kind: "good" }
  /** `reason`: a few constant words and at most a number or an error's code; nothing the target wrote. */
  | { readonly kind: "bad"; readonly reason: string }
  /** It says nothing about the target: we could not even ask. */
  | { readonly kind: "unclear"; readonly reason: string }
  /** Nothing was sent: no probe may go there. `reason`: one of Denial (probe-failure.ts). */
  | { readonly kind: "denied"; readonly reason: string };

/**
 * Asks the question of one literal address. Never rejects; ends soon after `signal` aborts, with everything it
 * opened closed.
 */
export type Prober = (question: ProbeQuestion, address: string, signal: AbortSignal) => Promise<ProbeOutcome>;

export const GOOD: ProbeOutcome = { kind: "good" };

export function bad(reason: string): ProbeOutcome {
  return { kind: "bad", reason };
}

/** What the system says when it is we who have no descriptor, memory, port, permission or route. */
const LOCAL_CODES = new Set([
  "EMFILE",
  "ENFILE",
  "ENOBUFS",
  "ENOMEM",
  "EADDRNOTAVAIL",
  "EACCES",
  "EPERM",
  "ENETUNREACH",
  "ENETDOWN",
  "EAFNOSUPPORT",
]);

const KNOWN_CODES: Readonly<Record<string, string>> = {
  ECONNREFUSED: "connection refused",
  ECONNRESET: "connection reset",
  EPIPE: "connection reset",
  EHOSTUNREACH: "host unreachable",
  ETIMEDOUT: "timed out",
  CERT_HAS_EXPIRED: "the certificate has expired",
  CERT_NOT_YET_VALID: "the certificate is not valid yet",
  ERR_TLS_CERT_ALTNAME_INVALID: "the certificate is for another name",
  DEPTH_ZERO_SELF_SIGNED_CERT: "the certificate is of an unknown authority",
  SELF_SIGNED_CERT_IN_CHAIN: "the certificate is of an unknown authority",
  UNABLE_TO_GET_ISSUER_CERT: "the certificate is of an unknown authority",
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: "the certificate is of an unknown authority",
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: "the certificate is of an unknown authority",
  ERR_SSL_WRONG_VERSION_NUMBER: "it does not speak TLS",
  ERR_SSL_PACKET_LENGTH_TOO_LONG: "it does not speak TLS",
  EPROTO: "it does not speak TLS",
};

/** The reason why nothing may be sent, thrown in the place of a connection. */
export class DeniedError extends Error {}

/** An error of a socket or a protocol above it. */
export function outcomeOf(error: unknown): ProbeOutcome {
  if (error instanceof DeniedError) return { kind: "denied", reason: error.message };
  const code = codeOf(error);
  if (LOCAL_CODES.has(code)) return { kind: "unclear", reason: `we could not ask (${code})` };
  return bad(
    KNOWN_CODES[code] ??
      (code === ""
        ? messageOf(error)
            .slice(0, 80)
            .replace(/[^\x20-\x7e]/g, "?")
        : `failed (${code})`),
  );
}

function codeOf(error: unknown): string {
  const code = error instanceof Error && "code" in error ? error.code : "";
  return typeof code === "string" && /^[A-Z][A-Z0-9_]{0,63}$/.test(code) ? code : "";
}
