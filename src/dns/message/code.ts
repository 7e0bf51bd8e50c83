/** The numbers of the protocol, by name (IANA "Domain Name System (DNS) Parameters"). */

/**
 * Every record type with a mnemonic that we know. A new type takes two lines and a test vector: its number here, its fields in
 * `dns/rdata/fields.ts`, and a line in `test/dns/rdata/rdata.test.ts`. Without fields, its RDATA is read and written in the generic form (RFC 3597 §5).
 */
export const RecordType = {
  A: 1,
  NS: 2,
  MD: 3,
  MF: 4,
  CNAME: 5,
  SOA: 6,
  MB: 7,
  MG: 8,
  MR: 9,
  NULL: 10,
  WKS: 11,
  PTR: 12,
  HINFO: 13,
  MINFO: 14,
  MX: 15,
  TXT: 16,
  RP: 17,
  AFSDB: 18,
  X25: 19,
  ISDN: 20,
  RT: 21,
  NSAP: 22,
  "NSAP-PTR": 23,
  SIG: 24,
  KEY: 25,
  PX: 26,
  GPOS: 27,
  AAAA: 28,
  LOC: 29,
  NXT: 30,
  SRV: 33,
  NAPTR: 35,
  KX: 36,
  CERT: 37,
  DNAME: 39,
  OPT: 41,
  APL: 42,
  DS: 43,
  SSHFP: 44,
  IPSECKEY: 45,
  RRSIG: 46,
  NSEC: 47,
  DNSKEY: 48,
  DHCID: 49,
  NSEC3: 50,
  NSEC3PARAM: 51,
  TLSA: 52,
  SMIMEA: 53,
  HIP: 55,
  NINFO: 56,
  RKEY: 57,
  TALINK: 58,
  CDS: 59,
  CDNSKEY: 60,
  OPENPGPKEY: 61,
  CSYNC: 62,
  ZONEMD: 63,
  SVCB: 64,
  HTTPS: 65,
  SPF: 99,
  NID: 104,
  L32: 105,
  L64: 106,
  LP: 107,
  EUI48: 108,
  EUI64: 109,
  NXNAME: 128,
  TKEY: 249,
  TSIG: 250,
  IXFR: 251,
  AXFR: 252,
  MAILB: 253,
  MAILA: 254,
  ANY: 255,
  URI: 256,
  CAA: 257,
  AVC: 258,
  AMTRELAY: 260,
  RESINFO: 261,
  WALLET: 262,
  TA: 32_768,
  DLV: 32_769,
} as const;

export const RecordClass = { IN: 1, CH: 3, ANY: 255 } as const;

export const Opcode = { Query: 0 } as const;

/** Extended response codes: the upper eight bits travel in the OPT record (RFC 6891 §6.1.3). */
export const Rcode = {
  NoError: 0,
  FormErr: 1,
  ServFail: 2,
  NXDomain: 3,
  NotImp: 4,
  Refused: 5,
  YXDomain: 6,
  NotAuth: 9,
  BadVers: 16,
} as const;
export type Rcode = (typeof Rcode)[keyof typeof Rcode];

export const EdnsOption = {
  NSID: 3,
  ClientSubnet: 8,
  Cookie: 10,
  Keepalive: 11,
  ExtendedError: 15,
} as const;

/** Extended DNS errors (RFC 8914); -1 = none. */
export const ExtendedError = {
  None: -1,
  NotReady: 14,
  Prohibited: 18,
  NotAuthoritative: 20,
  NotSupported: 21,
  InvalidQueryType: 30,
} as const;
export type ExtendedError = (typeof ExtendedError)[keyof typeof ExtendedError];

/** Limits of RFC 1035 §2.3.4. */
export const NAME_OCTETS_MAX = 255;
export const LABEL_OCTETS_MAX = 63;
/** 127 labels of one octet and the root fill 255 octets. */
export const LABELS_MAX = 127;
export const HEADER_OCTETS = 12;
/** Of a record whose owner is a compression pointer: owner, TYPE, CLASS, TTL and RDLENGTH. */
export const RECORD_HEAD_OCTETS = 12;
