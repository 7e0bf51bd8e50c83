/**
 * From a kubeconfig to Credentials. client-node reads the entries and has the auth providers. This module adds what it does not
 * support: tokenFile, exec plug-ins, impersonation of groups, proxies, plain http, and data before files.
 */
import { dirname, resolve } from "node:path";
import { createSecureContext } from "node:tls";
import { X509Certificate } from "node:crypto";
import type { Clock } from "../../kernel/clock.ts";
import { assert, messageOf } from "../../kernel/error.ts";
import { authenticatorOf } from "./authenticator.ts";
import { tlsMaterial, type Credentials, type TlsMaterial } from "../kube/credentials.ts";
import { entryOptions, type EntryOptions } from "./entry-options.ts";
import {
  configError,
  parseKubeconfig,
  pickEntry,
  readNamed,
  type KubeconfigEntry,
  type KubeconfigSection,
} from "./kubeconfig-entry.ts";

const SERVICE_ACCOUNT_DIRECTORY = "/var/run/secrets/kubernetes.io/serviceaccount";

/**
 * A file and a context in it (its current-context by default), or the service account of the Pod. `document`: what the file
 * says, where it was read already; a file of a hundred contexts takes a tenth of a second.
 */
export type KubeconfigSource =
  | { readonly path: string; readonly context?: string | undefined; readonly document?: unknown }
  | { readonly inCluster: true; readonly directory?: string };

/** Throws OperationalError KUBE_CONFIG or KUBE_EXEC with file, context and how to fix it. Does not run a plug-in yet. */
export async function loadKubeconfig(source: KubeconfigSource, clock: Clock): Promise<Credentials> {
  if ("inCluster" in source) {
    const directory = source.directory ?? SERVICE_ACCOUNT_DIRECTORY;
    return credentialsOf(inClusterEntry(), directory, [], clock);
  }
  const path = resolve(source.path);
  const document = source.document ?? (await documentAt(path));
  const entry = pickEntry(document, path, source.context);
  return credentialsOf(entry, dirname(path), [path], clock);
}

async function documentAt(path: string): Promise<unknown> {
  return parseKubeconfig((await readNamed(path, "kubeconfig")).toString("utf8"), path);
}

/** The files of a source, before its content is known. */
export function filesOf(source: KubeconfigSource): readonly string[] {
  return "inCluster" in source ? [] : [resolve(source.path)];
}

function inClusterEntry(): KubeconfigEntry {
  const host = process.env["KUBERNETES_SERVICE_HOST"] ?? "";
  const port = process.env["KUBERNETES_SERVICE_PORT"] ?? "443";
  if (host === "")
    throw configError("not inside a cluster: KUBERNETES_SERVICE_HOST is not set; name a kubeconfig instead");
  const server = `https://${host.includes(":") ? `[${host}]` : host}:${port}`;
  return {
    where: "the Pod's service account",
    cluster: { server, "certificate-authority": "ca.crt" },
    user: { tokenFile: "token" },
  };
}

async function credentialsOf(
  written: KubeconfigEntry,
  directory: string,
  sources: readonly string[],
  clock: Clock,
): Promise<Credentials> {
  const { where } = written;
  const cluster = preferData(written.cluster, ["certificate-authority"]);
  const user = preferData(written.user, ["client-certificate", "client-key"]);
  const entry = { where, cluster, user };
  const server = serverOf(cluster, where);
  const named = fileNames(cluster, user, directory);
  for (const { path, what } of named) await readNamed(path, `${where}: ${what}`);
  const isPlain = server.protocol === "http:";
  const options = await entryOptions(cluster, user, directory);
  const tls = checkedTls(isPlain ? { ...options, rejectUnauthorized: false } : options, where);
  const { authorization } = options;
  const authenticator = await authenticatorOf({ entry, directory, authorization, tls, clock });
  return {
    server,
    proxy: proxyOf(cluster, where),
    identity: `${server.href} ${tls.ca?.toString("base64") ?? ""}`,
    files: [...sources, ...named.map(({ path }) => path)],
    tls,
    ...authenticator,
  };
}

function serverOf(cluster: KubeconfigSection, where: string): URL {
  const server = cluster["server"];
  const url = typeof server === "string" ? URL.parse(server) : null;
  if (url !== null && (url.protocol === "https:" || url.protocol === "http:")) return url;
  throw configError(`${where}: server is ${JSON.stringify(server) ?? "missing"}, not an http(s):// URL`);
}

function proxyOf(cluster: KubeconfigSection, where: string): string | null {
  const proxy = cluster["proxy-url"];
  if (proxy === undefined || proxy === null || proxy === "") return null;
  const protocol = typeof proxy === "string" ? URL.parse(proxy)?.protocol : undefined;
  if (typeof proxy === "string" && (protocol === "http:" || protocol === "https:")) return proxy;
  if (protocol?.startsWith("socks"))
    throw configError(
      `${where}: proxy-url is a SOCKS proxy, which fedns does not speak; use an http:// or https:// proxy`,
    );
  throw configError(`${where}: proxy-url is not an http(s):// URL`);
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

type NamedFile = { readonly path: string; readonly what: string };

function fileNames(
  cluster: KubeconfigSection,
  user: KubeconfigSection,
  directory: string,
): readonly NamedFile[] {
  const named = [
    { name: cluster["certificate-authority"], what: "certificate-authority" },
    { name: user["client-certificate"], what: "client-certificate" },
    { name: user["client-key"], what: "client-key" },
    { name: user["tokenFile"], what: "tokenFile" },
  ];
  return named.flatMap(({ name, what }) =>
    typeof name === "string" && name !== "" ? [{ path: resolve(directory, name), what }] : [],
  );
}

/** Checks certificates and key now: if a rotation is half done, the last good ones must stay in use. */
function checkedTls(options: EntryOptions, where: string): TlsMaterial {
  const { ca, cert, key, servername, rejectUnauthorized } = options;
  try {
    if (ca !== null) assert(new X509Certificate(ca).raw.length > 0, "a parsed certificate has bytes");
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
