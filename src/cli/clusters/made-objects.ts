/** What `fedns join` has made in a member, found by its labels. */
import type { ApiObject } from "../../fleet/objects/api-object.ts";
import type { ObjectKey } from "../../fleet/objects/object-path.ts";
import { readAll } from "../../fleet/objects/read.ts";
import {
  CLUSTER_LABEL,
  HOST_LABEL,
  isMadeFor,
  type MadeFor,
  membershipLabels,
  membershipSelector,
} from "../membership/names.ts";
import { PROPAGATION_SUFFIX } from "../membership/member-objects.ts";
import { BUILT_IN, type PlannedObject } from "../membership/planned-object.ts";
import type { ClusterConnection } from "./connect.ts";
import type { Removal, StepRunner } from "./runner.ts";
import { stepError } from "./step-error.ts";

const RIGHTS = ["ClusterRoleBinding", "RoleBinding", "ClusterRole", "Role"] as const;
/** In the order in which they are removed: access ends first, and the namespace goes last. */
const KINDS = [...RIGHTS, "Secret", "ServiceAccount", "Namespace"] as const;

/** All objects with the labels of this membership, in all namespaces. */
export function madeObjects(
  member: ClusterConnection,
  membership: MadeFor,
  signal: AbortSignal,
): Promise<readonly Removal[]> {
  const labelSelector = membershipSelector(membershipLabels(membership));
  const isOurs = ({ metadata }: ApiObject): boolean => isMadeFor(metadata.labels, membership);
  return labelledObjects(member, KINDS, { labelSelector, isOurs, signal });
}

type LabelledOptions = {
  readonly labelSelector: string;
  readonly isOurs: (object: ApiObject) => boolean;
  readonly signal: AbortSignal;
};

async function labelledObjects(
  member: ClusterConnection,
  kinds: readonly (typeof KINDS)[number][],
  { labelSelector, isOurs, signal }: LabelledOptions,
): Promise<readonly Removal[]> {
  const found: Removal[] = [];
  for (const kind of kinds) {
    const resource = BUILT_IN[kind];
    try {
      const objects = await readAll(member.transport, { resource, namespace: "" }, { signal, labelSelector });
      for (const object of objects.filter(isOurs))
        found.push({ kind, key: keyOf(kind, object), object, isOurs });
    } catch (error) {
      throw stepError(`${member.name}: ${resource.plural}`, error, resource.plural);
    }
  }
  return found;
}

type SurplusOptions = {
  readonly runner: StepRunner;
  readonly hostUid: string;
  readonly planned: readonly PlannedObject[];
  /** Rights to propagate stay as they are. */
  readonly keepsPropagation: boolean;
  readonly signal: AbortSignal;
};

/** Rights of an earlier join that are not wanted any more, also of one under another name. */
export async function removeSurplus(member: ClusterConnection, options: SurplusOptions): Promise<void> {
  const { runner, hostUid, planned, keepsPropagation, signal } = options;
  const wanted = new Set(planned.map(({ key, manifest }) => textOf(manifest.kind, key)));
  const isOurs = ({ metadata }: ApiObject): boolean =>
    metadata.labels?.[HOST_LABEL] === hostUid && metadata.labels[CLUSTER_LABEL] !== undefined;
  const labelSelector = `${HOST_LABEL}=${hostUid},${CLUSTER_LABEL}`;
  for (const made of await labelledObjects(member, RIGHTS, { labelSelector, isOurs, signal })) {
    const isKept = keepsPropagation && made.key.name.endsWith(PROPAGATION_SUFFIX);
    if (!isKept && !wanted.has(textOf(made.kind, made.key))) await runner.remove(member, made);
  }
}

function keyOf(kind: (typeof KINDS)[number], { metadata }: ApiObject): ObjectKey {
  return { resource: BUILT_IN[kind], namespace: metadata.namespace ?? "", name: metadata.name };
}

function textOf(kind: string, { namespace, name }: ObjectKey): string {
  return `${kind} ${namespace}/${name}`;
}
