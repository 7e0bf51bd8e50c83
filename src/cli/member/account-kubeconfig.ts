/**
 * The kubeconfig of the account of fedns in a member, for members that the settings list.
 *
 *   a lifetime is asked for           a token by TokenRequest; nothing renews it, so it is told when it ends
 *   a Secret of the account has one   that token, which does not expire, as deploy/member.yaml makes it
 *   otherwise                         a token by TokenRequest, for the lifetime of `fedns join`
 */
import { stringify } from "yaml";
import { isRecord } from "../../fleet/kube/kube-error.ts";
import { declaredProxy } from "../../fleet/proxy/proxy.ts";
import { read } from "../../fleet/objects/read.ts";
import type { ClusterConnection } from "../clusters/connect.ts";
import { stepError, stepRefused } from "../clusters/step-error.ts";
import { requestToken, tokenStep } from "../clusters/token.ts";
import { TOKEN_LIFETIME_MS } from "./token-lifetime.ts";
import { BUILT_IN, type Subject } from "../membership/planned-object.ts";

type AccountOptions = {
  readonly account: Subject;
  /** Null: not asked for. */
  readonly lifetimeSeconds: number | null;
  /** Of the context, and of its cluster. */
  readonly name: string;
  /** Null: as the person reaches the API server. */
  readonly apiEndpoint: string | null;
  readonly signal: AbortSignal;
};

type AccountKubeconfig = {
  /** YAML, with a secret. */
  readonly text: string;
  /** When the token expires, as the API server says it; null = never. */
  readonly expires: string | null;
};

/** Rejects with an OperationalError (CLUSTER_STEP) with the cure. */
export async function accountKubeconfig(
  member: ClusterConnection,
  options: AccountOptions,
): Promise<AccountKubeconfig> {
  const { account, lifetimeSeconds, signal } = options;
  await requireAccount(member, account, signal);
  const kept = lifetimeSeconds === null ? await tokenOfSecret(member, account, signal) : null;
  const { token, expires } =
    kept === null
      ? await requestToken(member, account, lifetimeSeconds ?? TOKEN_LIFETIME_MS / 1000, { signal }).catch(
          (error: unknown) => {
            throw stepError(tokenStep(member.name, account), error, "serviceaccounts");
          },
        )
      : { token: kept, expires: null };
  return { text: kubeconfigText(member, options, token), expires };
}

async function requireAccount(
  member: ClusterConnection,
  account: Subject,
  signal: AbortSignal,
): Promise<void> {
  const step = `${member.name}: ServiceAccount ${account.namespace}/${account.name}`;
  const found = await read(
    member.transport,
    { resource: BUILT_IN.ServiceAccount, ...account },
    { signal },
  ).catch((error: unknown) => {
    throw stepError(step, error, "serviceaccounts");
  });
  if (found !== null) return;
  const cure = `create it: kubectl --context ${member.context} create -f deploy/member.yaml`;
  throw stepRefused(step, `there is none; ${cure}, or name another one with --account`);
}

async function tokenOfSecret(
  member: ClusterConnection,
  account: Subject,
  signal: AbortSignal,
): Promise<string | null> {
  const key = { resource: BUILT_IN.Secret, ...account };
  const secret = await read(member.transport, key, { signal }).catch((error: unknown) => {
    throw stepError(`${member.name}: Secret ${account.namespace}/${account.name}`, error, "secrets");
  });
  const { "kubernetes.io/service-account.name": owner } = secret?.metadata.annotations ?? {};
  const data = isRecord(secret?.["data"]) ? secret["data"] : {};
  if (owner !== account.name || typeof data["token"] !== "string") return null;
  return Buffer.from(data["token"], "base64").toString("utf8");
}

/** The certificate authority is in the file, so that it can be copied alone. */
function kubeconfigText(
  { credentials }: ClusterConnection,
  { name, account, apiEndpoint }: AccountOptions,
  token: string,
): string {
  const { server, proxy, tls } = credentials;
  const proxyUrl = declaredProxy(proxy);
  const cluster = {
    server: apiEndpoint ?? server.href.replace(/\/$/, ""),
    ...(tls.ca !== null && { "certificate-authority-data": tls.ca.toString("base64") }),
    ...(tls.servername !== null && { "tls-server-name": tls.servername }),
    ...(!tls.rejectUnauthorized && { "insecure-skip-tls-verify": true }),
    ...(proxyUrl !== null && { "proxy-url": proxyUrl }),
  };
  return stringify({
    apiVersion: "v1",
    kind: "Config",
    "current-context": name,
    clusters: [{ name, cluster }],
    contexts: [{ name, context: { cluster: name, user: account.name } }],
    users: [{ name: account.name, user: { token } }],
  });
}
