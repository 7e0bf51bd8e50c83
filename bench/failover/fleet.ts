/** The fleet of the `failover` bench: services in three clusters, some of them probed, and where their addresses are. Pure. */
import type { Manifest } from "../../src/sandbox/store/objects.ts";

export const clusters = ["us-west", "eu-central", "ap-northeast"] as const;
export type ClusterName = (typeof clusters)[number];
export const domain = "federation.example";
const federationLabel = "bench";
const namespace = "demo";
/** For the probed services. The addresses of other services lead nowhere. */
export const gatewayPort = 8080;
export const intervalMs = 1_000;
export const fall = 2;

export type Kind = "event" | "probe";

/** The region of the first cluster: addresses of the others are not answered there while the first has any. */
export function nameOf(kind: Kind, index: number): string {
  return `${labelOf(kind, index)}.${namespace}.${federationLabel}.svc.${clusters[0]}.${domain}`;
}

/**
 * In 198.18.0.0/15 (RFC 2544). Each probed service has its own address in the first cluster. In each other cluster all
 * of them share one address, with one gateway.
 */
export function addressOf(kind: Kind, cluster: number, index: number): string {
  const [high, low] = [Math.floor(index / 250), (index % 250) + 1];
  if (kind === "event") return `198.19.${cluster * 16 + high}.${low}`;
  return cluster === 0 ? `198.18.${high}.${low}` : `198.18.${200 + cluster}.1`;
}

export function octetsOf(address: string): Buffer {
  return Buffer.from(address.split(".").map(Number));
}

export function configText(settings: { readonly port: number; readonly adminPort: number }): string {
  return JSON.stringify({
    federations: [{ name: federationLabel, domain }],
    nameservers: [{ name: `ns1.${domain}`, addresses: ["127.0.0.1"] }],
    listen: [{ address: "127.0.0.1", port: settings.port }],
    admin: { port: settings.adminPort },
    stateDirectory: "./state",
    log: { level: "warn", format: "json" },
    serve: { drainSeconds: 0 },
    rateLimit: { exempt: ["127.0.0.1/32"] },
    // The location of clients does not matter here, and loading the database would occupy a core for seconds.
    locate: { database: "none" },
    clusters: clusters.map((name) => ({ name, kubeconfig: `./${name}.kubeconfig` })),
  });
}

/** As often as probes may be. */
const probed = {
  "fedns.io/probe": `http://:${gatewayPort}/healthz`,
  "fedns.io/probe-interval": `${intervalMs}ms`,
  "fedns.io/probe-timeout": "500ms",
  "fedns.io/probe-fall": String(fall),
};

export function serviceManifest(kind: Kind, cluster: number, index: number): Manifest {
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: {
      name: labelOf(kind, index),
      namespace,
      annotations: kind === "probe" ? { ...probed } : {},
    },
    // A class of its own: the sandbox gives it no addresses.
    spec: { type: "LoadBalancer", loadBalancerClass: "bench.example/own", ports: [{ port: 80 }] },
    status: { loadBalancer: { ingress: [{ ip: addressOf(kind, cluster, index) }] } },
  };
}

export function sliceManifest(kind: Kind, index: number, isReady: boolean): Manifest {
  const name = labelOf(kind, index);
  return {
    apiVersion: "discovery.k8s.io/v1",
    kind: "EndpointSlice",
    metadata: { name, namespace, labels: { "kubernetes.io/service-name": name } },
    addressType: "IPv4",
    endpoints: [1, 2, 3].map((host) => ({ addresses: [`10.0.0.${host}`], conditions: { ready: isReady } })),
    ports: [{ port: 80 }],
  };
}

export const namespaceManifest: Manifest = {
  apiVersion: "v1",
  kind: "Namespace",
  metadata: { name: namespace },
};

function labelOf(kind: Kind, index: number): string {
  return `${kind}-${index}`;
}
