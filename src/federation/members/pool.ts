/** What stands behind one federated service or host: per member cluster, the addresses to hand out and how much is ready. */

/**
 * A service across the federation: the same namespace and name in every member is the same service. A host has no
 * namespace (""): its name is its own everywhere, lower case, with the "*." of a wildcard.
 */
export type ServiceKey = {
  readonly namespace: string;
  readonly name: string;
};

/** What an object says about traffic, as its owner wrote it: hostile until somebody reads it. */
export type Annotations = {
  /** When the object was made, as its API server says (RFC 3339); "" where nothing is said. */
  readonly createdAt: string;
  /** Annotations of the prefix "fedns.io/". */
  readonly values: Readonly<Record<string, string>>;
};

/** Most objects say nothing: they share this. */
export const NO_ANNOTATIONS: Annotations = { createdAt: "", values: {} };

/** Answered as SRV `_name._protocol` in front of a service's name. */
export type NamedPort = {
  /** IANA service name, lower case. */
  readonly name: string;
  readonly protocol: "tcp" | "udp" | "sctp";
  readonly port: number;
};

export type Ports = {
  /** Of the object that says so, unix time: where clusters disagree, the oldest is right. */
  readonly createdSeconds: number;
  /** Sorted by portKey. */
  readonly list: readonly NamedPort[];
};

/** "_http._tcp": the labels in front of the service's name. */
export function portKey({ name, protocol }: Pick<NamedPort, "name" | "protocol">): string {
  return `_${name}._${protocol}`;
}

/** One service or host in one cluster. Immutable; replaced whole when anything about it changes. */
export type Backend = {
  /** Ready endpoints behind the service, from its EndpointSlices. 0 = declared there, but nothing to reach. */
  readonly readyEndpoints: number;
  /** Those, and the ones that are to become ready. */
  readonly wantedEndpoints: number;
  /** Null = not known in this run: the backend is from an earlier one. */
  readonly annotations: Annotations | null;
  /** IPv4 addresses in network byte order as unsigned 32-bit numbers, sorted, without duplicates. */
  readonly ipv4: readonly number[];
  /** IPv6 addresses as 16-octet lower-case hex strings (32 digits), sorted, without duplicates. */
  readonly ipv6: readonly string[];
  /**
   * The absolute name, lower case with its final dot, that clients may be sent to (CNAME) in the place of the addresses,
   * which are then those it leads to. Absent = addresses are meant.
   */
  readonly alias?: string;
  /** Absent = none. */
  readonly ports?: Ports;
};

export function sameBackend(a: Backend, b: Backend): boolean {
  return (
    a.readyEndpoints === b.readyEndpoints &&
    a.wantedEndpoints === b.wantedEndpoints &&
    sameList(a.ipv4, b.ipv4) &&
    sameList(a.ipv6, b.ipv6) &&
    a.alias === b.alias &&
    sameAnnotations(a.annotations, b.annotations) &&
    a.ports?.createdSeconds === b.ports?.createdSeconds &&
    samePorts(a.ports?.list ?? [], b.ports?.list ?? [])
  );
}

export function samePorts(a: readonly NamedPort[], b: readonly NamedPort[]): boolean {
  return (
    a === b ||
    (a.length === b.length &&
      a.every((one, i) => portKey(one) === portKey(b[i] as NamedPort) && one.port === b[i]?.port))
  );
}

export function sameAnnotations(a: Annotations | null, b: Annotations | null): boolean {
  return a === b || JSON.stringify(a) === JSON.stringify(b);
}

function sameList<T>(a: readonly T[], b: readonly T[]): boolean {
  return a.length === b.length && a.every((value, i) => value === b[i]);
}

/** Something to send a client to, if it were ready. */
export function hasTarget({ ipv4, ipv6, alias }: Backend): boolean {
  return alias !== undefined || ipv4.length + ipv6.length > 0;
}
