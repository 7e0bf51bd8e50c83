/**
 * Whether a member is the host itself. A FederatedNamespace is in the namespace that it is about, with all other federated objects:
 * the host's own namespace is no copy, and is never deleted for the reason that it is placed elsewhere.
 */
import type { Transport } from "../../fleet/kube/transport.ts";
import { read, readAll } from "../../fleet/objects/read.ts";

const RESOURCE = { group: "", version: "v1", plural: "namespaces" };

type HostContext = {
  /** Of the host. */
  readonly transport: Transport;
  /** That of the control plane, which the host's account may read. */
  readonly namespace: string;
  readonly signal: AbortSignal;
};

/** By the uid of the control plane's namespace, which no other cluster has. Throws as `Transport.request` does. */
export async function isHostItself(
  member: Transport,
  { transport, namespace, signal }: HostContext,
): Promise<boolean> {
  const key = { resource: RESOURCE, namespace: "", name: namespace };
  const own = await read(transport, key, { signal });
  // A list, which the role for reading names allows.
  const fieldSelector = `metadata.name=${namespace}`;
  const found = await readAll(member, { resource: RESOURCE, namespace: "" }, { signal, fieldSelector });
  return found.some(({ metadata }) => metadata.name === namespace && metadata.uid === own?.metadata.uid);
}
