/** A problem with an object in a cluster, reported to its owner. */

export type ObjectWarning = {
  readonly cluster: string;
  /** Kubernetes' name for the type of the object. */
  readonly kind: string;
  /** "namespace/name", or the name of a Namespace. */
  readonly key: string;
  /** `metadata.uid`; absent = not known. */
  readonly uid?: string;
  /** One word in CamelCase, as in a Kubernetes Event. */
  readonly reason: "InvalidAnnotation" | "ConflictingAnnotations" | "NotServed" | "NotProbed";
  readonly message: string;
};

/** "service demo/hello in us-west". */
export function objectText({ kind, key, cluster }: Pick<ObjectWarning, "kind" | "key" | "cluster">): string {
  return `${kind.toLowerCase()} ${key} in ${cluster}`;
}
