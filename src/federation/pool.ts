/** What stands behind one federated service: per member cluster, the addresses to hand out and how much is ready. */

/** A service across the federation: the same namespace and name in every member is the same service. */
export type ServiceKey = {
  readonly namespace: string;
  readonly name: string;
};

/** One service in one cluster. Immutable; replaced whole when anything about it changes. */
export type Backend = {
  /** Ready endpoints behind the service, from its EndpointSlices. 0 = declared there, but nothing to reach. */
  readonly readyEndpoints: number;
  /** IPv4 addresses in network byte order as unsigned 32-bit numbers, sorted, without duplicates. */
  readonly ipv4: readonly number[];
  /** IPv6 addresses as 16-octet lower-case hex strings (32 digits), sorted, without duplicates. */
  readonly ipv6: readonly string[];
};

export function sameBackend(a: Backend, b: Backend): boolean {
  return a.readyEndpoints === b.readyEndpoints && sameList(a.ipv4, b.ipv4) && sameList(a.ipv6, b.ipv6);
}

function sameList<T>(a: readonly T[], b: readonly T[]): boolean {
  return a.length === b.length && a.every((value, i) => value === b[i]);
}
