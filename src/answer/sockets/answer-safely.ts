/** Catches errors in our own code: they are counted and answered with SERVFAIL, and the worker goes on. */
import { Counter } from "../terms/counter.ts";
import type { WorkerContext } from "../context/worker-context.ts";
import type { MessageBuffers } from "../context/message-buffers.ts";
import type { Peer } from "../terms/peer.ts";
import { HEADER_OCTETS, Rcode } from "../../dns/message/code.ts";

type AnswerFunction = (context: WorkerContext, buffers: MessageBuffers, peer: Peer) => number;

export function answerSafely(
  answer: AnswerFunction,
  context: WorkerContext,
  buffers: MessageBuffers,
  peer: Peer,
): number {
  try {
    return answer(context, buffers, peer);
  } catch {
    (context.counters[Counter.Faults] as number)++;
    return serverFailure(buffers);
  }
}

/** Only a header, because after an unknown error nothing else is trusted. */
function serverFailure(buffers: MessageBuffers): number {
  const { request, requestAt, response, responseAt } = buffers;
  response.fill(0, responseAt, responseAt + HEADER_OCTETS);
  response[responseAt] = request[requestAt] as number;
  response[responseAt + 1] = request[requestAt + 1] as number;
  response[responseAt + 2] = 0x80 | ((request[requestAt + 2] as number) & 0x79);
  response[responseAt + 3] = Rcode.ServFail;
  return HEADER_OCTETS;
}
