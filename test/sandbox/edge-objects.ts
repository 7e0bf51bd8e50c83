/** Builders of Ingresses, Gateways and routes. */
import type { Manifest } from "../../src/sandbox/store/objects.ts";

export const pool = {
  ipv4Prefix: "192.0.2.",
  ipv6Prefix: "2001:db8:1::",
  ipv4PerService: 2,
  ipv6PerService: 1,
};

const namespace = "default";
const gatewayApi = "gateway.networking.k8s.io/v1";

/** An Ingress for one host; everything below `path` goes to Service `web`. */
export function ingress(name: string, host: string, spec: object, path: object = {}): Manifest {
  const backend = { service: { name: "web", port: { number: 80 } } };
  const paths = [{ path: "/", pathType: "Prefix", backend, ...path }];
  const metadata = { name, namespace };
  return {
    apiVersion: "networking.k8s.io/v1",
    kind: "Ingress",
    metadata,
    spec: { rules: [{ host, http: { paths } }], ...spec },
  };
}

export function gateway(name: string, listeners: readonly object[]): Manifest {
  const spec = { gatewayClassName: "sandbox", listeners } as never;
  return { apiVersion: gatewayApi, kind: "Gateway", metadata: { name, namespace }, spec };
}

/** A route to Service `web`, unless `spec` overrides it. */
export function route(name: string, spec: object): Manifest {
  const rules = [{ backendRefs: [{ name: "web", port: 80 }] }];
  return {
    apiVersion: gatewayApi,
    kind: "HTTPRoute",
    metadata: { name, namespace },
    spec: { rules, ...spec },
  };
}
