/** A problem with the annotations of an object in a cluster, reported to its owner. */

export type ObjectWarning = {
  readonly cluster: string;
  readonly kind: "Service" | "Namespace";
  /** "namespace/name" of a Service, or the name of a Namespace. */
  readonly key: string;
  /** One word in CamelCase, as in a Kubernetes Event. */
  readonly reason: "InvalidAnnotation" | "ConflictingAnnotations";
  readonly message: string;
};

/** "service demo/hello in us-west". */
export function objectText({ kind, key, cluster }: Pick<ObjectWarning, "kind" | "key" | "cluster">): string {
  return `${kind.toLowerCase()} ${key} in ${cluster}`;
}
