/** A DNS response reduced to what the check of a delegation needs. */
import { Packet } from "dns2";
import { typeName } from "../../dns/rdata/types.ts";
import { canonicalAddress } from "../../kernel/literal.ts";
import type { DnsReply } from "../../fleet/resolve/dns-client.ts";
import { rcodeName } from "../text/answer-text.ts";

type Record = {
  /** Lower case, without a final dot. */
  readonly name: string;
  readonly type: string;
  readonly ttlSeconds: number;
  /** The address, the target's name or the serial number; "" for other types. */
  readonly value: string;
};

export type ReplyFacts = {
  readonly rcode: string;
  readonly isAuthoritative: boolean;
  readonly hasEdns: boolean;
  readonly answers: readonly Record[];
  readonly authorities: readonly Record[];
  readonly additionals: readonly Record[];
};

export function replyFacts({ message }: DnsReply): ReplyFacts {
  return {
    rcode: rcodeName(message.header.rcode),
    isAuthoritative: message.header.aa === 1,
    hasEdns: message.additionals.some(({ type }) => type === Packet.TYPE.EDNS),
    answers: message.answers.map(recordOf),
    authorities: message.authorities.map(recordOf),
    additionals: message.additionals.filter(({ type }) => type !== Packet.TYPE.EDNS).map(recordOf),
  };
}

/** The records of one name and type. */
export function recordsOf(records: readonly Record[], name: string, type: string): readonly Record[] {
  return records.filter((record) => record.name === name && record.type === type);
}

/** The A and AAAA records of one name. */
export function addressesIn(records: readonly Record[], name: string): readonly string[] {
  const found = ["A", "AAAA"].flatMap((type) => recordsOf(records, name, type));
  return [...new Set(found.map(({ value }) => value))].sort();
}

type DnsRecord = DnsReply["message"]["answers"][number];

function recordOf(record: DnsRecord): Record {
  return {
    name: plainName(record.name),
    type: typeName(record.type),
    ttlSeconds: record.ttl,
    value: valueOf(record),
  };
}

function valueOf(record: DnsRecord): string {
  const { TYPE } = Packet;
  switch (record.type) {
    case TYPE.A:
    case TYPE.AAAA:
      return canonicalAddress(record.address ?? "");
    case TYPE.NS:
      return plainName(record.ns);
    case TYPE.CNAME:
      return plainName(record.domain);
    case TYPE.SOA:
      return String(record.serial);
    default:
      return "";
  }
}

/** What comes from a server must not move the cursor of the terminal. */
function plainName(name: string | undefined): string {
  return (name ?? "")
    .toLowerCase()
    .replace(/\.$/, "")
    .replaceAll(/[^!-~]/g, "?");
}
