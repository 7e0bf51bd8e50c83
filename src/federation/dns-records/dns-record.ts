/** KubeFed's multicluster DNS (multiclusterdns.kubefed.io/v1alpha1): which names Services and Ingresses of the federation have. */

/** The suffix of names. KubeFed's "federation" in a name is the name of its Domain. */
export type DnsDomain = {
  readonly name: string;
  /** Lower case, without a final dot. */
  readonly suffix: string;
};

/** Of an object without `recordTTL`, or with 0. */
export const STANDARD_TTL_SECONDS = 180;

type RecordObject = {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  /** Unix time. */
  readonly createdSeconds: number;
  readonly ttlSeconds: number;
};

/** The Service of the same namespace and name has names in a Domain. */
export type ServiceDnsRecord = RecordObject & {
  readonly domainRef: string;
  /** The first label of one more name, directly below the suffix; null = none. */
  readonly dnsPrefix: string | null;
  /** The first label of all names, in place of the Service's name; null = that name. */
  readonly externalName: string | null;
  readonly allowsServiceWithoutEndpoints: boolean;
};

/** The Ingress of the same namespace and name has these names. */
export type IngressDnsRecord = RecordObject & { readonly hosts: readonly string[] };

/** What one cluster has of a Service or an Ingress. */
export type RecordEntry = {
  readonly cluster: string;
  /** Null = not known: only the name for the whole federation exists. */
  readonly region: string | null;
  readonly zones: readonly string[];
  /** Addresses of the load balancer, as text: those behind its host names too. */
  readonly ipv4: readonly string[];
  readonly ipv6: readonly string[];
};
