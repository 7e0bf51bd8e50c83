/** Values of a kubeconfig in headers of requests: credentials, and the user that a request is sent as. None can start another header. */
import { isRecord } from "../kube/kube-error.ts";
import { configError, type KubeconfigEntry } from "./kubeconfig-entry.ts";

/** Headers for impersonation, repeated for groups and extras; client-node only supports the user. Throws KUBE_CONFIG. */
export function impersonation({ user, where }: KubeconfigEntry): readonly string[] {
  const headers: string[] = [];
  const add = (name: string, field: string, value: unknown): void => {
    for (const one of Array.isArray(value) ? (value as readonly unknown[]) : [value])
      if (typeof one === "string" && one !== "") headers.push(name, fieldValue(one, `${where}: ${field}`));
  };
  add("Impersonate-User", "as", user["as"]);
  const hasUser = headers.length > 0;
  add("Impersonate-Uid", "as-uid", user["as-uid"]);
  add("Impersonate-Group", "as-groups", user["as-groups"]);
  const extra = user["as-user-extra"];
  for (const [key, value] of Object.entries(isRecord(extra) ? extra : {}))
    add(`Impersonate-Extra-${fieldName(key, where)}`, "as-user-extra", value);
  if (headers.length > 0 && !hasUser)
    throw configError(
      `${where}: as-uid, as-groups and as-user-extra need "as", the user that they belong to`,
    );
  return headers;
}

/** `what`: for messages, which do not repeat the token. Throws KUBE_CONFIG. */
export function bearer(token: string, what: string): string {
  const text = token.trim();
  // An empty token would make the request anonymous.
  if (!/^[\x21-\x7e]+$/.test(text)) throw configError(`${what} holds no token for an HTTP header`);
  return `Bearer ${text}`;
}

/** A name beyond ASCII goes over the wire as UTF-8, as kubectl sends it. */
function fieldValue(text: string, what: string): string {
  if (/\p{Cc}|\p{Cs}/u.test(text))
    throw configError(`${what} has a control character, which no HTTP header may have`);
  return Buffer.from(text, "utf8").toString("latin1");
}

/** Characters that no name of a header has are percent-encoded, which API servers undo. */
function fieldName(key: string, where: string): string {
  try {
    return encodeURIComponent(key).replaceAll(/[()]/g, (one) => `%${one.charCodeAt(0).toString(16)}`);
  } catch (error) {
    throw configError(`${where}: as-user-extra has a key that is no text`, error);
  }
}
