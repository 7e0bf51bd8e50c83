/** The configuration that the sandbox writes: the example of the README with its ports and clusters. */
import { relative } from "node:path";
import type { RunningCluster } from "../session/session.ts";

/** The first line. A file without it was not written by a sandbox and is not overwritten. */
export const SANDBOX_MARK = "# Written by `fedns sandbox` at each start: changes here are lost.";

type SandboxSettings = {
  readonly directory: string;
  /** Literal addresses DNS listens on. */
  readonly addresses: readonly string[];
  readonly port: number;
  readonly adminPort: number;
  readonly clusters: readonly RunningCluster[];
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
clusters:
${settings.clusters.map((cluster) => `  - ${clusterLine(cluster, settings.directory)}\n`).join("")}`;
}

/** Region and zones come from the nodes' labels, as they do in a real cluster. */
function clusterLine(cluster: RunningCluster, directory: string): string {
  const kubeconfig = `./${relative(directory, cluster.kubeconfigPath)}`;
  const place = { latitude: cluster.latitude ?? null, longitude: cluster.longitude ?? null };
  const hasPlace = place.latitude !== null && place.longitude !== null;
  const location = hasPlace
    ? `, location: { latitude: ${place.latitude}, longitude: ${place.longitude} }`
    : "";
  const text = JSON.stringify;
  return `{ name: ${text(cluster.name)}, kubeconfig: ${text(kubeconfig)}, context: ${text(cluster.context)}${location} }`;
}
