/**
 * What only the clusters themselves can say (`fedns check --online`): whether each answers, whether the account may list and watch
 * what the sources need, which of it is served, which version runs, and whether its Nodes say where they are. Nothing is written.
 */
import { type KubeconfigTerms, termsOf } from "../../fleet/credentials/kubeconfig-trust.ts";
import { loadKubeconfig } from "../../fleet/credentials/kubeconfig.ts";
import { isRecord, KubeError } from "../../fleet/kube/kube-error.ts";
import { Transport } from "../../fleet/kube/transport.ts";
import { readAll } from "../../fleet/objects/read.ts";
import { ALWAYS_READ, SOURCE_NAMES, SOURCES } from "../../fleet/sources/source-table.ts";
import { preferredResource, type WatchedResource } from "../../fleet/watch/watched-resource.ts";
import type { Clock } from "../../kernel/clock.ts";
import { messageOf } from "../../kernel/error.ts";
import type { Config } from "../../run/config/config.ts";
import { CLUSTERS } from "../../fleet/host-objects/host-types.ts";
import { nodeFactsOf } from "../membership/compared-cluster.ts";
import type { CheckFinding } from "./finding.ts";

const TIMEOUT_MS = 10_000;
const REVIEWS = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews";

type OnlineOptions = { readonly clock: Clock; readonly signal: AbortSignal };
type Checked = {
  readonly name: string;
  readonly path: CheckFinding["path"];
  readonly kubeconfig: string;
  readonly context: string | null;
  readonly region: string | null;
  readonly needs: readonly WatchedResource[];
  readonly readsNodes: boolean;
};

/** The clusters of the settings; those that a host declares are told by `fedns status` and `fedns get clusters`. */
export async function onlineFindings(
  config: Config,
  options: OnlineOptions,
): Promise<readonly CheckFinding[]> {
  const needs = [
    ...SOURCE_NAMES.filter((name) => config.sources[name].enabled).flatMap((name) =>
      Object.values(SOURCES[name].resources),
    ),
    ...Object.values(ALWAYS_READ),
  ];
  const members = config.clusters.map((cluster, index) => ({
    ...cluster,
    path: ["clusters", index],
    needs,
    readsNodes: true,
  }));
  const terms = termsOf(config.kubeconfigs);
  const { host } = config;
  const hosts =
    host === null || host.kubeconfig === null
      ? []
      : [
          {
            name: "host",
            path: ["host"],
            kubeconfig: host.kubeconfig,
            context: host.context,
            region: null,
            needs: [{ ...CLUSTERS, namespace: host.namespace }],
            readsNodes: false,
          },
        ];
  const found = await Promise.all(
    [...hosts, ...members].map((one) => checkCluster(one, { ...options, terms })),
  );
  return found.flat();
}

async function checkCluster(
  cluster: Checked,
  { clock, signal, terms }: OnlineOptions & { readonly terms: KubeconfigTerms },
): Promise<readonly CheckFinding[]> {
  const { path, name } = cluster;
  const transport = new Transport({ clock, random: Math.random });
  const source = { path: cluster.kubeconfig, context: cluster.context ?? undefined };
  const credentials = await loadKubeconfig(source, clock, terms).catch(() => null);
  // Told already, of this machine.
  if (credentials === null) return [];
  const error = (message: string): CheckFinding => ({
    severity: "error",
    path,
    message: `${name}: ${message}`,
  });
  try {
    transport.adopt(credentials);
    const version = await transport.request({ path: "/version", timeoutMs: TIMEOUT_MS, signal });
    const rights = await Promise.all(cluster.needs.map((need) => missingRights(transport, need, signal)));
    const refused = rights.flatMap((one) => one ?? []);
    const denied =
      refused.length === 0
        ? []
        : [
            error(
              `its account may not ${refused.join(", ")}; grant it with deploy/member.yaml or fedns join`,
            ),
          ];
    const places =
      cluster.readsNodes && cluster.region === null ? await placeFindings(transport, cluster, signal) : [];
    return [note(cluster, version.json), ...denied, ...places];
  } catch (failure) {
    return [error(`cannot be reached: ${messageOf(failure)}`)];
  } finally {
    transport.close();
  }
}

function note({ path, name }: Checked, version: unknown): CheckFinding {
  const found = isRecord(version) ? String(version["gitVersion"]) : "an unknown version";
  return { severity: "note", path, message: `${name}: reachable, Kubernetes ${found}` };
}

/** "list and watch ingresses.networking.k8s.io" for what is refused; null = all is granted. */
async function missingRights(
  transport: Transport,
  need: WatchedResource,
  signal: AbortSignal,
): Promise<string | null> {
  const { group, plural, namespace = "" } = need;
  const verbs = ["list", "watch"];
  const granted = await Promise.all(
    verbs.map(async (verb) => {
      const resourceAttributes = { group, resource: plural, verb, ...(namespace !== "" && { namespace }) };
      const body = {
        apiVersion: "authorization.k8s.io/v1",
        kind: "SelfSubjectAccessReview",
        spec: { resourceAttributes },
      };
      const { json } = await transport.request({
        method: "POST",
        path: REVIEWS,
        body,
        timeoutMs: TIMEOUT_MS,
        signal,
      });
      return isRecord(json) && isRecord(json["status"]) && json["status"]["allowed"] === true;
    }),
  );
  const missing = verbs.filter((_, index) => granted[index] !== true);
  return missing.length === 0
    ? null
    : `${missing.join(" and ")} ${group === "" ? plural : `${plural}.${group}`}`;
}

async function placeFindings(
  transport: Transport,
  { path, name }: Checked,
  signal: AbortSignal,
): Promise<readonly CheckFinding[]> {
  const nodes = await readAll(
    transport,
    { resource: preferredResource(ALWAYS_READ.Node), namespace: "" },
    { signal },
  ).catch((failure: unknown) => {
    // What may not be read is told among the rights.
    if (failure instanceof KubeError && failure.status === 403) return [];
    throw failure;
  });
  const bare = nodes.map(nodeFactsOf).filter(({ region }) => region === null);
  if (bare.length === 0) return [];
  const message = `${name}: ${bare.length} of ${nodes.length} Nodes have no label topology.kubernetes.io/region, like ${bare[0]?.name}; label them, or give region and zones here`;
  return [{ severity: "warning", path, message }];
}
