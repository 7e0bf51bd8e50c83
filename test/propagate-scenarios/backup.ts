/** A backup of the host, as a tool makes it that reads objects and creates them again: uids and versions are others afterwards. */
import type { ApiServer } from "../../src/sandbox/api-server.ts";
import { NAMESPACE } from "../support/host-cluster.ts";
import { CORE, FEDERATED, KINDS, type Loose, refOfObject } from "./objects.ts";

export type Backup = readonly Loose[];

/** Namespaces before what is in them. */
const SAVED = [
  ["apiextensions.k8s.io/v1", "CustomResourceDefinition"],
  ["v1", "Namespace"],
  ["v1", "Secret"],
  ["v1", "ConfigMap"],
  [CORE, "KubeFedConfig"],
  [CORE, "KubeFedCluster"],
  [CORE, "FederatedTypeConfig"],
] as const;

export function backupOf({ objects }: ApiServer): Backup {
  const federated = Object.keys(KINDS).map((kind) => [FEDERATED, `Federated${kind}`] as const);
  return [...SAVED, ...federated]
    .flatMap(([apiVersion, kind]) => objects.list(apiVersion, kind))
    .map((object) => ({ ...object, metadata: { ...object.metadata, uid: undefined } }));
}

/** What the server has from the start stays. */
export async function restoreInto(server: ApiServer, backup: Backup): Promise<void> {
  const isDefinition = ({ kind }: Loose): boolean => kind === "CustomResourceDefinition";
  for (const object of backup.filter(isDefinition)) server.objects.put(object as never);
  await server.settled();
  for (const object of backup.filter((one) => !isDefinition(one)))
    if (server.objects.get(refOfObject(object)) === undefined) server.objects.put(object as never);
}

/** Fedns has paused changes of copies by itself. */
export function isPaused({ objects }: ApiServer): boolean {
  const ref = { apiVersion: "v1", kind: "ConfigMap", namespace: NAMESPACE, name: "fedns-changes" };
  const order: Loose | undefined = objects.get(ref);
  return order?.["data"]?.state === "paused";
}
