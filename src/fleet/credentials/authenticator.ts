/** Authentication of requests: fixed headers, a token file, an exec plug-in, or an auth-provider. */
import { messageOf } from "../../kernel/error.ts";
import { isRecord } from "../kube/kube-error.ts";
import { tlsMaterial, type Authentication, type Credentials, type TlsMaterial } from "../kube/credentials.ts";
import { ExecPlugin, type ExecCredential, type PluginTerms } from "../plugins/exec-plugin.ts";
import { checkOwn } from "../plugins/plugin-environment.ts";
import { parseExecSpec } from "../plugins/plugin-spec.ts";
import { authProviderOf, openAuthProvider } from "./auth-provider.ts";
import type { ReadField } from "./entry-options.ts";
import { bearer, impersonation } from "./impersonation.ts";
import { configError, type KubeconfigEntry, type KubeconfigSection } from "./kubeconfig-entry.ts";

type Authenticator = Pick<Credentials, "authenticate" | "renew">;
type AuthenticatorOptions = {
  readonly entry: KubeconfigEntry;
  /** The kubeconfig's directory: file names in it are relative to this. */
  readonly directory: string;
  /** The value of the Authorization header, from a token or password in the entry; null = none. */
  readonly authorization: string | null;
  readonly tls: TlsMaterial;
  readonly readField: ReadField;
  readonly terms: PluginTerms;
};

/** How a user of a kubeconfig is authenticated. */
type Means = "tokenFile" | "fixed" | "exec" | "auth-provider";

/** The first of these that the entry has counts, as with kubectl: tokenFile, token, username, exec, auth-provider. */
export function meansOf(user: KubeconfigSection, authorization: string | null): Means {
  if (typeof user["tokenFile"] === "string" && user["tokenFile"] !== "") return "tokenFile";
  if (authorization !== null) return "fixed";
  if (isRecord(user["exec"])) return "exec";
  return isRecord(user["auth-provider"]) ? "auth-provider" : "fixed";
}

/** Throws KUBE_CONFIG, KUBE_EXEC, and what `readField` throws. */
export async function authenticatorOf(options: AuthenticatorOptions): Promise<Authenticator> {
  const { entry, authorization, tls, readField, terms } = options;
  const { user, where } = entry;
  const headers = impersonation(entry);
  switch (meansOf(user, authorization)) {
    case "tokenFile": {
      const read = (): Promise<Buffer> => readField("tokenFile", String(user["tokenFile"]));
      return fromTokenFile(read, { where, tls, headers });
    }
    case "exec":
      return fromPlugin(headers, options);
    case "auth-provider": {
      authProviderOf(entry);
      const next = await openAuthProvider(entry, readField, terms.clock);
      return {
        authenticate: async () => ({ tls, headers: withAuthorization(await next(), headers) }),
        renew: () => Promise.resolve(false),
      };
    }
    case "fixed": {
      const fixed = { tls, headers: withAuthorization(authorization, headers) };
      return { authenticate: () => Promise.resolve(fixed), renew: () => Promise.resolve(false) };
    }
  }
}

function withAuthorization(authorization: string | null, headers: readonly string[]): readonly string[] {
  return authorization === null ? headers : ["authorization", authorization, ...headers];
}

type Fixed = { readonly where: string; readonly tls: TlsMaterial; readonly headers: readonly string[] };

/** Reads the file once, and again after a 401. (A change of the file loads the whole kubeconfig again.) */
async function fromTokenFile(readFile: () => Promise<Buffer>, fixed: Fixed): Promise<Authenticator> {
  const what = `${fixed.where}: tokenFile`;
  const read = async (): Promise<string> => {
    const text = (await readFile()).toString("utf8");
    // The kubeconfig of another cluster, in one line, is not sent to this one.
    if (text.trimStart().startsWith("{")) throw configError(`${what} holds no token but an object in JSON`);
    return bearer(text, what);
  };
  let authorization = await read();
  return {
    authenticate: () =>
      Promise.resolve({ tls: fixed.tls, headers: withAuthorization(authorization, fixed.headers) }),
    async renew() {
      const before = authorization;
      authorization = await read().catch((error: unknown) => {
        throw configError(messageOf(error), error);
      });
      return authorization !== before;
    },
  };
}

function fromPlugin(headers: readonly string[], options: AuthenticatorOptions): Authenticator {
  const { entry, directory, tls, terms } = options;
  const spec = parseExecSpec(entry.user["exec"], directory, execCluster(entry.cluster, tls));
  if (terms.commands !== "any") checkOwn(spec.env);
  const plugin = new ExecPlugin(spec, terms);
  let last: { readonly credential: ExecCredential; readonly tls: TlsMaterial } | null = null;
  return {
    async authenticate(): Promise<Authentication> {
      const credential = await plugin.credential();
      if (last?.credential !== credential) last = { credential, tls: withCertificate(tls, credential) };
      const { token } = credential;
      return {
        tls: last.tls,
        headers: withAuthorization(token === null ? null : `Bearer ${token}`, headers),
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
