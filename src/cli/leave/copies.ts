/** The copies of federated objects in a member: what has the labels of this federation, of all kinds that the host propagates. */
import type { ApiObject } from "../../fleet/objects/api-object.ts";
import type { ObjectKey } from "../../fleet/objects/object-path.ts";
import { read, readAll } from "../../fleet/objects/read.ts";
import { MANAGED, OWNER } from "../../propagate/federated/labels.ts";
import type { ClusterConnection } from "../clusters/connect.ts";
import { stepError, stepRefused } from "../clusters/step-error.ts";
import { qualified } from "../membership/kinds.ts";
import { BUILT_IN } from "../membership/planned-object.ts";
import type { DeclaredType } from "../types/declared-types.ts";

export type MemberCopy = {
  readonly type: DeclaredType;
  readonly kind: string;
  readonly key: ObjectKey;
  readonly object: ApiObject;
};

type CopiesOptions = {
  readonly types: readonly DeclaredType[];
  /** Value of the owner label. */
  readonly owner: string;
  readonly signal: AbortSignal;
};

/** Throws an OperationalError when a kind cannot be listed: then it may have copies. */
export async function copiesIn(
  member: ClusterConnection,
  { types, owner, signal }: CopiesOptions,
): Promise<readonly MemberCopy[]> {
  const labelSelector = `${MANAGED}=true,${OWNER}=${owner}`;
  const copies: MemberCopy[] = [];
  for (const type of types) {
    const { group, pluralName: plural, kind, version: preferred } = type.targetType;
    const step = `${member.name}: ${qualified({ group, plural })}`;
    const found = await member.discovery.find(group, plural);
    if (found.state === "not-served") continue;
    if (found.state === "unknown") throw stepRefused(step, `${found.reason}; run the command again`);
    const able = found.served.versions.filter(({ verbs }) => verbs.includes("list"));
    const version = able.find((one) => one.version === preferred)?.version ?? able[0]?.version;
    if (version === undefined) continue;
    const resource = { group, version, plural };
    const objects = await readAll(
      member.transport,
      { resource, namespace: "" },
      { signal, labelSelector },
    ).catch((error: unknown) => {
      throw stepError(step, error, plural);
    });
    for (const object of objects.filter((one) => isCopy(one, owner))) {
      const { name, namespace = "" } = object.metadata;
      copies.push({ type, kind, key: { resource, namespace, name }, object });
    }
  }
  return copies;
}

export function isCopy({ metadata: { labels } }: ApiObject, owner: string): boolean {
  return labels?.[MANAGED] === "true" && labels[OWNER] === owner;
}

type OwnerOptions = {
  readonly host: ClusterConnection;
  /** Of the federation. */
  readonly namespace: string;
  readonly signal: AbortSignal;
};

/** What a running fedns has in the owner label, unless its settings say otherwise: the uid of the federation's namespace. Null: there is none. */
export async function ownerOf({ host, namespace, signal }: OwnerOptions): Promise<string | null> {
  const key = { resource: BUILT_IN.Namespace, namespace: "", name: namespace };
  const object = await read(host.transport, key, { signal }).catch((error: unknown) => {
    throw stepError(`${host.name}: Namespace ${namespace}`, error, key.resource.plural);
  });
  return object?.metadata.uid ?? null;
}

/** `3 Deployments, 12 ConfigMaps` as `3 deployments.apps, 12 configmaps`. */
export function countsOf(copies: readonly MemberCopy[]): string {
  const byType = Map.groupBy(copies, ({ type }) => type.name);
  return [...byType].map(([name, all]) => `${all.length} ${name}`).join(", ");
}
