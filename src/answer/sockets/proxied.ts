/** Datagrams behind a balancer: takes the PROXY header off, and makes its client the peer (proxy-header.ts has the table). */
import type { MessageBuffers } from "../context/message-buffers.ts";
import type { Networks } from "../terms/networks.ts";
import type { Peer } from "../terms/peer.ts";
import { hasProxySignature, type ProxiedAddress, readProxyHeader } from "../terms/proxy-header.ts";

const address: ProxiedAddress = { at: 0, octets: 0 };

/**
 * `view` shows the same bytes as `request`. Afterwards `peer` and `buffers` are those of the query alone: its caller sets
 * `octetsMax` for each datagram. False: no answer.
 */
export function takeProxyHeader(
  proxies: Networks,
  buffers: MessageBuffers,
  peer: Peer,
  view: DataView,
): boolean {
  const { request, requestAt, octets } = buffers;
  const end = requestAt + octets;
  if (!proxies.has(peer)) return !hasProxySignature(request, requestAt, end);
  const header = readProxyHeader(request, requestAt, end, address);
  if (header <= 0) return false;
  buffers.requestAt = requestAt + header;
  buffers.octets = octets - header;
  buffers.octetsMax -= header;
  if (address.octets > 0) setPeerAt(peer, view, address);
  return true;
}

/** IPv4 in IPv6 (::ffff:0:0/96) is IPv4. */
function setPeerAt(peer: Peer, view: DataView, { at, octets }: ProxiedAddress): void {
  const isMapped =
    octets === 16 &&
    view.getInt32(at) === 0 &&
    view.getInt32(at + 4) === 0 &&
    view.getInt32(at + 8) === 0xffff;
  peer.view = view;
  peer.at = isMapped ? at + 12 : at;
  peer.octets = isMapped ? 4 : octets;
}
