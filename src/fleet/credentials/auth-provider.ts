/**
 * The auth-provider `oidc` of a kubeconfig, by client-node, which caches and refreshes tokens. Only the fields that it needs
 * are handed over: client-node would run commands and read files for others, and kubectl has no other provider any more.
 */
import type { RequestOptions } from "node:https";
import { type Clock, pause } from "../../kernel/clock.ts";
import { messageOf, OperationalError } from "../../kernel/error.ts";
import { isRecord } from "../kube/kube-error.ts";
import { shown } from "../plugins/plugin-spec.ts";
import type { ReadField } from "./entry-options.ts";
import { bearer } from "./impersonation.ts";
import { configError, type KubeconfigEntry } from "./kubeconfig-entry.ts";

/** An identity provider that does not answer must not hold up requests for longer. */
const ANSWER_TIMEOUT_MS = 30_000;
const FIELDS = ["client-id", "client-secret", "id-token", "idp-issuer-url", "refresh-token"];
const SUCCESSORS: ReadonlyMap<string, string> = new Map([
  ["gcp", "; use the exec plug-in gke-gcloud-auth-plugin"],
  ["azure", "; use the exec plug-in kubelogin"],
]);

/** Null: the user has none. Throws KUBE_CONFIG for all but `oidc`. */
export function authProviderOf({ user, where }: KubeconfigEntry): string | null {
  const provider = user["auth-provider"];
  if (!isRecord(provider)) return null;
  const { name } = provider;
  if (name === "oidc") return name;
  const known = typeof name === "string" ? (SUCCESSORS.get(name) ?? "") : "";
  const text = typeof name === "string" ? shown(name) : "without a name";
  throw configError(`${where}: the auth-provider ${text} is not supported, as with kubectl${known}`);
}

/** Returns what gives the Authorization header of the next request; null = none. That throws KUBE_AUTH_PROVIDER. */
export async function openAuthProvider(
  { user, where }: KubeconfigEntry,
  readField: ReadField,
  clock: Clock,
): Promise<() => Promise<string | null>> {
  const provider = isRecord(user["auth-provider"]) ? user["auth-provider"] : {};
  const written = isRecord(provider["config"]) ? provider["config"] : {};
  const config: Record<string, string> = {};
  for (const field of FIELDS) {
    const value = written[field];
    if (typeof value === "string") config[field] = value;
  }
  const authority = await authorityOf(written, readField);
  if (authority !== null) config["idp-certificate-authority-data"] = authority;
  const { KubeConfig } = await import("@kubernetes/client-node");
  const kubeConfig = new KubeConfig();
  const named = {
    clusters: [{ name: "it", cluster: { server: "https://unused.invalid" } }],
    users: [{ name: "it", user: { "auth-provider": { name: "oidc", config } } }],
    contexts: [{ name: "it", context: { cluster: "it", user: "it" } }],
    "current-context": "it",
  };
  kubeConfig.loadFromString(JSON.stringify(named));
  return async () => {
    const https: RequestOptions = {};
    try {
      await inTime(kubeConfig.applyToHTTPSOptions(https), clock);
    } catch (error) {
      const sentence = `${where}: the auth-provider failed: ${shown(messageOf(error))}`;
      throw new OperationalError("KUBE_AUTH_PROVIDER", sentence);
    }
    const headers = isRecord(https.headers) ? https.headers : {};
    const authorization = headers["Authorization"];
    if (typeof authorization !== "string") return null;
    return bearer(authorization.replace(/^Bearer /, ""), `${where}: the auth-provider`);
  };
}

async function authorityOf(
  config: Readonly<Record<string, unknown>>,
  readField: ReadField,
): Promise<string | null> {
  const data = config["idp-certificate-authority-data"];
  if (typeof data === "string" && data !== "") return data;
  const path = config["idp-certificate-authority"];
  if (typeof path !== "string" || path === "") return null;
  return (await readField("idp-certificate-authority", path)).toString("base64");
}

async function inTime<T>(work: Promise<T>, clock: Clock): Promise<T> {
  const waiting = new AbortController();
  const late = pause(clock, ANSWER_TIMEOUT_MS, waiting.signal).then(() => {
    throw new Error(`no answer within ${ANSWER_TIMEOUT_MS / 1000} s`);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    late.catch(() => undefined);
    waiting.abort();
  }
}
