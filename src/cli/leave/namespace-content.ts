/** What is in a namespace, apart from what every namespace has. */
import { isRecord } from "../../fleet/kube/kube-error.ts";
import type { ApiObject } from "../../fleet/objects/api-object.ts";
import { readAll } from "../../fleet/objects/read.ts";
import { qualified } from "../membership/kinds.ts";
import type { ClusterConnection } from "../clusters/connect.ts";
import { stepError } from "../clusters/step-error.ts";

type ContentOptions = {
  readonly signal: AbortSignal;
  /** Objects that do not count; `kind` is a plural with its group. */
  readonly isIgnored: (object: ApiObject, kind: string) => boolean;
};

/** Made by controllers of Kubernetes, or gone by themselves. */
const USUAL: Readonly<Record<string, (object: ApiObject) => boolean>> = {
  configmaps: ({ metadata }) => metadata.name === "kube-root-ca.crt",
  serviceaccounts: ({ metadata }) => metadata.name === "default",
  secrets: (object) =>
    object["type"] === "kubernetes.io/service-account-token" &&
    isRecord(object.metadata.annotations) &&
    object.metadata.annotations["kubernetes.io/service-account.name"] === "default",
  events: () => true,
  "events.events.k8s.io": () => true,
};

/** `plural/name` of each. Throws an OperationalError when a kind cannot be listed: then it may have objects. */
export async function whatIsIn(
  cluster: ClusterConnection,
  namespace: string,
  { signal, isIgnored }: ContentOptions,
): Promise<readonly string[]> {
  const step = `${cluster.name}: content of Namespace ${namespace}`;
  const document = await cluster.discovery.kinds().catch((error: unknown) => {
    throw stepError(step, error);
  });
  const found: string[] = [];
  for (const kind of document.kinds) {
    const version = kind.versions.find(({ verbs }) => verbs.includes("list"))?.version;
    if (!kind.isNamespaced || version === undefined) continue;
    const resource = { group: kind.group, version, plural: kind.plural };
    const objects = await readAll(cluster.transport, { resource, namespace }, { signal }).catch(
      (error: unknown) => {
        throw stepError(step, error, kind.plural);
      },
    );
    const isUsual = USUAL[qualified(kind)] ?? ((): boolean => false);
    for (const object of objects)
      if (!isUsual(object) && !isIgnored(object, qualified(kind)))
        found.push(`${qualified(kind)}/${object.metadata.name}`);
  }
  return found;
}
