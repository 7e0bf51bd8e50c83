/** Authentication of requests: fixed headers, a token file, an exec plug-in, or one of client-node's auth providers. */
import type { RequestOptions } from "node:https";
import { resolve } from "node:path";
import type { Clock } from "../../kernel/clock.ts";
import { messageOf, OperationalError } from "../../kernel/error.ts";
import { tlsMaterial, type Authentication, type Credentials, type TlsMaterial } from "../kube/credentials.ts";
import { ExecPlugin, parseExecSpec, type ExecCredential } from "./exec-credential.ts";
import { isRecord } from "../kube/kube-error.ts";
import { configError, readNamed, type KubeconfigEntry, type KubeconfigSection } from "./kubeconfig-entry.ts";

type Authenticator = Pick<Credentials, "authenticate" | "renew">;
type AuthenticatorOptions = {
  readonly entry: KubeconfigEntry;
  /** The kubeconfig's directory: file names in it are relative to this. */
  readonly directory: string;
  /** The value of the Authorization header, from a token or password in the entry; null = none. */
  readonly authorization: string | null;
  readonly tls: TlsMaterial;
  readonly clock: Clock;
};

/** The first of these that the entry has counts, as with kubectl: tokenFile, token, username, exec, auth-provider. */
export async function authenticatorOf(options: AuthenticatorOptions): Promise<Authenticator> {
  const { entry, directory, authorization, tls } = options;
  const { user, where } = entry;
  const tokenFile = user["tokenFile"];
  if (typeof tokenFile === "string" && tokenFile !== "")
    return fromTokenFile(resolve(directory, tokenFile), { where, tls, headers: impersonation(user) });
  if (authorization !== null) {
    const fixed = { tls, headers: ["authorization", authorization, ...impersonation(user)] };
    return { authenticate: () => Promise.resolve(fixed), renew: () => Promise.resolve(false) };
  }
  if (isRecord(user["exec"])) return fromPlugin(user["exec"], options);
  if (isRecord(user["auth-provider"])) return fromAuthProvider(options);
  const fixed = { tls, headers: impersonation(user) };
  return { authenticate: () => Promise.resolve(fixed), renew: () => Promise.resolve(false) };
}

function authorizationOf(https: RequestOptions): string | null {
  const headers = isRecord(https.headers) ? https.headers : {};
  const authorization = headers["Authorization"];
  if (typeof authorization === "string") return authorization.trim();
  return typeof https.auth === "string" ? `Basic ${Buffer.from(https.auth).toString("base64")}` : null;
}

/** Headers for impersonation, repeated for groups and extras; client-node only supports the user. */
function impersonation(user: KubeconfigSection): readonly string[] {
  const headers: string[] = [];
  const add = (name: string, value: unknown): void => {
    for (const one of Array.isArray(value) ? (value as readonly unknown[]) : [value])
      if (typeof one === "string" && one !== "") headers.push(name, one);
  };
  add("Impersonate-User", user["as"]);
  add("Impersonate-Uid", user["as-uid"]);
  add("Impersonate-Group", user["as-groups"]);
  const extra = user["as-user-extra"];
  if (isRecord(extra))
    for (const [key, value] of Object.entries(extra))
      add(`Impersonate-Extra-${encodeURIComponent(key)}`, value);
  return headers;
}

type Fixed = { readonly where: string; readonly tls: TlsMaterial; readonly headers: readonly string[] };

/** Reads the file once, and again after a 401. (A change of the file loads the whole kubeconfig again.) */
async function fromTokenFile(path: string, fixed: Fixed): Promise<Authenticator> {
  const read = async (): Promise<string> => {
    const token = (await readNamed(path, `${fixed.where}: tokenFile`)).toString("utf8").trim();
    // A control character would break the header, and an empty token would make the request anonymous.
    if (!/^[\x21-\x7e]+$/.test(token)) throw configError(`${fixed.where}: tokenFile ${path} holds no token`);
    return token;
  };
  let token = await read();
  return {
    authenticate: () =>
      Promise.resolve({ tls: fixed.tls, headers: ["authorization", `Bearer ${token}`, ...fixed.headers] }),
    async renew() {
      const before = token;
      token = await read();
      return token !== before;
    },
  };
}

function fromPlugin(exec: KubeconfigSection, options: AuthenticatorOptions): Authenticator {
  const { entry, directory, tls, clock } = options;
  const plugin = new ExecPlugin(parseExecSpec(exec, directory, execCluster(entry.cluster, tls)), clock);
  const headers = impersonation(entry.user);
  let last: { readonly credential: ExecCredential; readonly tls: TlsMaterial } | null = null;
  return {
    async authenticate(): Promise<Authentication> {
      const credential = await plugin.credential();
      if (last?.credential !== credential) last = { credential, tls: withCertificate(tls, credential) };
      const { token } = credential;
      return {
        tls: last.tls,
        headers: token === null ? headers : ["authorization", `Bearer ${token}`, ...headers],
      };
    },
    renew: () => plugin.renew(),
  };
}

function withCertificate(tls: TlsMaterial, { cert, key }: ExecCredential): TlsMaterial {
  return cert === null ? tls : tlsMaterial({ ...tls, cert, key });
}

/** The `cluster` of KUBERNETES_EXEC_INFO, with data instead of file names, and the plug-in's own settings as `config`. */
function execCluster(cluster: KubeconfigSection, tls: TlsMaterial): KubeconfigSection {
  const extensions: unknown = cluster["extensions"];
  const list = Array.isArray(extensions) ? (extensions as readonly unknown[]).filter(isRecord) : [];
  const own = list.find(({ name }) => name === "client.authentication.k8s.io/exec");
  return {
    server: cluster["server"],
    "tls-server-name": cluster["tls-server-name"],
    "insecure-skip-tls-verify": cluster["insecure-skip-tls-verify"],
    "proxy-url": cluster["proxy-url"],
    ...(tls.ca !== null && { "certificate-authority-data": tls.ca.toString("base64") }),
    ...(own !== undefined && { config: own["extension"] }),
  };
}

/** OIDC and the old cloud providers, by client-node, which caches and refreshes tokens. */
async function fromAuthProvider(options: AuthenticatorOptions): Promise<Authenticator> {
  const { entry, tls } = options;
  const { KubeConfig } = await import("@kubernetes/client-node");
  const kubeConfig = new KubeConfig();
  const named = {
    clusters: [{ name: "it", cluster: { server: "https://unused.invalid" } }],
    users: [{ name: "it", user: { "auth-provider": entry.user["auth-provider"] } }],
    contexts: [{ name: "it", context: { cluster: "it", user: "it" } }],
    "current-context": "it",
  };
  kubeConfig.loadFromString(JSON.stringify(named));
  return {
    async authenticate() {
      const https: RequestOptions = {};
      try {
        await kubeConfig.applyToHTTPSOptions(https);
      } catch (error) {
        const sentence = `${entry.where}: the auth-provider failed: ${messageOf(error)}`;
        throw new OperationalError("KUBE_AUTH_PROVIDER", sentence, { cause: error });
      }
      const authorization = authorizationOf(https);
      const headers = impersonation(entry.user);
      return {
        tls,
        headers: authorization === null ? headers : ["authorization", authorization, ...headers],
      };
    },
    renew: () => Promise.resolve(false),
  };
}
