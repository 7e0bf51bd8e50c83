/** The net under the door: an error in our own code is counted and answered SERVFAIL, never silence, never an exit. */
import { Counter } from "../terms/counter.ts";
import type { WorkerContext } from "../solve/worker-context.ts";
import type { MessageBuffers } from "../solve/message-buffers.ts";
import type { Peer } from "../terms/peer.ts";
import { HEADER_OCTETS, Rcode } from "../../dns/message/code.ts";

type Door = (context: WorkerContext, exchange: MessageBuffers, peer: Peer) => number;

export function answerSafely(
  door: Door,
  context: WorkerContext,
  exchange: MessageBuffers,
  peer: Peer,
): number {
  try {
    return door(context, exchange, peer);
  } catch {
    (context.counters[Counter.Faults] as number)++;
    return serverFailure(exchange);
  }
}

/** A bare header: what went wrong may be anything, so nothing else is trusted. */
function serverFailure(exchange: MessageBuffers): number {
  const { request, requestAt, response, responseAt } = exchange;
  response.fill(0, responseAt, responseAt + HEADER_OCTETS);
  response[responseAt] = request[requestAt] as number;
  response[responseAt + 1] = request[requestAt + 1] as number;
  response[responseAt + 2] = 0x80 | ((request[requestAt + 2] as number) & 0x79);
  response[responseAt + 3] = Rcode.ServFail;
  return HEADER_OCTETS;
}
