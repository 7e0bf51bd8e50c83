/** The settings as the rest of the program sees them: config.ts says what each one means. */

/** Who we are to the world: one federation is the third label of its names and the zone they live in. */
export type FederationConfig = { readonly name: string; readonly domain: string };
export type NameserverConfig = { readonly name: string; readonly addresses: readonly string[] };
export type SoaConfig = {
  readonly mname: string;
  readonly rname: string;
  readonly refreshSeconds: number;
  readonly retrySeconds: number;
  readonly expireSeconds: number;
  readonly negativeTtlSeconds: number;
};
export type ListenConfig = { readonly address: string; readonly port: number };
export type AdminConfig = ListenConfig & { readonly hosts: readonly string[] };
export type TcpConfig = {
  readonly maxConnections: number;
  readonly maxConnectionsPerClient: number;
  readonly idleSeconds: number;
  readonly messageSeconds: number;
};
export type ServeConfig = {
  readonly udp: "auto" | "batched" | "dgram";
  readonly workers: number;
  readonly drainSeconds: number;
  readonly tcp: TcpConfig;
};
export type LogConfig = {
  readonly level: "debug" | "info" | "warn" | "error";
  readonly format: "auto" | "json" | "pretty";
};
export type ClusterConfig = {
  readonly name: string;
  /** Absolute path. */
  readonly kubeconfig: string;
  /** null = the file's current context. */
  readonly context: string | null;
  /** null = from the labels of the nodes. A DNS label. */
  readonly region: string | null;
  /** null = from the labels of the nodes. DNS labels; never without a region. */
  readonly zones: readonly string[] | null;
  readonly location: { readonly latitude: number; readonly longitude: number } | null;
  /** Networks (CIDR) this member's addresses must be in; empty = any public or private unicast address. */
  readonly addresses: { readonly allow: readonly string[] };
};

/** All settings with defaults filled in and paths made absolute. Deeply frozen, and plain: it survives JSON. */
export type Config = {
  /** The file the settings came from: absolute. */
  readonly filePath: string;
  readonly federations: readonly FederationConfig[];
  readonly nameservers: readonly NameserverConfig[];
  readonly soa: SoaConfig;
  readonly listen: readonly ListenConfig[];
  readonly admin: AdminConfig;
  readonly ttlSeconds: number;
  readonly maxAnswers: number;
  readonly staleAfterSeconds: number;
  readonly syncBoundSeconds: number;
  /** Absolute path. */
  readonly stateDirectory: string;
  /** ADDRESS, ADDRESS:PORT or [ADDRESS]:PORT; empty = those of /etc/resolv.conf. */
  readonly resolvers: readonly string[];
  readonly serve: ServeConfig;
  readonly log: LogConfig;
  readonly clusters: readonly ClusterConfig[];
};
