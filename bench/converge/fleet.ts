/** The fleet of the `converge` bench: clusters of services, each with an Ingress of its own. Objects as text, as API servers write them. */
import { pageText } from "../load/api-objects.ts";

export const namespace = "demo";
export const domain = "federation.example";
const hostSuffix = `apps.${domain}`;

export function clusterName(cluster: number): string {
  return `c${cluster}`;
}

export function hostOf(cluster: number, index: number): string {
  return `${serviceName(cluster, index)}.${hostSuffix}`;
}

/** No two clusters have a service of the same name, so each service is a name of the federation. */
function serviceName(cluster: number, index: number): string {
  return `s${cluster}-${index}`;
}

/** In 198.18.0.0/15 (RFC 2544). Two successive versions have no address in common. */
export function addressOf(index: number, version: number): string {
  return `198.${18 + (version & 1)}.${(index >> 7) & 0xff}.${((index & 0x7f) << 1) | 1}`;
}

export function octetsOf(address: string): Buffer {
  return Buffer.from(address.split(".").map(Number));
}

export type Kind = "services" | "endpointslices" | "ingresses";
export const kinds: readonly Kind[] = ["services", "endpointslices", "ingresses"];
const titles: Readonly<Record<Kind, string>> = {
  services: "Service",
  endpointslices: "EndpointSlice",
  ingresses: "Ingress",
};

export type Place = { readonly cluster: number; readonly index: number; readonly version: number };

/** Some 1,000 octets, which is small for a real object. */
export function objectText(kind: Kind, { cluster, index, version }: Place): string {
  const name = serviceName(cluster, index);
  const metadata = {
    name,
    namespace,
    uid: `00000000-0000-4000-8000-${String(index).padStart(12, "0")}`,
    resourceVersion: String(1_000 + version),
    creationTimestamp: "2026-01-01T00:00:00Z",
    labels: { app: name, "kubernetes.io/service-name": name },
    annotations: { "kubectl.kubernetes.io/last-applied-configuration": "filling ".repeat(50) },
  };
  const loadBalancer = { ingress: [{ ip: addressOf(index, version) }] };
  if (kind === "services") {
    const ports = [{ name: "http", protocol: "TCP", port: 80, targetPort: 8080, nodePort: 30_000 }];
    const spec = { type: "LoadBalancer", ports, selector: { app: name }, clusterIP: "10.96.0.1" };
    return JSON.stringify({ metadata, spec, status: { loadBalancer } });
  }
  if (kind === "endpointslices") {
    const endpoints = [{ addresses: ["10.1.2.3"], conditions: { ready: true }, nodeName: "node-1" }];
    const ports = [{ name: "http", protocol: "TCP", port: 8080 }];
    return JSON.stringify({ metadata, addressType: "IPv4", endpoints, ports });
  }
  const backend = { service: { name, port: { number: 80 } } };
  const rule = {
    host: hostOf(cluster, index),
    http: { paths: [{ path: "/", pathType: "Prefix", backend }] },
  };
  return JSON.stringify({
    metadata,
    spec: { ingressClassName: "nginx", rules: [rule] },
    status: { loadBalancer },
  });
}

/** `query` as the API has it: limit and continue. */
export function listText(kind: Kind, cluster: number, query: URLSearchParams, count: number): string {
  const from = Number(query.get("continue") ?? 0);
  const to = Math.min(count, from + Number(query.get("limit") ?? count));
  const items = Array.from({ length: to - from }, (_, i) =>
    objectText(kind, { cluster, index: from + i, version: 0 }),
  );
  return pageText(titles[kind], "1000", to < count ? String(to) : "", items);
}

export function configText(port: number, adminPort: number, clusters: number): string {
  const members = Array.from({ length: clusters }, (_, i) => clusterName(i)).map(
    (name) => `  - { name: ${name}, kubeconfig: ./${name}.kubeconfig }\n`,
  );
  return `federations: [{ name: bench, domain: ${domain} }]
nameservers: [{ name: ns1.${domain}, addresses: [127.0.0.1] }]
listen: [{ address: 127.0.0.1, port: ${port} }]
admin: { port: ${adminPort} }
stateDirectory: ./state
log: { level: warn, format: json }
locate: { database: none }
serve: { drainSeconds: 0 }
rateLimit: { exempt: [127.0.0.1/32] }
sources: { ingresses: { enabled: true } }
hosts: [{ suffix: ${hostSuffix} }]
clusters:${members.length === 0 ? " []" : `\n${members.join("")}`}
`;
}
