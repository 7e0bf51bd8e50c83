/** What the commands have made in a host, looked up by name. */
import type { ApiServer } from "../../../src/sandbox/api-server.ts";
import type { KubeObject } from "../../../src/sandbox/object/object.ts";

export const NAMESPACE = "kube-federation-system";
/** An object of an API server, whatever it has. */
export type Loose = Record<string, any>;

/** By which a cluster is told from others. */
export function uidOf(server: ApiServer): string {
  const system = server.objects.get({ apiVersion: "v1", kind: "Namespace", name: "kube-system" });
  return system?.metadata.uid ?? "";
}

/** The name of the account that the host has in its members. */
export function accountOf(host: ApiServer): string {
  return `fedns-${uidOf(host).slice(0, 8)}`;
}

export function clusterIn(host: ApiServer, name: string): KubeObject | undefined {
  return coreObject(host, "KubeFedCluster", name);
}

export function typeConfigIn(host: ApiServer, name: string): Loose | undefined {
  return coreObject(host, "FederatedTypeConfig", name);
}

export function definitionIn(host: ApiServer, name: string): Loose | undefined {
  return host.objects.get({ apiVersion: "apiextensions.k8s.io/v1", kind: "CustomResourceDefinition", name });
}

function coreObject(host: ApiServer, kind: string, name: string): KubeObject | undefined {
  return host.objects.get({ apiVersion: "core.kubefed.io/v1beta1", kind, namespace: NAMESPACE, name });
}
