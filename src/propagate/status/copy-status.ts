/**
 * What is said about one copy in `status.clusters` of a federated object: KubeFed's names, and more where its CRD has room.
 *
 *   status                 | meaning                                          | tried again
 *   ""                     | the copy is as wanted                            |
 *   WaitingForRemoval      | its deletion was accepted, and it is still there | when it is gone
 *   ClusterNotReady        | it is placed in a cluster that is not seen       | when the cluster is seen
 *   ClientRetrievalFailed  | there are no credentials for the cluster         | when there are
 *   ComputeResourceFailed  | the template cannot be rendered                  | when the object changes
 *   ApplyOverridesFailed   | an override does not fit                         | when the object changes
 *   CreationFailed …       | the API server refused                           | after a growing wait, or when the object changes
 *   CreationTimedOut …     | the API server did not answer in time            | after a growing wait
 *   AlreadyExists          | it is there, and adoption is off                 | when that changes
 *   ManagedLabelFalse      | its member opted out                             | when that changes
 *   Contested              | another writer insists on fields of the template | after a growing wait
 *   KindNotServed          | the cluster does not serve the kind              | after a growing wait
 *   NoSuchCluster          | the placement names a cluster that is none       | when there is one
 *   NamespaceNotPlaced     | the placement names a cluster that its namespace does not go to | when that changes
 *   WaitingForDependencies | federated objects that it names are not there yet | when they are, or in a minute
 *   Paused                 | changes are held: a pause, or too many in a minute | when they go on
 *   WaitingForDrain        | it is to go, and clients may still be led to it | when none is
 *   WaitingForRollout      | it is not in the newest version                  | when it is its turn
 *
 * The last eight are not among KubeFed's, whose remaining statuses are
 * about its cache, which fedns does not have.
 */
export const COPY_STATUSES = [
  "",
  "WaitingForRemoval",
  "ClusterNotReady",
  "ClientRetrievalFailed",
  "ComputeResourceFailed",
  "ApplyOverridesFailed",
  "CreationFailed",
  "UpdateFailed",
  "DeletionFailed",
  "LabelRemovalFailed",
  "RetrievalFailed",
  "CreationTimedOut",
  "UpdateTimedOut",
  "DeletionTimedOut",
  "LabelRemovalTimedOut",
  "AlreadyExists",
  "ManagedLabelFalse",
  "Contested",
  "KindNotServed",
  "NoSuchCluster",
  "NamespaceNotPlaced",
  "WaitingForDependencies",
  "Paused",
  "WaitingForDrain",
  "WaitingForRollout",
] as const;
export type CopyStatus = (typeof COPY_STATUSES)[number];

export type CopyReport = {
  readonly cluster: string;
  readonly status: CopyStatus;
  /** Why, in one sentence with the cure; null when there is nothing to say. */
  readonly message: string | null;
  /** HTTP code of the refusal; null = none. */
  readonly code: number | null;
  /** The same request would be refused for ever: it is not sent again. Absent = no. */
  readonly isFinal?: boolean;
  /** Wall time in ms since when the status is this one; 0 = not known. */
  readonly sinceMs: number;
  /** Generation of the federated object that the copy has; null = unknown. */
  readonly generation: number | null;
  /** `status` of the copy, where its type collects it. */
  readonly remoteStatus?: unknown;
};
