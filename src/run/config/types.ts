/** The types of the settings. The schemas beside this file are annotated with them, so the compiler keeps both equal. */
import type { SourceSettings } from "../../fleet/sources/source-table.ts";
import type { PolicyName } from "../../federation/policy/policies.ts";

/** A federation: the third label of its names, and the zone they are in. */
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
type AddressConfig = { readonly address: string; readonly port: number };
export type ListenConfig = AddressConfig & { readonly proxyProtocol: readonly string[] };
export type AdminConfig = AddressConfig & { readonly hosts: readonly string[] };
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
  readonly addresses: { readonly allow: readonly string[]; readonly deny: readonly string[] };
  /** Which namespaces of it may declare names and steer traffic: those named or with the labels; both empty = all. */
  readonly namespaces: { readonly allow: readonly string[]; readonly selector: string };
};

/** Exactly one of `kubeconfig` and `inCluster`. */
export type HostConfig = {
  /** Absolute path; null = inCluster. */
  readonly kubeconfig: string | null;
  readonly inCluster: boolean;
  /** null = the file's current context. */
  readonly context: string | null;
  readonly namespace: string;
  /** The API group of DNSEndpoints that are written in the host. */
  readonly dnsEndpoints: "none" | "externaldns.k8s.io" | "multiclusterdns.kubefed.io";
};

/** What kubeconfigs may have fedns do besides sending requests to the servers that they name. */
export type KubeconfigsConfig = {
  /** Names or absolute paths. */
  readonly commands: readonly string[];
  /** Absolute paths. */
  readonly folders: readonly string[];
  readonly authProviders: readonly string[];
};

/** How clients are distributed unless annotations of a namespace or service say otherwise. */
export type TrafficConfig = {
  readonly policy: PolicyName;
  /** Cluster to weight, 0..10000. Empty = not set. */
  readonly weights: Readonly<Record<string, number>>;
  /** Clusters, the first choice first. Empty = not set. */
  readonly failoverOrder: readonly string[];
  /** Clusters in one answer. */
  readonly clusters: number;
  readonly halfDistanceKm: number;
  /** Above 0, at most 1. */
  readonly spillBelow: number;
};

/** Null = not disclosed. */
export type IdentityConfig = {
  readonly nsid: string | null;
  readonly version: string | null;
  readonly hostname: string | null;
  readonly id: string | null;
};
export type CookiesConfig = {
  /** 32 hex digits each, the newest first; empty = a random one is made at each start. */
  readonly secrets: readonly string[];
  /** Absolute path; null = the secrets are those of the settings. */
  readonly secretsFile: string | null;
};
export type RateLimitConfig = {
  /** 0 = no limit. */
  readonly responsesPerSecond: number;
  readonly slip: number;
  readonly exempt: readonly string[];
};

export type HostRuleConfig = {
  readonly suffix: string;
  readonly clusters: readonly string[];
  readonly namespaces: readonly string[];
  readonly delegations: boolean;
};

/** Clients whose place we know: exactly one of the three is not null. */
export type NetworkConfig = {
  /** ADDRESS/LENGTH; of IPv6 /64 or shorter. */
  readonly cidr: string;
  readonly cluster: string | null;
  readonly region: string | null;
  readonly location: { readonly latitude: number; readonly longitude: number } | null;
};
export type LocateConfig = {
  readonly networks: readonly NetworkConfig[];
  /** "geoip-lite", the absolute path of a file in MaxMind's format, or null for none. */
  readonly database: string | null;
};

/** Null = an equal part of what the picture can hold. */
export type QuotaConfig = {
  readonly names: number | null;
  readonly endpoints: number | null;
  readonly objects: number;
  readonly keptMiB: number | null;
};

export type ProbeRuleConfig = {
  /** NAMESPACE/NAME; either may be "*". */
  readonly service: string;
  readonly probe: string;
  readonly codes: string | null;
  readonly body: string | null;
  readonly verify: boolean;
};
export type HealthConfig = {
  /** The first that fits counts. */
  readonly probes: readonly ProbeRuleConfig[];
  readonly intervalSeconds: number;
  readonly timeoutSeconds: number;
  readonly fall: number;
  readonly rise: number;
  readonly forgive: number;
  readonly holdSeconds: number;
  readonly slowStartSeconds: number;
  /** More than 0.5 .. 1. */
  readonly guardShare: number;
  readonly concurrency: number;
  /** Probes a second to one address. */
  readonly probesPerAddress: number;
  /** Networks (CIDR) that are never probed, and own ones that are. */
  readonly denyNetworks: readonly string[];
  readonly allowNetworks: readonly string[];
};

export type StateConfig = { readonly copySeconds: number };

export type PropagationConfig = {
  readonly enabled: boolean;
  /** Null = as the KubeFedConfig says, else always. */
  readonly adoption: "always" | "if-no-diff" | "never" | null;
  /** Null = the uid of the host's namespace. */
  readonly owner: string | null;
  readonly deletionWaitSeconds: number;
  /** 0 = no copy waits for its clients. */
  readonly drainWaitSeconds: number;
  readonly lossPercent: number;
  /** 0 = losses pause nothing. */
  readonly lossObjects: number;
  /** Null = no bound. */
  readonly updatesPerMinute: number | null;
  readonly removalsPerMinute: number | null;
  readonly clustersPerMinute: number | null;
  readonly planner: "kubefed" | "even";
  readonly federationV1: "disabled" | "enabled" | "forced";
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
  readonly traffic: TrafficConfig;
  readonly health: HealthConfig;
  readonly staleAfterSeconds: number;
  /** 0 = not at all. */
  readonly placesKeptSeconds: number;
  readonly syncBoundSeconds: number;
  readonly unreadMembers: "wait" | "bounded" | "ignore";
  /** How many fedns answer for the same names, this one included. */
  readonly replicas: number;
  /** Absolute path. */
  readonly stateDirectory: string;
  readonly state: StateConfig;
  /** Absolute path of the folder of zone files; null = none. */
  readonly zones: string | null;
  /** ADDRESS, ADDRESS:PORT or [ADDRESS]:PORT; empty = those of /etc/resolv.conf. */
  readonly resolvers: readonly string[];
  readonly identity: IdentityConfig;
  readonly cookies: CookiesConfig;
  readonly rateLimit: RateLimitConfig;
  /** Networks (CIDR) that may ask; empty = all. */
  readonly allowQuery: readonly string[];
  /** Networks (CIDR) that are told why an answer is what it is. */
  readonly allowWhy: readonly string[];
  /** 0 = no such limit. */
  readonly maxAmplification: number;
  readonly minimalResponses: boolean;
  readonly serve: ServeConfig;
  readonly log: LogConfig;
  readonly clusters: readonly ClusterConfig[];
  readonly kubeconfigs: KubeconfigsConfig;
  /** null = there is no host cluster. */
  readonly host: HostConfig | null;
  readonly propagation: PropagationConfig;
  readonly locate: LocateConfig;
  readonly quota: QuotaConfig;
  readonly sources: SourceSettings;
  /** The longest suffix applies; names without a rule cannot be claimed. */
  readonly hosts: readonly HostRuleConfig[];
};
