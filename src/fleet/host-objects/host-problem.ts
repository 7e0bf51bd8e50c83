/** What is wrong with an object of the host, for /status, `fedns status` and the Events on the object. */

export type HostProblem = {
  /** The object: "KubeFedCluster us-west". */
  readonly object: string;
  /** One word in CamelCase, the reason of an Event: "ClusterConfigMalformed". */
  readonly reason: string;
  /** What is wrong, and after a semicolon how to fix it. */
  readonly sentence: string;
};

/** The name of the KubeFedCluster that the problem is about; null = it is about something else. */
export function clusterOfProblem({ object }: HostProblem): string | null {
  return object.startsWith(CLUSTER_PREFIX) ? object.slice(CLUSTER_PREFIX.length) : null;
}

const CLUSTER_PREFIX = "KubeFedCluster ";

/** What was read from an object, and its problems. Null: the object as it is cannot be used. */
export type Parsed<T> = { readonly value: T | null; readonly problems: readonly HostProblem[] };

/** A text from an object, short enough for a message, in quotes. */
export function quoted(value: unknown): string {
  const text = JSON.stringify(value) ?? "nothing";
  return text.length > QUOTE_MAX_CHARACTERS ? `${text.slice(0, QUOTE_MAX_CHARACTERS)}…` : text;
}

const QUOTE_MAX_CHARACTERS = 80;
