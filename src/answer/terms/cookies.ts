/**
 * DNS cookies (RFC 7873) of the interoperable kind (RFC 9018 §4): a client that sends one of ours has proven its address.
 *
 *   client cookie (8) | version 1 (1) | reserved (3) | timestamp (4) | SipHash-2-4 of all this and the address (8)
 *
 * A client sends the same cookie for half an hour, and a hash takes longer than an answer: so cookies that were found
 * good are cached. Bad ones are not, so that an attacker cannot push good ones out.
 */
import siphash from "siphash";
import { fromHex } from "../../dns/message/hex.ts";
import type { Query } from "../../dns/message/query-record.ts";
import { viewOfBytes } from "../../dns/message/wire.ts";
import type { Peer } from "./peer.ts";

/** Client and server part together. */
export const COOKIE_OCTETS = 24;
const VERSION = 1;
/** RFC 9018 §4.3: the highest age of a good cookie, how far ahead its time may be, and the age at which a new one is sent. */
const OLDEST_SECONDS = 3600;
const AHEAD_SECONDS = 300;
const RENEW_SECONDS = 1800;
/** Cookies in the cache, and the words of each: the cookie, the length of the address, the address. */
const KNOWN = 1024;
const COOKIE_WORDS = COOKIE_OCTETS / 4;
const KNOWN_WORDS = COOKIE_WORDS + 1 + 4;

export const CookieStatus = {
  /** The client's part alone. */
  ClientOnly: 0,
  Wrong: 1,
  Good: 2,
} as const;

export class Cookies {
  /** The cookie of the response, filled in by `check`. */
  readonly reply: DataView = new DataView(new ArrayBuffer(COOKIE_OCTETS));
  readonly #keys: readonly Uint32Array[];
  readonly #known: Int32Array = new Int32Array(KNOWN * KNOWN_WORDS);
  /** Input of the hash: 16 octets of the cookie and an address of 4 or 16. */
  readonly #inputs: readonly [Uint8Array, Uint8Array] = [new Uint8Array(20), new Uint8Array(32)];
  readonly #inputViews: readonly [DataView, DataView] = [
    viewOfBytes(this.#inputs[0]),
    viewOfBytes(this.#inputs[1]),
  ];

  /** `secrets`: 32 hex digits each, the newest first. Cookies made with any of them are good; new ones use the first. */
  constructor(secrets: readonly string[]) {
    this.#keys = secrets.map((secret) => {
      const view = viewOfBytes(fromHex(secret));
      return Uint32Array.from([0, 4, 8, 12], (at) => view.getUint32(at, true));
    });
  }

  /** Returns the CookieStatus of the query and puts the cookie of the response into `reply`. `request` is a view of the message. */
  check(request: DataView, query: Query, peer: Peer, nowSeconds: number): number {
    const { cookieAt, cookieOctets } = query;
    const isOurs = cookieOctets === COOKIE_OCTETS && request.getUint8(cookieAt + 8) === VERSION;
    // Serial arithmetic (RFC 1982): the difference counts, also where 32 bits of seconds wrap.
    const age = isOurs ? (nowSeconds - request.getUint32(cookieAt + 12)) | 0 : 0;
    if (isOurs && age <= OLDEST_SECONDS && age >= -AHEAD_SECONDS) {
      const isYoung = age <= RENEW_SECONDS;
      if (isYoung && this.#isKnown(request, cookieAt, peer)) {
        this.#copy(request, cookieAt, COOKIE_OCTETS);
        return CookieStatus.Good;
      }
      const key = this.#keyOf(request, cookieAt, peer);
      if (key >= 0) {
        // A server with the same secret may have set the reserved octets: the cookie is good, but ours has zeros there.
        if (isYoung && key === 0 && request.getInt32(cookieAt + 8) === VERSION << 24) {
          this.#copy(request, cookieAt, COOKIE_OCTETS);
          this.#remember(peer);
        } else this.#make(request, cookieAt, peer, nowSeconds);
        return CookieStatus.Good;
      }
    }
    this.#make(request, cookieAt, peer, nowSeconds);
    return cookieOctets > 8 ? CookieStatus.Wrong : CookieStatus.ClientOnly;
  }

  #copy(request: DataView, at: number, octets: number): void {
    for (let i = 0; i < octets; i += 4) this.reply.setInt32(i, request.getInt32(at + i));
  }

  #make(request: DataView, at: number, peer: Peer, nowSeconds: number): void {
    const { reply } = this;
    this.#copy(request, at, 8);
    reply.setInt32(8, VERSION << 24);
    reply.setInt32(12, nowSeconds);
    const { h, l } = this.#hash(reply, 0, peer, 0);
    reply.setInt32(16, l, true);
    reply.setInt32(20, h, true);
  }

  /** The index of the secret that made the cookie at `at`; -1 = none of ours. */
  #keyOf(request: DataView, at: number, peer: Peer): number {
    for (let key = 0; key < this.#keys.length; key++) {
      const { h, l } = this.#hash(request, at, peer, key);
      // Both words are always compared: the time taken must not tell how much of the cookie was right.
      const stray = (request.getInt32(at + 16, true) ^ l) | (request.getInt32(at + 20, true) ^ h);
      if (stray === 0) return key;
    }
    return -1;
  }

  #hash(cookie: DataView, at: number, peer: Peer, key: number): { readonly h: number; readonly l: number } {
    const size = peer.octets === 4 ? 0 : 1;
    const input = this.#inputViews[size];
    for (let i = 0; i < 16; i += 4) input.setInt32(i, cookie.getInt32(at + i));
    for (let i = 0; i < peer.octets; i += 4) input.setInt32(16 + i, peer.view.getInt32(peer.at + i));
    return siphash.hash(this.#keys[key] as Uint32Array, this.#inputs[size]);
  }

  #isKnown(request: DataView, at: number, peer: Peer): boolean {
    const known = this.#known;
    const slot = (request.getUint32(at + 20) % KNOWN) * KNOWN_WORDS;
    let stray = (known[slot + COOKIE_WORDS] as number) ^ peer.octets;
    for (let i = 0; i < COOKIE_WORDS; i++)
      stray |= (known[slot + i] as number) ^ request.getInt32(at + 4 * i);
    const address = slot + COOKIE_WORDS + 1;
    for (let i = 0; 4 * i < peer.octets; i++)
      stray |= (known[address + i] as number) ^ peer.view.getInt32(peer.at + 4 * i);
    return stray === 0;
  }

  /** Remembers `reply`. */
  #remember(peer: Peer): void {
    const { reply } = this;
    const known = this.#known;
    const slot = (reply.getUint32(20) % KNOWN) * KNOWN_WORDS;
    for (let i = 0; i < COOKIE_WORDS; i++) known[slot + i] = reply.getInt32(4 * i);
    known[slot + COOKIE_WORDS] = peer.octets;
    const address = slot + COOKIE_WORDS + 1;
    for (let i = 0; 4 * i < peer.octets; i++) known[address + i] = peer.view.getInt32(peer.at + 4 * i);
  }
}
