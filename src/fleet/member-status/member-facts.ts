/** What a member is asked seldom: the version of its API server, and the uid by which it is told from other clusters. */
import { isRecord, KubeError } from "../kube/kube-error.ts";
import type { Transport } from "../kube/transport.ts";

const VERSION = /^v[0-9A-Za-z.+-]{1,62}$/;
const UID = /^[0-9a-f-]{1,64}$/i;

/** Null: the member does not tell, or not in a form that we know. Throws as `Transport.request` does. */
export async function readVersion(transport: Transport, signal: AbortSignal): Promise<string | null> {
  const { json } = await transport.request({ path: "/version", signal });
  const version = isRecord(json) ? json["gitVersion"] : undefined;
  return typeof version === "string" && VERSION.test(version) ? version : null;
}

/**
 * The uid of the namespace kube-system. Reads it with a list, which the role for reading names allows. Null: it may not be
 * read. Throws as `Transport.request` does.
 */
export async function readClusterUid(transport: Transport, signal: AbortSignal): Promise<string | null> {
  const query = { fieldSelector: "metadata.name=kube-system", limit: 1 };
  try {
    const { json } = await transport.request({ path: "/api/v1/namespaces", query, signal });
    const items: readonly unknown[] = isRecord(json) && Array.isArray(json["items"]) ? json["items"] : [];
    const [namespace] = items;
    const metadata = isRecord(namespace) && isRecord(namespace["metadata"]) ? namespace["metadata"] : {};
    const { uid } = metadata;
    return typeof uid === "string" && UID.test(uid) ? uid.toLowerCase() : null;
  } catch (error) {
    if (error instanceof KubeError && error.status === 403) return null;
    throw error;
  }
}
