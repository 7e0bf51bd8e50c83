/** One question as data: its name in wire form, its type and class, and what its OPT and TSIG records said. */
import { LABELS_MAX, NAME_OCTETS_MAX } from "./code.ts";
import { SLACK_OCTETS, viewOfBytes } from "./wire.ts";

/** A name in a buffer that is used again and again: lower case, uncompressed, with its labels found. */
export type NameBuffer = {
  readonly bytes: Uint8Array;
  /** The same octets, with SLACK_OCTETS behind the longest name. */
  readonly view: DataView;
  /** Octets of the name. */
  octets: number;
  /** Labels without the root; label i starts at `labels[i]` in `bytes`; `labels[labelCount]` is the root octet. */
  readonly labels: Uint8Array;
  labelCount: number;
};

export function createNameBuffer(): NameBuffer {
  const bytes = new Uint8Array(NAME_OCTETS_MAX + 1 + SLACK_OCTETS);
  return {
    bytes,
    view: viewOfBytes(bytes),
    octets: 0,
    labels: new Uint8Array(LABELS_MAX + 1),
    labelCount: 0,
  };
}

/** One parsed question with its EDNS facts. Reused for every message; after a status other than Ok, the fields that were not read are stale. */
export type Query = {
  readonly name: NameBuffer;
  recursionDesired: boolean;
  opcode: number;
  type: number;
  class: number;
  /** True when the question was read whole and can be echoed. */
  hasQuestion: boolean;
  hasEdns: boolean;
  ednsVersion: number;
  /** What the client says it can receive over UDP, in octets, as sent. */
  udpOctets: number;
  dnssecOk: boolean;
  /** EDNS Client Subnet (RFC 7871): family 0 and -1 octets mean the option was absent. */
  subnetOctets: number;
  subnetFamily: number;
  subnetSource: number;
  /** A whole address of the family: zeros behind `subnetOctets`. */
  readonly subnetAddress: Uint8Array;
  /** Bits of `RequestedOption`. */
  requestedOptions: number;
  /** Where the cookie stands in the message's bytes, if one was sent. */
  cookieAt: number;
  cookieOctets: number;
  /** Of a signed query, offsets in the message's bytes: the TSIG record, its RDATA, and in there the MAC's size. */
  tsigAt: number;
  tsigRdataAt: number;
  tsigMacAt: number;
};

export function createQuery(): Query {
  return {
    name: createNameBuffer(),
    recursionDesired: false,
    opcode: 0,
    type: 0,
    class: 0,
    hasQuestion: false,
    hasEdns: false,
    ednsVersion: 0,
    udpOctets: 0,
    dnssecOk: false,
    subnetOctets: -1,
    subnetFamily: 0,
    subnetSource: 0,
    subnetAddress: new Uint8Array(16),
    requestedOptions: 0,
    cookieAt: 0,
    cookieOctets: 0,
    tsigAt: 0,
    tsigRdataAt: 0,
    tsigMacAt: 0,
  };
}
