/** What one member cluster has of a federated service or host: addresses, ready endpoints, ports and annotations. */

/**
 * A service of the federation: the same namespace and name in every member is the same service. A host has no namespace
 * (""); its name is in lower case, with the "*." of a wildcard.
 */
export type ServiceKey = {
  readonly namespace: string;
  readonly name: string;
};

/** The annotations of an object about traffic, as its owner wrote them: not validated yet. */
export type Annotations = {
  /** `metadata.creationTimestamp` (RFC 3339); "" if the object has none. */
  readonly createdAt: string;
  /** Those with the prefix "fedns.io/". */
  readonly values: Readonly<Record<string, string>>;
};

/** Of objects without any, which are most. */
export const NO_ANNOTATIONS: Annotations = { createdAt: "", values: {} };

/** Answered as SRV `_name._protocol` in front of a service's name. */
export type NamedPort = {
  /** IANA service name, lower case. */
  readonly name: string;
  readonly protocol: "tcp" | "udp" | "sctp";
  readonly port: number;
};

export type Ports = {
  /** Unix time of the object's creation: where clusters differ, the oldest object wins. */
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
  /** Ready endpoints of the service, from its EndpointSlices. 0 = declared, but nothing can be reached. */
  readonly readyEndpoints: number;
  /** The ready ones, and those that are expected to become ready. */
  readonly wantedEndpoints: number;
  /** Null = the backend was restored from an earlier run and has not been read in this one. */
  readonly annotations: Annotations | null;
  /** IPv4 addresses in network byte order as unsigned 32-bit numbers, sorted, without duplicates. */
  readonly ipv4: readonly number[];
  /** IPv6 addresses as 16-octet lower-case hex strings (32 digits), sorted, without duplicates. */
  readonly ipv6: readonly string[];
  /**
   * The absolute name, in lower case with its final dot, that may be answered (CNAME) instead of the addresses, which are
   * then the ones it resolves to. Absent = the addresses are answered.
   */
  readonly alias?: string;
  /** Absent = none. */
  readonly ports?: Ports;
  /**
   * Of addresses that were looked up: until when, in unix seconds, the look-up says that they hold; other addresses are not in
   * it. Absent = none was looked up.
   */
  readonly freshUntil?: ReadonlyMap<number | string, number>;
  /**
   * Addresses that a tenant wrote and that lead inside a network: they are answered, and never probed. Absent = none.
   */
  readonly unprobed?: ReadonlySet<number | string>;
};

/** Apart from the times in `freshUntil`. */
export function sameBackend(a: Backend, b: Backend): boolean {
  return (
    a.readyEndpoints === b.readyEndpoints &&
    a.wantedEndpoints === b.wantedEndpoints &&
    sameList(a.ipv4, b.ipv4) &&
    sameList(a.ipv6, b.ipv6) &&
    a.alias === b.alias &&
    sameAnnotations(a.annotations, b.annotations) &&
    a.ports?.createdSeconds === b.ports?.createdSeconds &&
    samePorts(a.ports?.list ?? [], b.ports?.list ?? []) &&
    (a.freshUntil === undefined) === (b.freshUntil === undefined) &&
    sameUnprobed(a.unprobed, b.unprobed)
  );
}

export function sameFreshness({ freshUntil: a }: Backend, { freshUntil: b }: Backend): boolean {
  if (a === b) return true;
  if (a === undefined || b === undefined || a.size !== b.size) return false;
  return [...a].every(([address, seconds]) => b.get(address) === seconds);
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

function sameUnprobed(a: Backend["unprobed"], b: Backend["unprobed"]): boolean {
  if (a === b) return true;
  return a !== undefined && b !== undefined && a.size === b.size && [...a].every((one) => b.has(one));
}

function sameList<T>(a: readonly T[], b: readonly T[]): boolean {
  return a.length === b.length && a.every((value, i) => value === b[i]);
}

/** It has an address or alias that could be answered. */
export function hasTarget({ ipv4, ipv6, alias }: Backend): boolean {
  return alias !== undefined || ipv4.length + ipv6.length > 0;
}
