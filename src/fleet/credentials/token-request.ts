/** Asks an API server for a new token of the ServiceAccount that we are there (TokenRequest, authentication.k8s.io/v1). */
import { OperationalError } from "../../kernel/error.ts";
import { isRecord, KubeError } from "../kube/kube-error.ts";
import type { Transport } from "../kube/transport.ts";
import { accountOfToken, expiryOfToken, type ServiceAccount, serviceAccountOf } from "./bearer-token.ts";

/**
 * A member that cannot be reached for days is still reached afterwards, and a stolen token does not last. API servers may
 * give less (--service-account-max-token-expiration); their answer counts.
 */
const LIFETIME_SECONDS = 7 * 86_400;

export type IssuedToken = {
  readonly account: ServiceAccount;
  readonly token: string;
  /** Wall times in ms. */
  readonly issuedMs: number;
  readonly expiresMs: number;
};

type TokenOptions = { readonly wallMs: number; readonly signal: AbortSignal };

/**
 * `token`: one that is in use there; its claims tell the account, or else the API server does (SelfSubjectReview). Throws as
 * `Transport.request` does, and KUBE_TOKEN with the cure where no token can be had.
 */
export async function requestToken(
  transport: Transport,
  token: string,
  options: TokenOptions,
): Promise<IssuedToken> {
  const { wallMs, signal } = options;
  const account = accountOfToken(token) ?? (await askWhoWeAre(transport, signal));
  const path = `/api/v1/namespaces/${account.namespace}/serviceaccounts/${encodeURIComponent(account.name)}/token`;
  const body = {
    apiVersion: "authentication.k8s.io/v1",
    kind: "TokenRequest",
    spec: { expirationSeconds: LIFETIME_SECONDS },
  };
  try {
    const { json } = await transport.request({ method: "POST", path, body, signal });
    const status = isRecord(json) && isRecord(json["status"]) ? json["status"] : {};
    const { token: issued, expirationTimestamp } = status;
    if (typeof issued !== "string" || !/^[\x21-\x7e]{1,8000}$/.test(issued))
      throw new OperationalError(
        "KUBE_TOKEN",
        "the answer to a TokenRequest has no token; check for a proxy",
      );
    const stated = typeof expirationTimestamp === "string" ? Date.parse(expirationTimestamp) : NaN;
    const expiresMs = Number.isNaN(stated)
      ? (expiryOfToken(issued) ?? wallMs + LIFETIME_SECONDS * 1000)
      : stated;
    return { account, token: issued, issuedMs: wallMs, expiresMs };
  } catch (error) {
    if (!(error instanceof KubeError) || (error.status !== 403 && error.status !== 404)) throw error;
    const { namespace, name } = account;
    const cure =
      error.status === 403
        ? `allow it to create serviceaccounts/token of ${name} in ${namespace}, as deploy/member.yaml does`
        : "run fedns join again";
    const sentence = `the service account ${namespace}/${name} gets no new token (${error.message}); ${cure}`;
    throw new OperationalError("KUBE_TOKEN", sentence, { cause: error });
  }
}

async function askWhoWeAre(transport: Transport, signal: AbortSignal): Promise<ServiceAccount> {
  const path = "/apis/authentication.k8s.io/v1/selfsubjectreviews";
  const body = { apiVersion: "authentication.k8s.io/v1", kind: "SelfSubjectReview" };
  const { json } = await transport.request({ method: "POST", path, body, signal });
  const status = isRecord(json) && isRecord(json["status"]) ? json["status"] : {};
  const user = isRecord(status["userInfo"]) ? status["userInfo"]["username"] : undefined;
  const account = typeof user === "string" ? serviceAccountOf(user) : null;
  if (account !== null) return account;
  const who = typeof user === "string" ? `the user ${JSON.stringify(user.slice(0, 80))}` : "unknown";
  const sentence = `the token is not of a service account (${who}) and is not renewed; run fedns join again, or replace the Secret before it expires`;
  throw new OperationalError("KUBE_TOKEN", sentence);
}
