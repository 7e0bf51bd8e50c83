/** Bearer tokens of service accounts: whose they are, and what they look like. */
import { createHash } from "node:crypto";

export function accountName(namespace: string, name: string): string {
  return `system:serviceaccount:${namespace}:${name}`;
}

/** In the form of a JSON Web Token, for those who look inside; nobody checks its signature, which is chance. */
export function serviceAccountToken(namespace: string, name: string, random: () => number): string {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");
  const chance = Array.from({ length: 4 }, random).join(" ");
  const signature = createHash("sha256").update(chance).digest("base64url");
  const claims = { iss: "https://kubernetes.default.svc", sub: accountName(namespace, name) };
  return `${part({ alg: "RS256", typ: "JWT" })}.${part(claims)}.${signature}`;
}
