/** Kubernetes objects as text, with the usual content around the few fields that fedns keeps. Pure. */

export const namespace = "demo";

export function serviceLabel(index: number): string {
  return `s${index}`;
}

/** Addresses of 198.18.0.0/15 (RFC 2544), three a service; two versions of a service share none. */
export function addressesOfService(index: number, version: number): readonly string[] {
  const third = (index >> 6) & 0xff;
  return [1, 2, 3].map((host) => `198.${18 + (version & 1)}.${third}.${((index & 0x3f) << 2) | host}`);
}

export type ServiceShape = {
  readonly index: number;
  readonly version: number;
  /** The approximate length of the text; shorter objects are padded with an annotation. */
  readonly octets: number;
};

/** A Service of type LoadBalancer with its addresses announced. */
export function serviceText({ index, version, octets }: ServiceShape): string {
  const name = serviceLabel(index);
  const bare = {
    kind: "Service",
    apiVersion: "v1",
    metadata: {
      name,
      namespace,
      uid: `00000000-0000-4000-8000-${String(index).padStart(12, "0")}`,
      resourceVersion: String(1_000 + version),
      creationTimestamp: "2026-01-01T00:00:00Z",
      labels: { app: name },
      annotations: { filling: "" },
    },
    spec: {
      type: "LoadBalancer",
      ports: [{ name: "http", protocol: "TCP", port: 80, targetPort: 8080, nodePort: 30_000 }],
      selector: { app: name },
      clusterIP: "10.96.0.1",
      sessionAffinity: "None",
    },
    status: { loadBalancer: { ingress: addressesOfService(index, version).map((ip) => ({ ip })) } },
  };
  const text = JSON.stringify(bare);
  const filling = "managed fields, last-applied ".repeat(Math.max(0, Math.ceil((octets - text.length) / 29)));
  return text.replace('"filling":""', `"filling":"${filling.slice(0, Math.max(0, octets - text.length))}"`);
}

/** The EndpointSlice of a service, with one ready endpoint. */
export function sliceText(index: number): string {
  const name = serviceLabel(index);
  return JSON.stringify({
    metadata: {
      name: `${name}-x7k2p`,
      namespace,
      resourceVersion: "1000",
      labels: { "kubernetes.io/service-name": name },
    },
    addressType: "IPv4",
    endpoints: [{ addresses: ["10.1.2.3"], conditions: { ready: true } }],
    ports: [{ name: "http", protocol: "TCP", port: 8080 }],
  });
}

/** A node whose labels name the cluster as its region, with one zone. */
export function nodeText(cluster: string): string {
  const labels = { "topology.kubernetes.io/region": cluster, "topology.kubernetes.io/zone": "a" };
  return JSON.stringify({ metadata: { name: "node-1", resourceVersion: "1000", labels } });
}

/** A list; `token` "" on the last page. `items` are texts of objects. */
export function pageText(
  kind: string,
  resourceVersion: string,
  token: string,
  items: readonly string[],
): string {
  const metadata = token === "" ? { resourceVersion } : { resourceVersion, continue: token };
  const head = `{"kind":"${kind}List","apiVersion":"v1","metadata":${JSON.stringify(metadata)}`;
  return `${head},"items":[${items.join(",")}]}`;
}
