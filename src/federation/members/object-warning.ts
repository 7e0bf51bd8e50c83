/** What is wrong with what an object says about traffic, in which object of which cluster: for whoever wrote it there. */

export type ObjectWarning = {
  readonly cluster: string;
  readonly kind: "Service" | "Namespace";
  /** "namespace/name" of a Service, the name of a Namespace; a host's name belongs to no single object. */
  readonly key: string;
  /** One word, as Events of Kubernetes have it. */
  readonly reason: "InvalidAnnotation" | "ConflictingAnnotations";
  readonly message: string;
};

/** "service demo/hello in us-west". */
export function objectText({ kind, key, cluster }: Pick<ObjectWarning, "kind" | "key" | "cluster">): string {
  return `${kind.toLowerCase()} ${key} in ${cluster}`;
}
