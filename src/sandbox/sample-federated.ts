/** Federated objects of the sample, in the host: a shop's web server, placed in all members, larger in one of them. */
import type { JsonObject } from "./object/json.ts";
import type { Manifest } from "./store/objects.ts";

const namespace = "shop";
const name = "web";
const labels = { app: name };
const LARGER = "eu-central";

/** The namespace first: objects in it go where it goes. */
export const federatedSample: readonly Manifest[] = [
  { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } },
  federated("FederatedNamespace", namespace, {}),
  federated("FederatedConfigMap", name, { data: { GREETING: "hello" } }),
  federated(
    "FederatedDeployment",
    name,
    {
      metadata: { labels },
      spec: {
        replicas: 2,
        selector: { matchLabels: labels },
        template: {
          metadata: { labels },
          spec: {
            containers: [
              {
                name,
                image: "registry.example.net/web:1.0",
                ports: [{ name: "http", containerPort: 8080 }],
                envFrom: [{ configMapRef: { name } }],
              },
            ],
          },
        },
      },
    },
    [{ clusterName: LARGER, clusterOverrides: [{ path: "/spec/replicas", value: 4 }] }],
  ),
  federated("FederatedService", name, {
    metadata: { labels },
    spec: {
      type: "LoadBalancer",
      selector: labels,
      ports: [{ name: "http", port: 80, targetPort: "http" }],
    },
  }),
];

function federated(
  kind: string,
  own: string,
  template: JsonObject,
  overrides?: readonly JsonObject[],
): Manifest {
  return {
    apiVersion: "types.kubefed.io/v1beta1",
    kind,
    metadata: { name: own, namespace },
    spec: { template, placement: { clusterSelector: {} }, ...(overrides && { overrides }) },
  };
}
