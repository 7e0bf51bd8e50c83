/** The connection to a cluster through the kubeconfig of the person who runs a command. */
import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";
import type { Clock } from "../../kernel/clock.ts";
import { OperationalError } from "../../kernel/error.ts";
import { loadKubeconfig } from "../../fleet/credentials/kubeconfig.ts";
import { TERMS_OF_A_PERSON } from "../../fleet/credentials/kubeconfig-trust.ts";
import { parseKubeconfig } from "../../fleet/credentials/kubeconfig-entry.ts";
import type { Credentials } from "../../fleet/kube/credentials.ts";
import { isRecord } from "../../fleet/kube/kube-error.ts";
import { Transport } from "../../fleet/kube/transport.ts";
import { Discovery } from "../../fleet/objects/discovery.ts";

export type ClusterConnection = {
  /** For people: the name of the cluster, or "host". */
  readonly name: string;
  readonly context: string;
  readonly credentials: Credentials;
  readonly transport: Transport;
  readonly discovery: Discovery;
};

type ConnectOptions = {
  readonly name: string;
  /** Undefined: $KUBECONFIG, or ~/.kube/config. */
  readonly kubeconfig: string | undefined;
  /** Undefined: the current one. */
  readonly context: string | undefined;
  /** One of `contextsOf`, where the kubeconfig was read already. */
  readonly place?: ContextPlace | undefined;
  readonly clock: Clock;
  readonly signal: AbortSignal;
};

/** Sends nothing yet. Throws OperationalError (KUBE_CONFIG) when there is no such context. */
export async function connect(options: ConnectOptions): Promise<ClusterConnection> {
  const { name, clock, signal } = options;
  const { path, context, document } = options.place ?? (await placeOf(options));
  const credentials = await loadKubeconfig({ path, context, document }, clock, TERMS_OF_A_PERSON);
  const transport = new Transport({ clock, random: Math.random });
  transport.adopt(credentials);
  return { name, context, credentials, transport, discovery: new Discovery({ transport, clock, signal }) };
}

export type ContextPlace = {
  readonly path: string;
  readonly context: string;
  /** The URL of its cluster; null = none that can be read. */
  readonly server: string | null;
  /** "": none is set. */
  readonly namespace: string;
  readonly isCurrent: boolean;
  /** What the file says. */
  readonly document: Section;
};

/** All contexts of the kubeconfig. As with kubectl, the first file that has a context counts. */
export async function contextsOf(kubeconfig: string | undefined): Promise<readonly ContextPlace[]> {
  return contextsIn(await documentsOf(kubeconfig));
}

function contextsIn(documents: readonly KubeconfigDocument[]): readonly ContextPlace[] {
  const current = currentOf(documents);
  const found = new Map<string, ContextPlace>();
  for (const { path, document } of documents) {
    const servers = new Map(
      entriesIn(document, "clusters").map(([name, item]) => [name, sectionOf(item, "cluster")["server"]]),
    );
    for (const [context, item] of entriesIn(document, "contexts")) {
      if (found.has(context)) continue;
      const { cluster, namespace } = sectionOf(item, "context");
      const server = URL.parse(String(servers.get(String(cluster))))?.href ?? null;
      const within = typeof namespace === "string" ? namespace : "";
      const isCurrent = context === current;
      found.set(context, { path, context, server, namespace: within, isCurrent, document });
    }
  }
  return [...found.values()];
}

type Section = Readonly<Record<string, unknown>>;

function entriesIn(document: Section, field: string): readonly (readonly [string, Section])[] {
  const items: unknown = document[field];
  return (Array.isArray(items) ? items : [])
    .filter(isRecord)
    .flatMap((item) => (typeof item["name"] === "string" ? [[item["name"], item] as const] : []));
}

function sectionOf(item: Section, field: string): Section {
  return isRecord(item[field]) ? item[field] : {};
}

function currentOf(documents: readonly KubeconfigDocument[]): string | undefined {
  const current = documents.map(({ document }) => document["current-context"]).find((text) => text);
  return typeof current === "string" ? current : undefined;
}

async function placeOf({ kubeconfig, context }: ConnectOptions): Promise<ContextPlace> {
  const documents = await documentsOf(kubeconfig);
  const wanted = context ?? currentOf(documents);
  const contexts = contextsIn(documents);
  const found = contexts.find((one) => one.context === wanted);
  if (found !== undefined) return found;
  const paths = documents.map(({ path }) => path).join(", ");
  const known = contexts.map((one) => one.context).join(", ") || "none";
  throw new OperationalError(
    "KUBE_CONFIG",
    wanted === undefined
      ? `${paths} has no current context; name one with --host-context: ${known}`
      : `there is no context ${JSON.stringify(wanted)} in ${paths}; there are: ${known}`,
  );
}

type KubeconfigDocument = { readonly path: string; readonly document: Section };

async function documentsOf(kubeconfig: string | undefined): Promise<readonly KubeconfigDocument[]> {
  const listed = kubeconfig ?? process.env["KUBECONFIG"] ?? "";
  const named = listed.split(delimiter).filter((path) => path !== "");
  const paths = named.length === 0 ? [join(homedir(), ".kube", "config")] : named;
  const documents: KubeconfigDocument[] = [];
  for (const path of paths) {
    const text = await readFile(path, "utf8").catch(() => null);
    const document = text === null ? null : parseKubeconfig(text, path);
    if (isRecord(document)) documents.push({ path, document });
  }
  if (documents.length > 0) return documents;
  throw new OperationalError(
    "KUBE_CONFIG",
    `there is no kubeconfig at ${paths.join(", ")}; name one with --kubeconfig or $KUBECONFIG`,
  );
}
