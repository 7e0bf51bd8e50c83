/** The connection to a cluster through the kubeconfig of the person who runs a command. */
import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";
import type { Clock } from "../../kernel/clock.ts";
import { OperationalError } from "../../kernel/error.ts";
import { loadKubeconfig } from "../../fleet/credentials/kubeconfig.ts";
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
  readonly clock: Clock;
  readonly signal: AbortSignal;
};

/** Sends nothing yet. Throws OperationalError (KUBE_CONFIG) when there is no such context. */
export async function connect(options: ConnectOptions): Promise<ClusterConnection> {
  const { name, clock, signal } = options;
  const { path, context } = await placeOf(options);
  const credentials = await loadKubeconfig({ path, context }, clock);
  const transport = new Transport({ clock, random: Math.random });
  transport.adopt(credentials);
  return { name, context, credentials, transport, discovery: new Discovery({ transport, clock, signal }) };
}

type ContextPlace = { readonly path: string; readonly context: string };

/** All contexts of the kubeconfig. As with kubectl, the first file that has a context counts. */
export async function contextsOf(kubeconfig: string | undefined): Promise<readonly ContextPlace[]> {
  const found: ContextPlace[] = [];
  for (const { path, document } of await documentsOf(kubeconfig)) {
    const contexts: unknown = document["contexts"];
    for (const item of Array.isArray(contexts) ? contexts : []) {
      const context: unknown = isRecord(item) ? item["name"] : undefined;
      if (typeof context === "string" && !found.some((one) => one.context === context))
        found.push({ path, context });
    }
  }
  return found;
}

async function placeOf({ kubeconfig, context }: ConnectOptions): Promise<ContextPlace> {
  const documents = await documentsOf(kubeconfig);
  const current = documents.map(({ document }) => document["current-context"]).find((text) => text);
  const wanted = context ?? (typeof current === "string" ? current : undefined);
  const contexts = await contextsOf(kubeconfig);
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

type KubeconfigDocument = { readonly path: string; readonly document: Readonly<Record<string, unknown>> };

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
