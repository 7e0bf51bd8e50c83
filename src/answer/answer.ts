/** One question in, one response out: the only door into the data plane. */
import { QueryStatus, readQuery } from "../dns/message/query.ts";
import { appendBadKey } from "../dns/message/tsig.ts";
import type { MessageBuffers } from "./context/message-buffers.ts";
import type { WorkerContext } from "./context/worker-context.ts";
import { echoQuestion, Precheck, precheck } from "./precheck.ts";
import { Counter } from "./terms/counter.ts";
import type { Peer } from "./terms/peer.ts";
import { solveWithinCommit } from "./within-commit.ts";

/**
 * Answers one message. Returns the length of the response; 0 keeps silent. Total: it returns for every input.
 * An answer comes from one commit of the picture (within-commit.ts).
 */
export function answer(context: WorkerContext, buffers: MessageBuffers, peer: Peer): number {
  const { counters, query, response } = context;
  const request = context.viewRequest(buffers.request);
  const status = readQuery(buffers.request, request, buffers.requestAt, buffers.octets, query);
  if (status === QueryStatus.Ignore) {
    (counters[Counter.Ignored] as number)++;
    return 0;
  }
  (counters[peer.isStream ? Counter.QueriesStream : Counter.QueriesUdp] as number)++;
  context.useResponse(buffers.response);
  // The same for nearly every query: a store that is not made costs no barrier.
  if (context.peer !== peer) context.peer = peer;
  const outcome = precheck(context, buffers, peer, status);
  if (outcome === Precheck.Silent) return 0;
  if (outcome === Precheck.Open) {
    echoQuestion(context, buffers);
    solveOrTruncate(context);
  }
  (counters[Counter.Rcode + response.rcode] as number)++;
  const octets = response.finish(request.getUint16(buffers.requestAt), query);
  return outcome === Precheck.Signed ? appendBadKey(buffers.request, query, response) : octets;
}

function solveOrTruncate(context: WorkerContext): void {
  const { counters, response } = context;
  solveWithinCommit(context);
  if (!response.isTruncated) return;
  response.truncate();
  (counters[Counter.Truncated] as number)++;
  if (response.isCapped) (counters[Counter.CutShort] as number)++;
}
