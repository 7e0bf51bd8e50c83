/** The EDNS options of a response that do not depend on the answer: NSID, cookie, keepalive. */
import { EdnsOption } from "../dns/message/code.ts";
import { RequestedOption } from "../dns/message/edns.ts";
import { putU16 } from "../dns/message/wire.ts";
import { COOKIE_OCTETS, CookieStatus } from "./terms/cookies.ts";
import { Counter } from "./terms/counter.ts";
import type { WorkerContext } from "./context/worker-context.ts";
import type { Peer } from "./terms/peer.ts";

/** Writes the options that the query asks for. Returns true when its cookie proves the client's address. */
export function putOptions(context: WorkerContext, request: DataView, peer: Peer): boolean {
  const { query, response, terms } = context;
  let isProven = false;
  if ((query.requestedOptions & RequestedOption.Nsid) !== 0) putNsid(context);
  if ((query.requestedOptions & RequestedOption.Cookie) !== 0 && terms.cookies !== null)
    isProven = putCookie(context, request, peer);
  if ((query.requestedOptions & RequestedOption.Keepalive) !== 0 && peer.isStream) {
    const at = putHead(context, EdnsOption.Keepalive, 2);
    putU16(response.options, at, terms.keepalive);
  }
  return isProven;
}

/** Writes code and length of an option. Returns where its value goes. */
function putHead({ response }: WorkerContext, code: number, octets: number): number {
  const at = response.optionOctets;
  putU16(response.options, at, code);
  putU16(response.options, at + 2, octets);
  response.optionOctets = at + 4 + octets;
  return at + 4;
}

function putNsid({ response, terms }: WorkerContext): void {
  const { nsidOption } = terms.identity;
  response.options.set(nsidOption, response.optionOctets);
  response.optionOctets += nsidOption.length;
}

function putCookie(context: WorkerContext, request: DataView, peer: Peer): boolean {
  const { query, response, counters } = context;
  const cookies = context.terms.cookies;
  if (cookies === null) return false;
  const shown = cookies.check(request, query, peer, context.nowSeconds);
  (counters[Counter.CookieClientOnly + shown] as number)++;
  const at = putHead(context, EdnsOption.Cookie, COOKIE_OCTETS);
  for (let i = 0; i < COOKIE_OCTETS; i++) response.options[at + i] = cookies.reply.getUint8(i);
  return shown === CookieStatus.Good;
}
