/** What a name turned out to be. Where it was found is in the state. */

export const LookupResult = {
  /** Not in any zone of ours. */
  Refused: 0,
  /** The name does not exist. */
  NoName: 1,
  /** The name exists, but not with this type. */
  NoData: 2,
  /** `node` has the RRset `rrset`. */
  Records: 3,
  /** A federated name or a host: `pool` at `level`. */
  Service: 4,
  /** Every type was asked for at a name that has some (RFC 8482). */
  Any: 5,
  /** Not known yet: the members have not been read. */
  NotReady: 6,
  /** `node` has a CNAME, `rrset`. */
  Alias: 7,
  /** `node` is an ancestor with a DNAME, `rrset`. */
  Redirect: 8,
  /** `node` is a zone cut at or above the name: its NS, `rrset`, name the servers that know. */
  Referral: 9,
  /** A port of a federated name: `port` of `pool` at `level`. */
  Port: 10,
} as const;
export type LookupResult = (typeof LookupResult)[keyof typeof LookupResult];
