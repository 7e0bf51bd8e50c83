/** Checks whether a server answers by client location, with a few queries that carry subnets. */
import { type Reply, readReply } from "../load/ask.ts";

export type GeoReply = Reply & {
  /** How many leading bits of the client's address the answer holds for; null without the option. */
  readonly scope: number | null;
  /** The first address, as a number. */
  readonly first: number | null;
};

const typeA = 1;
const typeOpt = 41;
const ednsOption = 8;
const headerOctets = 12;
/** TYPE, CLASS, TTL and RDLENGTH. */
const recordHeadOctets = 10;
export const addressesPerAnswer = 3;

/** Null if it is no reply to query `id`. Throws a RangeError if the message ends too early. */
export function readGeoReply(message: Uint8Array, id: number): GeoReply | null {
  const reply = readReply(message, id);
  if (reply === null) return null;
  const view = new DataView(message.buffer, message.byteOffset, message.length);
  const records = [6, 8, 10].reduce((sum, at) => sum + view.getUint16(at), 0);
  let at = headerOctets;
  for (let i = view.getUint16(4); i > 0; i--) at = skipName(view, at) + 4;
  let scope: number | null = null;
  let first: number | null = null;
  for (let i = 0; i < records; i++) {
    at = skipName(view, at);
    const type = view.getUint16(at);
    const next = at + recordHeadOctets + view.getUint16(at + 8);
    if (type === typeA) first ??= view.getUint32(at + recordHeadOctets);
    if (type === typeOpt) scope = scopeIn(view, at + recordHeadOctets, next);
    at = next;
  }
  return { ...reply, scope, first };
}

function skipName(view: DataView, from: number): number {
  let at = from;
  for (let octets = view.getUint8(at); octets > 0; octets = view.getUint8(at)) {
    if (octets >= 0xc0) return at + 2;
    at += 1 + octets;
  }
  return at + 1;
}

function scopeIn(view: DataView, from: number, end: number): number | null {
  for (let at = from; at + 4 <= end; at += 4 + view.getUint16(at + 2))
    if (view.getUint16(at) === ednsOption) return view.getUint8(at + 7);
  return null;
}

/** Most clients have a known location; the few without one are in unallocated networks. */
const locatedShareMin = 0.5;
/** The top bits of an address tell the cluster (image/fleet.ts): 8 bits of network, 2 bits of cluster. */
const clusterShift = 22;

/** What is wrong with the replies to many different subnets, or null: each must be whole, and they must differ by place. */
export function judgeGeo(replies: readonly (GeoReply | null)[]): string | null {
  const whole = replies.filter((reply) => reply !== null);
  if (whole.length < replies.length || whole.length === 0)
    return `${replies.length - whole.length} of ${replies.length} queries had no reply`;
  const odd = whole.find(
    ({ rcode, answers, isAuthoritative }) =>
      rcode !== 0 || answers !== addressesPerAnswer || !isAuthoritative,
  );
  if (odd !== undefined) return `response code ${odd.rcode}, ${odd.answers} records in an answer`;
  if (whole.some(({ scope }) => scope === null)) return "the client's subnet was not given back";
  const located = whole.filter(({ scope }) => (scope ?? 0) > 0);
  if (located.length < locatedShareMin * whole.length) return "the client's subnet did not matter";
  const clusters = new Set(located.map(({ first }) => (first ?? 0) >>> clusterShift));
  return clusters.size > 1 ? null : "all clients were sent to one cluster";
}
