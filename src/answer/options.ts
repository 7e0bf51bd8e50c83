/** The EDNS options that a query asks for and that are known before its answer is: NSID, cookie, keepalive. */
import { EdnsOption } from "../dns/message/code.ts";
import { Wish } from "../dns/message/edns.ts";
import { putU16 } from "../dns/message/wire.ts";
import { COOKIE_OCTETS, Shown } from "./terms/cookies.ts";
import { Counter } from "./terms/counter.ts";
import type { Desk } from "./solve/desk.ts";
import type { Peer } from "./terms/peer.ts";

/** Puts them into the response, whose room for records shrinks by as much. True: the cookie proves the address. */
export function putOptions(desk: Desk, request: DataView, peer: Peer): boolean {
  const { query, response, terms } = desk;
  let isProven = false;
  if ((query.wishes & Wish.Nsid) !== 0) putNsid(desk);
  if ((query.wishes & Wish.Cookie) !== 0 && terms.cookies !== null) isProven = putCookie(desk, request, peer);
  if ((query.wishes & Wish.Keepalive) !== 0 && peer.isStream) {
    const at = putHead(desk, EdnsOption.Keepalive, 2);
    putU16(response.options, at, terms.keepalive);
  }
  return isProven;
}

/** The option's code and length; returns where its value goes. */
function putHead({ response }: Desk, code: number, octets: number): number {
  const at = response.optionOctets;
  putU16(response.options, at, code);
  putU16(response.options, at + 2, octets);
  response.optionOctets = at + 4 + octets;
  return at + 4;
}

function putNsid({ response, terms }: Desk): void {
  const { nsidOption } = terms.identity;
  response.options.set(nsidOption, response.optionOctets);
  response.optionOctets += nsidOption.length;
}

function putCookie(desk: Desk, request: DataView, peer: Peer): boolean {
  const { query, response, counters } = desk;
  const cookies = desk.terms.cookies;
  if (cookies === null) return false;
  const shown = cookies.check(request, query, peer, desk.nowSeconds);
  (counters[Counter.CookieNothing + shown] as number)++;
  const at = putHead(desk, EdnsOption.Cookie, COOKIE_OCTETS);
  for (let i = 0; i < COOKIE_OCTETS; i++) response.options[at + i] = cookies.reply.getUint8(i);
  return shown === Shown.Good;
}
