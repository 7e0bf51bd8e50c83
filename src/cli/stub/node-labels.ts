/**
 * kube-dns finds out where it is by labels of Nodes that Kubernetes has not set itself since 1.17. Where only the newer ones are
 * there, short names have no zone and no region, and their answers are empty.
 */
import { isRecord } from "../../fleet/kube/kube-error.ts";
import type { Transport } from "../../fleet/kube/transport.ts";
import { readPage } from "../../fleet/list/page.ts";

const NODES_MAX = 500;
const SHOWN_MAX = 5;

const LABELS: readonly (readonly [string, string])[] = [
  ["topology.kubernetes.io/region", "failure-domain.beta.kubernetes.io/region"],
  ["topology.kubernetes.io/zone", "failure-domain.beta.kubernetes.io/zone"],
];

/** Commands that label the Nodes that lack labels; empty = none does, or Nodes may not be read. */
export async function missingLabels(
  transport: Transport,
  context: string,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const source = { transport, path: "/api/v1/nodes", query: {}, signal };
  const page = await readPage(source, { limit: NODES_MAX }).catch(() => null);
  const commands = (page?.items ?? []).flatMap((node) => commandFor(node, context));
  if (commands.length <= SHOWN_MAX) return commands;
  return [...commands.slice(0, SHOWN_MAX), `# and ${commands.length - SHOWN_MAX} more Nodes`];
}

function commandFor(node: unknown, context: string): readonly string[] {
  const metadata = isRecord(node) && isRecord(node["metadata"]) ? node["metadata"] : {};
  const labels = isRecord(metadata["labels"]) ? metadata["labels"] : {};
  const missing = LABELS.flatMap(([known, wanted]) => {
    const value = labels[known];
    return typeof value === "string" && labels[wanted] === undefined ? [`${wanted}=${value}`] : [];
  });
  if (missing.length === 0) return [];
  return [`kubectl --context ${context} label node ${String(metadata["name"])} ${missing.join(" ")}`];
}
