/**
 * From a kubeconfig to Credentials. client-node reads the entries. This module adds what it does not support: tokenFile, exec
 * plug-ins, impersonation of groups, proxies, plain http, and data before files; and it keeps kubeconfigs to what they may do.
 */
import { dirname, resolve } from "node:path";
import { createSecureContext } from "node:tls";
import { X509Certificate } from "node:crypto";
import type { Clock } from "../../kernel/clock.ts";
import { messageOf } from "../../kernel/error.ts";
import { tlsMaterial, warningsOf, type Credentials, type TlsMaterial } from "../kube/credentials.ts";
import { findCommand, isCommandAllowed } from "../plugins/plugin-command.ts";
import { parseExecSpec, shown } from "../plugins/plugin-spec.ts";
import { environmentProxy } from "../proxy/environment-proxy.ts";
import { parseProxyUrl, type Proxy } from "../proxy/proxy.ts";
import { authProviderOf } from "./auth-provider.ts";
import { authenticatorOf, meansOf } from "./authenticator.ts";
import { entryOptions, type EntryOptions, type ReadField } from "./entry-options.ts";
import { bearer } from "./impersonation.ts";
import {
  configError,
  parseKubeconfig,
  pickEntry,
  type KubeconfigEntry,
  type KubeconfigSection,
} from "./kubeconfig-entry.ts";
import { type AskedTrust, type KubeconfigTerms, NO_TRUST, NotAllowed, termsOf } from "./kubeconfig-trust.ts";
import { Outside, readNamed, realFolders } from "./named-file.ts";

const SERVICE_ACCOUNT_DIRECTORY = "/var/run/secrets/kubernetes.io/serviceaccount";

/**
 * A file and a context in it (its current-context by default), or the service account of the Pod. `document`: what the file
 * says, where it was read already; a file of a hundred contexts takes a tenth of a second.
 */
export type KubeconfigSource =
  | { readonly path: string; readonly context?: string | undefined; readonly document?: unknown }
  | { readonly inCluster: true; readonly directory?: string };

/**
 * Throws OperationalError KUBE_CONFIG, KUBE_EXEC or, with the setting that allows it, KUBE_NOT_ALLOWED; each with file, context
 * and how to fix it. Does not run a plug-in yet. Without `terms`, a kubeconfig may do nothing but name a server.
 */
export async function loadKubeconfig(
  source: KubeconfigSource,
  clock: Clock,
  terms: KubeconfigTerms = termsOf(NO_TRUST),
): Promise<Credentials> {
  if ("inCluster" in source) {
    const directory = source.directory ?? SERVICE_ACCOUNT_DIRECTORY;
    return credentialsOf(inClusterEntry(terms.env), { directory, sources: [], terms, clock });
  }
  const path = resolve(source.path);
  const document = source.document ?? (await documentAt(path));
  const entry = pickEntry(document, path, source.context);
  return credentialsOf(entry, { directory: dirname(path), sources: [path], terms, clock });
}

async function documentAt(path: string): Promise<unknown> {
  return parseKubeconfig((await readNamed(path, "kubeconfig")).toString("utf8"), path);
}

/** The files of a source, before its content is known. */
export function filesOf(source: KubeconfigSource): readonly string[] {
  return "inCluster" in source ? [] : [resolve(source.path)];
}

function inClusterEntry(env: KubeconfigTerms["env"]): KubeconfigEntry {
  const host = env["KUBERNETES_SERVICE_HOST"] ?? "";
  const port = env["KUBERNETES_SERVICE_PORT"] ?? "443";
  if (host === "")
    throw configError("not inside a cluster: KUBERNETES_SERVICE_HOST is not set; name a kubeconfig instead");
  const server = `https://${host.includes(":") ? `[${host}]` : host}:${port}`;
  return {
    where: "the Pod's service account",
    cluster: { server, "certificate-authority": "ca.crt" },
    user: { tokenFile: "token" },
  };
}

type Origin = {
  readonly directory: string;
  readonly sources: readonly string[];
  readonly terms: KubeconfigTerms;
  readonly clock: Clock;
};

async function credentialsOf(written: KubeconfigEntry, origin: Origin): Promise<Credentials> {
  const { directory, sources, terms, clock } = origin;
  const { where } = written;
  const cluster = preferData(written.cluster, ["certificate-authority"]);
  const user = preferData(written.user, ["client-certificate", "client-key"]);
  const entry = { where, cluster, user };
  const server = serverOf(cluster, where);
  const named = namedFields(cluster, user).map(({ name }) => resolve(directory, name));
  const readField = await fieldReader(where, origin);
  await requireAllowed(entry, readField, origin);
  const isPlain = server.protocol === "http:";
  const options = await entryOptions(cluster, user, readField);
  const tls = checkedTls(isPlain ? { ...options, rejectUnauthorized: false } : options, where);
  const authorization = checkedAuthorization(options.authorization, where);
  const plugins = { ...terms, commands: terms.trust.commands, clock };
  const authenticator = await authenticatorOf({
    entry,
    directory,
    authorization,
    tls,
    readField,
    terms: plugins,
  });
  return {
    server,
    proxy: proxyOf(cluster, where) ?? environmentProxy(server, terms.env),
    identity: `${server.href} ${tls.ca?.toString("base64") ?? ""}`,
    files: [...sources, ...named],
    tls,
    warnings: warningsOf(server, tls),
    ...authenticator,
  };
}

/** Reads what fields of the entry name; throws KUBE_NOT_ALLOWED for what is outside of the folders that may be read. */
async function fieldReader(where: string, { directory, terms }: Origin): Promise<ReadField> {
  const { trust } = terms;
  const listed = trust.folders === "any" ? [] : trust.folders;
  // A kubeconfig in / would have everything for its folder.
  const own = directory === resolve("/") ? [] : [directory];
  const folders =
    trust.folders === "any" ? "any" : await realFolders([...own, SERVICE_ACCOUNT_DIRECTORY, ...listed]);
  return async (field, path) => {
    try {
      return await readNamed(resolve(directory, path), `${where}: ${field}`, folders);
    } catch (error) {
      if (!(error instanceof Outside)) throw error;
      throw new NotAllowed(where, { commands: [], folders: [error.folder], authProviders: [] }, trust);
    }
  };
}

/** Everything that the entry asks for and may not have, in one error: so that the settings are changed once. */
async function requireAllowed(entry: KubeconfigEntry, readField: ReadField, origin: Origin): Promise<void> {
  const { cluster, user, where } = entry;
  const { directory, terms } = origin;
  const { trust, env } = terms;
  const folders = new Set<string>();
  for (const { field, name } of namedFields(cluster, user)) {
    const outside = await readField(field, name).then(
      () => null,
      (error: unknown) => {
        if (error instanceof NotAllowed) return error.asked.folders;
        throw error;
      },
    );
    for (const folder of outside ?? []) folders.add(folder);
  }
  const login = [user["token"], user["username"]].find((value) => typeof value === "string" && value !== "");
  const means = meansOf(user, typeof login === "string" ? login : null);
  const commands: string[] = [];
  const authProviders: string[] = [];
  if (means === "exec") {
    const { command } = parseExecSpec(user["exec"], directory, null);
    const found = await findCommand(command, env["PATH"] ?? "");
    if (!isCommandAllowed(command, found, trust.commands)) commands.push(command);
  }
  if (means === "auth-provider") {
    const provider = authProviderOf(entry);
    const isKnown = trust.authProviders === "any" || trust.authProviders.includes(provider ?? "");
    if (provider !== null && !isKnown) authProviders.push(provider);
  }
  const asked: AskedTrust = { commands, folders: [...folders], authProviders };
  if (Object.values(asked).some((list) => list.length > 0)) throw new NotAllowed(where, asked, trust);
}

function serverOf(cluster: KubeconfigSection, where: string): URL {
  const server = cluster["server"];
  const url = typeof server === "string" ? URL.parse(server) : null;
  if (url !== null && (url.protocol === "https:" || url.protocol === "http:")) return url;
  const text = typeof server === "string" ? JSON.stringify(shown(withoutLogin(server))) : "missing";
  throw configError(`${where}: server is ${text}, not an http(s):// URL`);
}

function withoutLogin(text: string): string {
  return text.replace(/\/\/[^@/]*@/, "//…@");
}

function proxyOf(cluster: KubeconfigSection, where: string): Proxy | null {
  const written = cluster["proxy-url"];
  if (written === undefined || written === null || written === "") return null;
  const parsed = parseProxyUrl(written);
  if ("problem" in parsed) throw configError(`${where}: proxy-url ${parsed.problem}`);
  return { url: parsed.url, source: `proxy-url of ${where}`, isFromEnvironment: false };
}

/** A control character would break the header, and what follows could be headers of its own. */
function checkedAuthorization(authorization: string | null, where: string): string | null {
  if (authorization?.startsWith("Bearer") !== true) return authorization;
  return bearer(authorization.slice("Bearer".length), `${where}: token`);
}

/** Where both data and file are given, kubectl uses the data and client-node the file: leaves out the file. */
function preferData(settings: KubeconfigSection, fields: readonly string[]): KubeconfigSection {
  return without(
    settings,
    fields.filter((field) => Boolean(settings[`${field}-data`])),
  );
}

function without(settings: KubeconfigSection, names: readonly string[]): KubeconfigSection {
  return Object.fromEntries(Object.entries(settings).filter(([name]) => !names.includes(name)));
}

type NamedField = { readonly field: string; readonly name: string };

function namedFields(cluster: KubeconfigSection, user: KubeconfigSection): readonly NamedField[] {
  const named = [
    { name: cluster["certificate-authority"], field: "certificate-authority" },
    { name: user["client-certificate"], field: "client-certificate" },
    { name: user["client-key"], field: "client-key" },
    { name: user["tokenFile"], field: "tokenFile" },
  ];
  return named.flatMap(({ name, field }) =>
    typeof name === "string" && name !== "" ? [{ name, field }] : [],
  );
}

/** Checks certificates and key now: if a rotation is half done, the last good ones must stay in use. */
function checkedTls(options: EntryOptions, where: string): TlsMaterial {
  const { ca, cert, key, servername, rejectUnauthorized } = options;
  try {
    if (ca !== null) requireCertificates(ca);
  } catch (error) {
    throw configError(`${where}: certificate-authority holds no certificate: ${messageOf(error)}`, error);
  }
  if ((cert === null) !== (key === null))
    throw configError(`${where}: client-certificate and client-key need each other`);
  try {
    if (cert !== null && key !== null) createSecureContext({ cert, key });
  } catch (error) {
    throw configError(
      `${where}: client-certificate and client-key do not work together: ${messageOf(error)}`,
      error,
    );
  }
  return tlsMaterial({
    ca,
    cert,
    key,
    passphrase: null,
    servername,
    rejectUnauthorized,
    ignoresName: false,
  });
}

/** The binary form is a certificate too, but no connection would trust it. */
function requireCertificates(ca: Buffer): void {
  if (!ca.includes("-----BEGIN CERTIFICATE-----")) throw new Error("it is not in PEM form");
  void new X509Certificate(ca);
  createSecureContext({ ca });
}
