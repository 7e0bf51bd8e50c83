/** What a bearer token says about itself. It is not verified: only the API server can do that. */
import { isRecord } from "../kube/kube-error.ts";

/** The ServiceAccount that a token stands for. */
export type ServiceAccount = { readonly namespace: string; readonly name: string };

const USER = /^system:serviceaccount:([a-z0-9-]{1,63}):([a-z0-9.-]{1,253})$/;

/** Null: the name is not that of a ServiceAccount. */
export function serviceAccountOf(userName: string): ServiceAccount | null {
  const [, namespace, name] = USER.exec(userName) ?? [];
  return namespace === undefined || name === undefined ? null : { namespace, name };
}

/** From the claim `sub` of a JSON Web Token (RFC 7519); null for any other token. */
export function accountOfToken(token: string): ServiceAccount | null {
  const { sub } = claimsOf(token);
  return typeof sub === "string" ? serviceAccountOf(sub) : null;
}

/** Wall time in ms, from the claim `exp`; null: it does not expire, or does not say. */
export function expiryOfToken(token: string): number | null {
  const { exp } = claimsOf(token);
  return typeof exp === "number" && Number.isFinite(exp) ? exp * 1000 : null;
}

function claimsOf(token: string): Readonly<Record<string, unknown>> {
  const [, payload = ""] = token.split(".");
  try {
    const claims: unknown = JSON.parse(Buffer.from(payload, "base64url").toString("utf8"));
    return isRecord(claims) ? claims : {};
  } catch {
    return {};
  }
}
