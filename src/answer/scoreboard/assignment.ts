/** What the supervisor hands to a serve process, and what the two say to each other (over the IPC channel). */
import type { TermsSettings } from "../terms/terms.ts";

export type StreamLimits = {
  readonly maxConnections: number;
  readonly maxConnectionsPerClient: number;
  readonly idleMs: number;
  readonly messageMs: number;
  /** Connections whose clients do not read their answers, at a time. */
  readonly maxStalled: number;
};

export type UdpSocketHandle = { readonly fd: number; readonly address: string; readonly isWildcard: boolean };

export type Assignment = {
  readonly picturePath: string;
  readonly scoreboardFd: number;
  /** Each socket gets a worker of its own. */
  readonly udp: readonly UdpSocketHandle[];
  readonly tcpFds: readonly number[];
  readonly engine: "batched" | "dgram";
  /** The first of this process's blocks on the board; the streams worker has the one after the UDP workers'. */
  readonly firstBlock: number;
  readonly streams: StreamLimits;
  readonly terms: TermsSettings;
};

export type ToServe = { readonly kind: "start"; readonly assignment: Assignment } | { readonly kind: "stop" };
export type FromServe =
  | { readonly kind: "ready" }
  | { readonly kind: "worker-lost"; readonly worker: string; readonly reason: string };

/** What one worker thread is given. */
export type WorkerTask = {
  readonly picturePath: string;
  readonly scoreboardFd: number;
  readonly block: number;
  readonly terms: TermsSettings;
  readonly work:
    | { readonly kind: "batched"; readonly socket: UdpSocketHandle }
    | { readonly kind: "dgram"; readonly socket: UdpSocketHandle }
    | { readonly kind: "streams"; readonly fds: readonly number[]; readonly limits: StreamLimits };
};
