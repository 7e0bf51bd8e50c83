/** What the supervisor assigns to a serve process, and the messages between the two over the IPC channel. */
import type { TermsSettings } from "../terms/terms.ts";

export type StreamLimits = {
  readonly maxConnections: number;
  readonly maxConnectionsPerClient: number;
  readonly idleMs: number;
  readonly messageMs: number;
  /** Connections at a time whose clients do not read their answers. */
  readonly maxStalled: number;
};

export type UdpSocketHandle = {
  readonly fd: number;
  readonly address: string;
  readonly isWildcard: boolean;
  /** Networks (CIDR) whose senders must send PROXY headers. */
  readonly proxies: readonly string[];
};

export type TcpSocketHandle = { readonly fd: number; readonly proxies: readonly string[] };

export type Assignment = {
  readonly picturePath: string;
  readonly scoreboardFd: number;
  /** One worker per socket. */
  readonly udp: readonly UdpSocketHandle[];
  readonly tcp: readonly TcpSocketHandle[];
  readonly engine: "batched" | "dgram";
  /** A worker whose batched engine keeps failing goes on with the other one. */
  readonly mayChangeEngine: boolean;
  /** This process's first block on the scoreboard; the TCP worker's block is the one after the UDP workers'. */
  readonly firstBlock: number;
  readonly streams: StreamLimits;
  readonly terms: TermsSettings;
};

export type ToServe = { readonly kind: "start"; readonly assignment: Assignment } | { readonly kind: "stop" };
export type FromServe =
  | { readonly kind: "ready" }
  /** The picture cannot be read: the process ends. */
  | { readonly kind: "refused"; readonly error: string; readonly code?: string }
  | { readonly kind: "worker-lost"; readonly worker: string; readonly reason: string }
  /** Batched UDP keeps failing: this worker goes on with plain sockets. */
  | { readonly kind: "engine-changed"; readonly address: string; readonly reason: string };

/** The assignment of one worker thread. */
export type WorkerTask = {
  readonly picturePath: string;
  readonly scoreboardFd: number;
  readonly block: number;
  readonly terms: TermsSettings;
  readonly work:
    | { readonly kind: "batched"; readonly socket: UdpSocketHandle }
    | { readonly kind: "dgram"; readonly socket: UdpSocketHandle }
    | {
        readonly kind: "streams";
        readonly sockets: readonly TcpSocketHandle[];
        readonly limits: StreamLimits;
      };
};
