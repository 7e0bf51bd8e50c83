/** The words that Federation v1 has on plain objects of the host, and those that fedns adds. */

/** Which clusters an object goes to, as a JSON list of requirements. */
export const SELECTOR = "federation.alpha.kubernetes.io/cluster-selector";
const PREFERENCES_OF: ReadonlyMap<string, string> = new Map([
  ["Deployment", "federation.kubernetes.io/deployment-preferences"],
  ["ReplicaSet", "federation.kubernetes.io/replica-set-preferences"],
  ["Job", "federation.kubernetes.io/job-preferences"],
]);

/** Copies go before the object does. */
export const PLAIN_FINALIZER = "federation.kubernetes.io/delete-from-underlying-clusters";
/** What API servers put on an object that is deleted without what belongs to it; the garbage collector takes it away soon. */
export const ORPHAN_FINALIZER = "orphan";
/** fedns's own: what was asked for when the object was deleted, "orphan" or "delete", and the uid of that object. */
export const CASCADE = "fedns.io/cascade";

/** The annotation about numbers that a kind has; null = none. */
export function preferencesAnnotation(kind: string): string | null {
  return PREFERENCES_OF.get(kind) ?? null;
}

/** Annotations that are about the object of the host, and that no copy gets. */
export function isAboutHost(annotation: string): boolean {
  return (
    /^(federation\.(alpha\.)?kubernetes\.io|([a-z0-9-]+\.)?(fedns|kubefed)\.io)\//.test(annotation) ||
    annotation === "kubectl.kubernetes.io/last-applied-configuration" ||
    annotation === "deployment.kubernetes.io/revision"
  );
}
