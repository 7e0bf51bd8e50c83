/** The configuration that the sandbox writes: the example of the README with its ports and clusters. */
import { relative } from "node:path";
import type { RunningCluster, RunningSandbox } from "../session/session.ts";

/** The first line. A file without it was not written by a sandbox and is not overwritten. */
export const SANDBOX_MARK = "# Written by `fedns sandbox` at each start: changes here are lost.";

type SandboxSettings = {
  readonly directory: string;
  /** Literal addresses DNS listens on. */
  readonly addresses: readonly string[];
  readonly port: number;
  readonly adminPort: number;
  readonly clusters: readonly RunningCluster[];
  readonly host: RunningSandbox["host"];
};

export function sandboxConfig(settings: SandboxSettings): string {
  const listen = settings.addresses.map((address) => `{ address: "${address}", port: ${settings.port} }`);
  return `${SANDBOX_MARK}
federations: [{ name: myfed, domain: example.com }]
nameservers: [{ name: ns1.example.com, addresses: [127.0.0.1] }]
soa: { rname: hostmaster.example.com, negativeTtlSeconds: 30 }
listen: [${listen.join(", ")}]
admin: { address: "127.0.0.1", port: ${settings.adminPort} }
ttlSeconds: 30
stateDirectory: ./state
serve: { drainSeconds: 0 }
log: { level: warn }
sources:
  ingresses: { enabled: true }
  gateways: { enabled: true }
  externalDns: { enabled: true }
  dnsEndpoints: { enabled: true }
hosts: [{ suffix: apps.example.com }]
${membersOf(settings)}`;
}

/** Members are declared by the host, and here where the host lacks the types for that. */
function membersOf({ clusters, host, directory }: SandboxSettings): string {
  const written = clusters.filter(({ isInHost }) => isInHost !== true);
  const lines = written.map((cluster) => `  - ${clusterLine(cluster, directory)}\n`).join("");
  const list = written.length === 0 ? "" : `clusters:\n${lines}`;
  if (written.length === clusters.length) return list;
  const names = clusters.filter(({ isInHost }) => isInHost === true).map(({ name }) => name);
  const kubeconfig = JSON.stringify(pathFrom(directory, host.kubeconfigPath));
  return `${list}# KubeFedClusters of the host are members too: ${names.join(", ")}.
host: { kubeconfig: ${kubeconfig}, context: ${JSON.stringify(host.context)} }
# Plain objects of the host with an annotation of Federation v1 are federated as well.
propagation: { federationV1: enabled }
`;
}

function pathFrom(directory: string, path: string): string {
  return `./${relative(directory, path)}`;
}

/** Region and zones come from the nodes' labels, as they do in a real cluster. */
function clusterLine(cluster: RunningCluster, directory: string): string {
  const kubeconfig = pathFrom(directory, cluster.kubeconfigPath);
  const place = { latitude: cluster.latitude ?? null, longitude: cluster.longitude ?? null };
  const hasPlace = place.latitude !== null && place.longitude !== null;
  const location = hasPlace
    ? `, location: { latitude: ${place.latitude}, longitude: ${place.longitude} }`
    : "";
  const text = JSON.stringify;
  return `{ name: ${text(cluster.name)}, kubeconfig: ${text(kubeconfig)}, context: ${text(cluster.context)}${location} }`;
}
