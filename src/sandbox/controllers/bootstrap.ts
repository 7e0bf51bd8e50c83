/** The initial content of a cluster: namespaces, nodes, and the Service of the API server itself. */
import { defaultRoles } from "../access/default-roles.ts";
import type { JsonObject } from "../object/json.ts";
import type { Manifest, ObjectClient } from "../store/objects.ts";
import { clusterIp } from "../store/allocator.ts";
import type { Controller } from "../reconcile/loop.ts";
import type { NodeSpec } from "../reconcile/settings.ts";

const namespaces = ["default", "kube-system", "kube-public", "kube-node-lease"];

export function bootstrap(objects: ObjectClient, nodes: readonly NodeSpec[]): void {
  for (const name of namespaces) objects.put({ apiVersion: "v1", kind: "Namespace", metadata: { name } });
  nodes.forEach((node, index) => objects.put(nodeManifest(node, index)));
  objects.put(kubernetesService);
  for (const manifest of defaultRoles) objects.put(manifest);
}

/** Recreates the Service of the API server when it is deleted. */
export function bootstrapController(objects: ObjectClient): Controller {
  const { name, namespace } = kubernetesService.metadata;
  return {
    name: "bootstrap",
    keysFor: ({ kind, object }) =>
      kind === "DELETED" &&
      object.kind === "Service" &&
      object.metadata.name === name &&
      object.metadata.namespace === namespace
        ? [name]
        : [],
    reconcile: () => void objects.put(kubernetesService),
  };
}

const kubernetesService: Manifest = {
  apiVersion: "v1",
  kind: "Service",
  metadata: {
    name: "kubernetes",
    namespace: "default",
    labels: { component: "apiserver", provider: "kubernetes" },
  },
  spec: { clusterIP: clusterIp("IPv4", 1), ports: [{ name: "https", port: 443, targetPort: 6443 }] },
};

function nodeManifest({ name, region, zone }: NodeSpec, index: number): Manifest {
  const labels = {
    "kubernetes.io/arch": "amd64",
    "kubernetes.io/hostname": name,
    "kubernetes.io/os": "linux",
    ...(region === undefined ? {} : { "topology.kubernetes.io/region": region }),
    ...(zone === undefined ? {} : { "topology.kubernetes.io/zone": zone }),
  };
  const capacity = { cpu: "8", memory: "32Gi", pods: "110" };
  const condition = (type: string, status: string, reason: string): JsonObject => ({ type, status, reason });
  return {
    apiVersion: "v1",
    kind: "Node",
    metadata: { name, labels },
    spec: { podCIDR: `10.244.${index}.0/24`, providerID: `sandbox://${name}` },
    status: {
      capacity,
      allocatable: capacity,
      addresses: [
        { type: "InternalIP", address: `10.0.0.${index + 1}` },
        { type: "Hostname", address: name },
      ],
      conditions: [
        condition("MemoryPressure", "False", "KubeletHasSufficientMemory"),
        condition("DiskPressure", "False", "KubeletHasNoDiskPressure"),
        condition("PIDPressure", "False", "KubeletHasSufficientPID"),
        condition("Ready", "True", "KubeletReady"),
      ],
      nodeInfo: {
        architecture: "amd64",
        operatingSystem: "linux",
        osImage: "fedns sandbox",
        kernelVersion: "none",
        kubeletVersion: "v1.32.0",
        kubeProxyVersion: "v1.32.0",
        containerRuntimeVersion: "sandbox://0",
        machineID: "",
        systemUUID: "",
        bootID: "",
      },
    },
  };
}
