/** Bearer tokens of service accounts, and the user names they stand for. */
import { createHash } from "node:crypto";

export function accountName(namespace: string, name: string): string {
  return `system:serviceaccount:${namespace}:${name}`;
}

/** A JSON Web Token in form, for clients that decode it. The signature is random and never verified. */
export function serviceAccountToken(namespace: string, name: string, random: () => number): string {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");
  const nonce = Array.from({ length: 4 }, random).join(" ");
  const signature = createHash("sha256").update(nonce).digest("base64url");
  const claims = { iss: "https://kubernetes.default.svc", sub: accountName(namespace, name) };
  return `${part({ alg: "RS256", typ: "JWT" })}.${part(claims)}.${signature}`;
}
