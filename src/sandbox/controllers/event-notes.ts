/** Which events a change calls for: those that the controllers and the kubelet of a real cluster would report. */
import { listAt, numberAt, textAt } from "../object/json.ts";
import type { Json } from "../object/json.ts";
import type { KubeObject, OwnerReference } from "../object/object.ts";
import type { EventNote } from "../reconcile/events.ts";
import type { Change } from "../store/history.ts";
import type { ObjectRef } from "../store/objects.ts";

export function eventNotes(change: Change): readonly EventNote[] {
  switch (change.object.kind) {
    case "ReplicaSet":
      return scalingNotes(change);
    case "Pod":
      return podNotes(change);
    case "Service":
      return balancerNotes(change);
    case "Job":
      return jobNotes(change);
    default:
      return [];
  }
}

function normal(
  about: KubeObject | ObjectRef,
  component: string,
  reason: string,
  message: string,
): EventNote {
  return { about, type: "Normal", component, reason, message };
}

function scalingNotes({ kind, object, previous }: Change): readonly EventNote[] {
  const owner = ownerOf(object);
  if (kind === "DELETED" || owner?.kind !== "Deployment") return [];
  const before = previous ? (numberAt(previous, "spec.replicas") ?? 0) : 0;
  const now = numberAt(object, "spec.replicas") ?? 0;
  if (before === now) return [];
  const text = `Scaled ${now > before ? "up" : "down"} replica set ${object.metadata.name} from ${before} to ${now}`;
  return [normal(refTo(owner, object), "deployment-controller", "ScalingReplicaSet", text)];
}

const creators: Readonly<Record<string, string>> = {
  ReplicaSet: "replicaset-controller",
  StatefulSet: "statefulset-controller",
  DaemonSet: "daemonset-controller",
  Job: "job-controller",
};

function podNotes(change: Change): readonly EventNote[] {
  const { kind, object, previous } = change;
  if (kind !== "MODIFIED") return ownerNotes(change);
  const notes: EventNote[] = [];
  const node = textAt(object, "spec.nodeName");
  if (node !== "" && textAt(previous, "spec.nodeName") === "") {
    const { namespace = "", name } = object.metadata;
    const text = `Successfully assigned ${namespace}/${name} to ${node}`;
    notes.push(normal(object, "default-scheduler", "Scheduled", text));
  }
  const isStarted =
    textAt(object, "status.phase") === "Running" && textAt(previous, "status.phase") !== "Running";
  const containers = listAt(object, "spec.containers");
  if (isStarted) notes.push(...containers.flatMap((container) => containerNotes(object, container)));
  return notes;
}

function containerNotes(pod: KubeObject, container: Json): readonly EventNote[] {
  const [name, image] = [textAt(container, "name"), textAt(container, "image")];
  return [
    normal(pod, "kubelet", "Pulled", `Container image ${JSON.stringify(image)} already present on machine`),
    normal(pod, "kubelet", "Created", `Created container: ${name}`),
    normal(pod, "kubelet", "Started", `Started container ${name}`),
  ];
}

/** What the owner of a pod reports about its creation and deletion. */
function ownerNotes({ kind, object }: Change): readonly EventNote[] {
  const owner = ownerOf(object);
  const component = owner && creators[owner.kind];
  if (!owner || component === undefined) return [];
  const { name } = object.metadata;
  const isNew = kind === "ADDED";
  const reason = isNew ? "SuccessfulCreate" : "SuccessfulDelete";
  const plain = `${isNew ? "Created" : "Deleted"} pod: ${name}`;
  const ordinal = `${isNew ? "create" : "delete"} Pod ${name} in StatefulSet ${owner.name} successful`;
  return [normal(refTo(owner, object), component, reason, owner.kind === "StatefulSet" ? ordinal : plain)];
}

function balancerNotes({ kind, object, previous }: Change): readonly EventNote[] {
  const addresses = (service: KubeObject | undefined): number =>
    listAt(service, "status.loadBalancer.ingress").length;
  if (kind === "DELETED" || addresses(object) === 0 || addresses(previous) > 0) return [];
  return [
    normal(object, "service-controller", "EnsuringLoadBalancer", "Ensuring load balancer"),
    normal(object, "service-controller", "EnsuredLoadBalancer", "Ensured load balancer"),
  ];
}

function jobNotes({ kind, object, previous }: Change): readonly EventNote[] {
  const isComplete = (job: KubeObject | undefined): boolean => textAt(job, "status.completionTime") !== "";
  if (kind === "DELETED" || !isComplete(object) || isComplete(previous)) return [];
  return [normal(object, "job-controller", "Completed", "Job completed")];
}

function ownerOf({ metadata }: KubeObject): OwnerReference | undefined {
  return metadata.ownerReferences?.find(({ controller }) => controller === true);
}

function refTo({ apiVersion, kind, name }: OwnerReference, { metadata }: KubeObject): ObjectRef {
  const { namespace } = metadata;
  return { apiVersion, kind, name, ...(namespace !== undefined && { namespace }) };
}
