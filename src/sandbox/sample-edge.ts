/** An Ingress, and a Gateway with a route, to a Service of the sample; the same in every member. */
import { dnsEndpointDefinition } from "./bundled/dns-endpoint.ts";
import { gatewayDefinitions } from "./bundled/gateway.ts";
import type { Manifest } from "./store/objects.ts";
import { gatewayControllerName, gatewayVersion, ingressControllerName } from "./edge/names.ts";

const className = "sandbox";
const namespace = "shop";
const backend = { name: "inventory", port: 80 };

/** Definitions first: the objects that follow are of their kinds. */
export const sampleEdgeManifests: readonly Manifest[] = [
  ...gatewayDefinitions,
  dnsEndpointDefinition,
  {
    apiVersion: "networking.k8s.io/v1",
    kind: "IngressClass",
    metadata: { name: className, annotations: { "ingressclass.kubernetes.io/is-default-class": "true" } },
    spec: { controller: ingressControllerName },
  },
  {
    apiVersion: "networking.k8s.io/v1",
    kind: "Ingress",
    metadata: { name: "shop", namespace },
    spec: {
      ingressClassName: className,
      rules: [
        {
          host: "shop.apps.example.com",
          http: {
            paths: [
              {
                path: "/",
                pathType: "Prefix",
                backend: { service: { name: backend.name, port: { number: backend.port } } },
              },
            ],
          },
        },
      ],
    },
  },
  {
    apiVersion: gatewayVersion,
    kind: "GatewayClass",
    metadata: { name: className },
    spec: { controllerName: gatewayControllerName },
  },
  {
    apiVersion: gatewayVersion,
    kind: "Gateway",
    metadata: { name: "public", namespace },
    spec: {
      gatewayClassName: className,
      listeners: [{ name: "http", protocol: "HTTP", port: 80, hostname: "*.apps.example.com" }],
    },
  },
  {
    apiVersion: gatewayVersion,
    kind: "HTTPRoute",
    metadata: { name: "catalog", namespace },
    spec: {
      parentRefs: [{ name: "public" }],
      hostnames: ["catalog.apps.example.com"],
      rules: [{ backendRefs: [backend] }],
    },
  },
];
