/** Where the credentials of one cluster come from, for the connection that loads them again whenever they change. */
import type { Credentials } from "../kube/credentials.ts";

export type LoadedCredentials = {
  readonly credentials: Credentials;
  /** The stamp of what was read, taken before reading: a change meanwhile gives another stamp. */
  readonly stamp: string;
};

export type CredentialsSource = {
  /** For messages: "kubeconfig /etc/fedns/us-west.kubeconfig, context admin". Two sources of the same name are interchangeable. */
  readonly name: string;
  /** Cheap, because it is asked every few seconds: differs once loading again would give other credentials. Never rejects. */
  stamp(): Promise<string>;
  /** Throws OperationalError KUBE_CONFIG or KUBE_EXEC, with what is wrong and how to fix it. */
  load(): Promise<LoadedCredentials>;
  /** Calls `listener` when the stamp may have changed, for sources that hear of it. Returns how to stop that. */
  subscribe(listener: () => void): () => void;
};
