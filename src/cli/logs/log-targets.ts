/** The containers whose logs a person asks for: those of a pod, or of the pods of a workload, in every member that has it. */
import { OperationalError } from "../../kernel/error.ts";
import { isRecord } from "../../fleet/kube/kube-error.ts";
import { type ApiObject, apiObject } from "../../fleet/objects/api-object.ts";
import { pathOfCollection } from "../../fleet/objects/object-path.ts";
import type { ClusterConnection } from "../clusters/connect.ts";
import { type Answered, askMembers, membersWithKind, nowhere } from "../everywhere/ask-members.ts";
import { objectsOn, readNamed, readPages } from "../everywhere/read-member.ts";
import type { MembersWork } from "../everywhere/with-members.ts";
import type { ReadKind } from "../tables/find-kind.ts";
import { podSelector } from "./pod-selector.ts";

/** `container`: undefined where the pod says nothing of its containers; the API server then decides. */
export type LogTarget = {
  readonly member: ClusterConnection;
  readonly pod: string;
  readonly container: string | undefined;
  /** Others of the pod that were not chosen, because the person chose none. */
  readonly others: readonly string[];
};

type LogSubject = {
  readonly type: string;
  readonly name: string;
  /** Undefined: the one that the pod names by an annotation, else its first. */
  readonly container: string | undefined;
};

const PODS = { group: "", version: "v1", plural: "pods" };
const DEFAULT_CONTAINER = "kubectl.kubernetes.io/default-container";

/** By cluster and pod. Throws OperationalError CLUSTER_STEP when no member that answers has the object. */
export async function logTargets(work: MembersWork, subject: LogSubject): Promise<readonly LogTarget[]> {
  const { type, name } = subject;
  const found = await membersWithKind(work, type);
  const kinds = new Map(found.map(({ member, value }) => [member, value]));
  const members = found.map(({ member }) => member);
  const answers = await askMembers({ ...work, members }, `${type} ${name}`, (member) =>
    podsOf(member, kinds.get(member) as ReadKind, name, work),
  );
  const there = answers.filter((answer): answer is Answered<readonly ApiObject[]> => answer.value !== null);
  const { namespace } = work;
  if (there.length === 0 && answers.length > 0)
    throw nowhere({ type, names: [name], namespace }, answers.length);
  const targets = there.flatMap(({ member, value }) =>
    value
      .toSorted((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1))
      .map((pod) => targetIn(member, pod, subject.container)),
  );
  if (targets.length === 0 && there.length > 0)
    work.note(`${type} ${name} has no pods in the namespace ${namespace}`);
  return targets;
}

/** Null: the member has no such object. */
async function podsOf(
  member: ClusterConnection,
  kind: ReadKind,
  name: string,
  work: MembersWork,
): Promise<readonly ApiObject[] | null> {
  const { namespace } = work;
  const json = await readNamed(member, { kind, namespace: kind.isNamespaced ? namespace : "", name }, work);
  if (!isRecord(json)) return null;
  if (kind.group === "" && kind.plural === PODS.plural) return [apiObject(json)];
  const labelSelector = podSelector(json);
  if (labelSelector === null)
    throw new OperationalError("CLUSTER_STEP", `${kind.kind} ${name} selects no pods; name a pod`);
  const path = pathOfCollection({ resource: PODS, namespace });
  return objectsOn(await readPages(member, { path, query: { labelSelector } }, work));
}

function targetIn(member: ClusterConnection, pod: ApiObject, chosen: string | undefined): LogTarget {
  const { name, annotations = {} } = pod.metadata;
  if (chosen !== undefined) return { member, pod: name, container: chosen, others: [] };
  const spec = isRecord(pod["spec"]) ? pod["spec"] : {};
  const listed: readonly unknown[] = Array.isArray(spec["containers"]) ? spec["containers"] : [];
  const names = listed.filter(isRecord).map((container) => String(container["name"]));
  const container = names.find((one) => one === annotations[DEFAULT_CONTAINER]) ?? names[0];
  return { member, pod: name, container, others: names.filter((one) => one !== container) };
}
