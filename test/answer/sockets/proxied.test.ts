/** PROXY headers before datagrams: whose query it is then, and what gets no answer. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { takeProxyHeader } from "../../../src/answer/sockets/proxied.ts";
import { Networks } from "../../../src/answer/terms/networks.ts";
import { createPeer, setPeerAddress } from "../../../src/answer/terms/peer.ts";
import { LOCAL_HEADER, readProxyHeader } from "../../../src/answer/terms/proxy-header.ts";
import { encodeQuery } from "../../support/query.ts";
import { HELLO } from "../serve/data-plane.ts";
import { CLIENT_MAPPED, CLIENT_V4, CLIENT_V6, proxyHeader, UNSOUND_HEADERS } from "../serve/proxy.ts";

const BALANCER = "10.0.0.1";
const balancers = new Networks(["10.0.0.0/8"]);
const query = encodeQuery({ name: HELLO, type: 1 });
const START = 32;

type Taken = { readonly client: readonly number[]; readonly query: Uint8Array; readonly isFull: boolean };

/** Null: no answer. The octets stand among others, which must not matter. */
function take(datagram: Uint8Array, from = BALANCER, octetsMax = 65_536): Taken | null {
  const request = new Uint8Array(datagram.length + 2 * START).fill(0x21);
  request.set(datagram, START);
  const view = new DataView(request.buffer);
  const peer = createPeer(false);
  setPeerAddress(peer, from);
  const buffers = {
    request,
    requestAt: START,
    octets: datagram.length,
    octetsMax,
    response: request,
    responseAt: 0,
  };
  if (!takeProxyHeader(balancers, buffers, peer, view)) return null;
  const client = Array.from({ length: peer.octets }, (_, i) => peer.view.getUint8(peer.at + i));
  const isFull = buffers.octets >= buffers.octetsMax;
  return { client, query: request.slice(buffers.requestAt, buffers.requestAt + buffers.octets), isFull };
}

const join = (...parts: readonly Uint8Array[]): Uint8Array =>
  Uint8Array.from(parts.flatMap((part) => [...part]));

describe("a datagram from a balancer", () => {
  for (const [what, header, client] of [
    ["IPv4", proxyHeader({ source: CLIENT_V4 }), CLIENT_V4],
    ["IPv6", proxyHeader({ source: CLIENT_V6 }), CLIENT_V6],
    ["IPv4 in IPv6", proxyHeader({ source: CLIENT_MAPPED }), CLIENT_V4],
    ["a client of TCP", proxyHeader({ source: CLIENT_V4, familyAndTransport: 0x11 }), CLIENT_V4],
    ["TLVs", proxyHeader({ source: CLIENT_V4, tlvs: [0xe0, 0, 3, 1, 2, 3] }), CLIENT_V4],
    ["the balancer's own query", LOCAL_HEADER, [10, 0, 0, 1]],
    ["LOCAL with addresses", proxyHeader({ source: CLIENT_V4, versionAndCommand: 0x20 }), [10, 0, 0, 1]],
  ] as const) {
    it(`is the query of the client in its header: ${what}`, () => {
      const taken = take(join(header, query));
      assert.deepEqual(taken?.client, client);
      assert.deepEqual(taken?.query, query);
    });
  }

  for (const [what, header] of Object.entries(UNSOUND_HEADERS)) {
    it(`gets no answer: ${what}`, () => assert.equal(take(join(header, query)), null));
  }

  it("gets no answer when it ends within its header", () => {
    const header = proxyHeader({ source: CLIENT_V6, tlvs: [1, 0, 1, 1] });
    for (let octets = 0; octets < header.length; octets++)
      assert.equal(take(header.subarray(0, octets)), null, `${octets} octets`);
    assert.deepEqual(take(header)?.query, new Uint8Array(0));
  });
});

describe("a datagram that fills what it is read into", () => {
  it("may be cut: so may the query in it", () => {
    const datagram = join(proxyHeader({ source: CLIENT_V4 }), query);
    assert.equal(take(datagram, BALANCER, datagram.length)?.isFull, true);
    assert.equal(take(datagram, BALANCER, datagram.length + 1)?.isFull, false);
  });
});

describe("a datagram from others", () => {
  it("is answered as everywhere, and not with a header before it", () => {
    assert.deepEqual(take(query, "192.0.2.9"), { client: [192, 0, 2, 9], query, isFull: false });
    for (const header of [LOCAL_HEADER, proxyHeader({ source: CLIENT_V4 })])
      assert.equal(take(join(header, query), "192.0.2.9"), null);
  });
});

describe("readProxyHeader", () => {
  it("returns for all octets, and never reads beyond them", () => {
    const start = proxyHeader({ source: CLIENT_V4 });
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), fc.nat(28), (noise, kept) => {
        const bytes = join(start.subarray(0, kept), noise);
        const address = { at: 0, octets: 0 };
        const octets = readProxyHeader(bytes, 0, bytes.length, address);
        assert.ok(octets >= -1 && octets <= bytes.length);
        if (octets > 0) assert.ok(address.at + address.octets <= octets);
      }),
      { numRuns: 2000 },
    );
  });
});
