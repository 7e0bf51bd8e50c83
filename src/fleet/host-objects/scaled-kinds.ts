/** Which kinds may have a number of replicas: those of Kubernetes itself that have a scale, and kinds of others, since only they know. */
const SCALED: ReadonlySet<string> = new Set([
  "deployments.apps",
  "replicasets.apps",
  "statefulsets.apps",
  "replicationcontrollers.",
]);

export function mayHaveReplicas({
  group,
  plural,
}: {
  /** "" for the core group. */
  readonly group: string;
  readonly plural: string;
}): boolean {
  const isCustom = group.includes(".") && !group.endsWith(".k8s.io");
  return isCustom || SCALED.has(`${plural}.${group}`);
}
