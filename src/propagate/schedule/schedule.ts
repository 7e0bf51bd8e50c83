/** What the engine asks the schedule, and tells it. `key`: "namespace/name" of a federated object. */
import type { Allotment } from "../federated/allotment.ts";

export type Schedule = {
  /** What is decided beside the object; null = nothing is. Cheap: it is asked whenever an object is read. */
  allotmentOf(type: string, key: string): Allotment | null;
  /** False: which workloads have an autoscaler there is not known yet, and nothing of the type may be written. */
  mayWorkIn(cluster: string, type: string, namespace: string): boolean;
  /** The host has another object of this name now. */
  objectChanged(type: string, key: string): void;
  /** A namespace is placed elsewhere. */
  namespaceChanged(namespace: string): void;
};
