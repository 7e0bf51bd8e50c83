/** Namespaces: creates what each one starts with, and deletes the content of those that are being deleted. */
import type { Change } from "../store/history.ts";
import { refOf } from "../store/objects.ts";
import type { ObjectClient } from "../store/objects.ts";
import type { Controller } from "../reconcile/loop.ts";

export function namespaceController(objects: ObjectClient, caPem: string): Controller {
  return {
    name: "namespaces",
    keysFor({ kind, object }: Change) {
      if (object.kind === "Namespace" && object.apiVersion === "v1") return [object.metadata.name];
      return kind === "DELETED" && object.metadata.namespace !== undefined ? [object.metadata.namespace] : [];
    },
    reconcile(name) {
      const namespace = objects.get({ apiVersion: "v1", kind: "Namespace", name });
      if (!namespace) return;
      if (!namespace.metadata.deletionTimestamp) {
        createDefaults(objects, name, caPem);
        return;
      }
      for (const object of objects.within(name)) objects.delete(refOf(object));
      if (objects.within(name).length === 0) objects.finalizeNamespace(namespace);
    },
  };
}

function createDefaults(objects: ObjectClient, namespace: string, caPem: string): void {
  const account = { apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "default", namespace } };
  const metadata = { name: "kube-root-ca.crt", namespace };
  const root = { apiVersion: "v1", kind: "ConfigMap", metadata, data: { "ca.crt": caPem } };
  for (const manifest of [account, root]) {
    if (!objects.get({ ...manifest, ...manifest.metadata })) objects.put(manifest);
  }
}
