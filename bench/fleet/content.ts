/** The clusters of the `fleet` bench: all have the same services, each with an address of its own. Objects as text, as API servers write them. */
import { pageText } from "../load/api-objects.ts";

const namespace = "demo";
const domain = "federation.example";
/** KubeFed's namespace, which the settings of the host name by default. */
export const hostNamespace = "kube-federation-system";

export function clusterName(cluster: number): string {
  return `c${cluster}`;
}

function serviceName(index: number): string {
  return `s${index}`;
}

/** Of a service in the region of a cluster, which is named as the cluster; null = of all clusters. */
export function nameOf(index: number, cluster: number | null): string {
  const region = cluster === null ? "" : `${clusterName(cluster)}.`;
  return `${serviceName(index)}.${namespace}.bench.svc.${region}${domain}`;
}

export type Place = { readonly cluster: number; readonly index: number; readonly version: number };

/** In 198.18.0.0/15 (RFC 2544): no two clusters or services, and no two successive versions, have one in common. */
export function addressOf({ cluster, index, version }: Place, services: number): string {
  const number = cluster * services + index;
  return `198.${18 + (version & 1)}.${(number >> 8) & 0xff}.${number & 0xff}`;
}

export type Kind = "services" | "endpointslices";
export const kinds: readonly Kind[] = ["services", "endpointslices"];
const titles: Readonly<Record<Kind, string>> = { services: "Service", endpointslices: "EndpointSlice" };

/** Some 1,000 octets, which is small for a real object. */
export function objectText(kind: Kind, place: Place, services: number): string {
  const name = serviceName(place.index);
  const metadata = {
    name,
    namespace,
    uid: `00000000-0000-4000-8000-${String(place.index).padStart(12, "0")}`,
    resourceVersion: String(1_000 + place.version),
    creationTimestamp: "2026-01-01T00:00:00Z",
    labels: { app: name, "kubernetes.io/service-name": name },
    annotations: { "kubectl.kubernetes.io/last-applied-configuration": "filling ".repeat(50) },
  };
  if (kind === "services") {
    const ports = [{ name: "http", protocol: "TCP", port: 80, targetPort: 8080, nodePort: 30_000 }];
    const spec = { type: "LoadBalancer", ports, selector: { app: name }, clusterIP: "10.96.0.1" };
    const status = { loadBalancer: { ingress: [{ ip: addressOf(place, services) }] } };
    return JSON.stringify({ metadata, spec, status });
  }
  const endpoints = [{ addresses: ["10.1.2.3"], conditions: { ready: true }, nodeName: "node-1" }];
  const ports = [{ name: "http", protocol: "TCP", port: 8080 }];
  return JSON.stringify({ metadata, addressType: "IPv4", endpoints, ports });
}

export function listText(kind: Kind, cluster: number, services: number): string {
  const items = Array.from({ length: services }, (_, index) =>
    objectText(kind, { cluster, index, version: 0 }, services),
  );
  return pageText(titles[kind], "1000", "", items);
}

export type ConfigPlan = {
  readonly port: number;
  readonly adminPort: number;
  readonly stateDirectory: string;
  readonly ttlSeconds: number;
};

/** Without a list of clusters: the host declares them. */
export function configText({ port, adminPort, stateDirectory, ttlSeconds }: ConfigPlan): string {
  return `federations: [{ name: bench, domain: ${domain} }]
nameservers: [{ name: ns1.${domain}, addresses: [127.0.0.1] }]
listen: [{ address: 127.0.0.1, port: ${port} }]
admin: { port: ${adminPort} }
stateDirectory: ${stateDirectory}
log: { level: warn, format: json }
locate: { database: none }
serve: { drainSeconds: 0 }
rateLimit: { exempt: [127.0.0.1/32] }
ttlSeconds: ${ttlSeconds}
host: { kubeconfig: ./host.kubeconfig }
clusters: []
`;
}
