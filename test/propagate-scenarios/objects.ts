/** The objects of the scenarios: kinds, references and manifests. */
import type { ApiServer } from "../../src/sandbox/api-server.ts";
import type { ObjectRef } from "../../src/sandbox/store/objects.ts";
import { NAMESPACE } from "../support/host-cluster.ts";

export const FEDERATED = "types.kubefed.io/v1beta1";
export const CORE = "core.kubefed.io/v1beta1";

/** The kinds that are propagated: group and version, and plural. */
export const KINDS: Readonly<Record<string, readonly [apiVersion: string, plural: string]>> = {
  Namespace: ["v1", "namespaces"],
  ConfigMap: ["v1", "configmaps"],
  Secret: ["v1", "secrets"],
  ServiceAccount: ["v1", "serviceaccounts"],
  Service: ["v1", "services"],
  PersistentVolumeClaim: ["v1", "persistentvolumeclaims"],
  Deployment: ["apps/v1", "deployments"],
  Widget: ["example.com/v1", "widgets"],
};
export const PLURALS: readonly string[] = Object.values(KINDS).map(([, plural]) => plural);

export type Loose = Record<string, any>;

/** A placement by names. */
export function to(...members: readonly string[]): { readonly placement: object } {
  return { placement: { clusters: members.map((name) => ({ name })) } };
}

export function web(replicas: number, image = "web:1"): Loose {
  const labels = { app: "web" };
  const pod = { metadata: { labels }, spec: { containers: [{ name: "web", image }] } };
  return { metadata: { labels }, spec: { replicas, selector: { matchLabels: labels }, template: pod } };
}

export function override(clusterName: string, path: string, value: unknown): Loose {
  return { clusterName, clusterOverrides: [{ path, value }] };
}

export function refOf(kind: string, apiVersion: string, namespace: string, name: string): ObjectRef {
  return { apiVersion, kind, name, ...(namespace !== "" && { namespace }) };
}

export function refOfObject({ apiVersion, kind, metadata: { namespace = "", name } }: Loose): ObjectRef {
  return refOf(kind, apiVersion, namespace, name);
}

/** As KubeFed's settings have it. */
export function putAdoption(host: ApiServer, isAllowed: boolean): void {
  host.objects.put({
    apiVersion: CORE,
    kind: "KubeFedConfig",
    metadata: { name: "kubefed", namespace: NAMESPACE },
    spec: { scope: "Cluster", syncController: { adoptResources: isAllowed ? "Enabled" : "Disabled" } },
  });
}

export function pathOf(kind: string, namespace: string, name: string): string {
  const [apiVersion, plural] = KINDS[kind] ?? ["", ""];
  return `${apiVersion === "v1" ? "/api" : "/apis"}/${apiVersion}/namespaces/${namespace}/${plural}/${name}`;
}
