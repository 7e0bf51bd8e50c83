/** UDP for Linux: the thread blocks in recvmmsg and answers up to 64 datagrams with one sendmmsg. */
import { answer } from "../answer.ts";
import { Counter } from "../terms/counter.ts";
import type { WorkerContext } from "../context/worker-context.ts";
import type { MessageBuffers } from "../context/message-buffers.ts";
import { createPeer } from "../terms/peer.ts";
import type { Clock } from "../../kernel/clock.ts";
import { lastError, libc } from "../../kernel/native/libc.ts";
import type { Networks } from "../terms/networks.ts";
import { BATCH, Batch, RECEIVE_OCTETS } from "./batch.ts";
import { takeProxyHeader } from "./proxied.ts";
import type { ScoreboardBlock } from "../scoreboard/scoreboard.ts";
import { WorkerClock } from "./worker-clock.ts";
import { answerSafely } from "./answer-safely.ts";
import type { PictureSource } from "./picture-source.ts";
import { pauseThread, ReceiveFailures } from "./receive-failures.ts";

const MSG_WAITFORONE = 0x10000;

type BatchedOptions = {
  readonly fd: number;
  readonly isWildcard: boolean;
  /** Who must send PROXY headers; null = nobody. */
  readonly proxies: Networks | null;
  readonly context: WorkerContext;
  readonly block: ScoreboardBlock;
  readonly source: PictureSource;
  readonly clock: Clock;
};

/** Blocks this thread until it is told to stop. Throws when the socket cannot be used any more. */
export function serveBatched(options: BatchedOptions): void {
  const { fd, context, block, source, proxies } = options;
  const { recvmmsg } = libc();
  const batch = new Batch(options.isWildcard);
  const buffers: MessageBuffers = {
    request: batch.u8,
    requestAt: 0,
    octets: 0,
    octetsMax: RECEIVE_OCTETS,
    response: batch.u8,
    responseAt: 0,
  };
  const peer = createPeer(false);
  peer.view = batch.view;
  const workerClock = new WorkerClock(context, options.clock);
  const isSilent = new Uint8Array(BATCH);
  const failures = new ReceiveFailures(pauseThread);
  for (;;) {
    const count = recvmmsg(fd, batch.receive, BATCH, MSG_WAITFORONE, null);
    if (count >= 0) failures.onSuccess();
    else failures.onFailure(lastError().name);
    // Datagrams that were taken from the socket are answered before the thread stops.
    const isLast = block.mustStop;
    if (isLast && count <= 0) return;
    if (source.refresh()) context.picture = source.picture;
    if (count <= 0) continue;
    workerClock.update();
    let silent = 0;
    for (let i = 0; i < count; i++) {
      buffers.requestAt = batch.receiveSlot(i);
      buffers.octets = batch.received(i);
      buffers.octetsMax = RECEIVE_OCTETS;
      buffers.responseAt = batch.sendSlot(i);
      let octets = 0;
      if (batch.isFromUnansweredPort(i)) (context.counters[Counter.Ignored] as number)++;
      else {
        batch.readPeer(i, peer);
        if (proxies === null || takeProxyHeader(proxies, buffers, peer, batch.view))
          octets = answerSafely(answer, context, buffers, peer);
        else (context.counters[Counter.Ignored] as number)++;
      }
      isSilent[i] = octets === 0 ? 1 : 0;
      if (octets === 0) silent++;
      else batch.reply(i, octets);
      batch.renew(i);
    }
    if (silent === 0) sendRun(fd, batch, 0, count);
    else if (silent < count) sendRuns(fd, batch, isSilent, count);
    if (isLast) return;
  }
}

/** Slots without an answer are left out, because an empty datagram would be sent for them. */
function sendRuns(fd: number, batch: Batch, isSilent: Uint8Array, count: number): void {
  for (let from = 0; from < count; from++) {
    if (isSilent[from] === 1) continue;
    let to = from + 1;
    while (to < count && isSilent[to] === 0) to++;
    sendRun(fd, batch, from, to);
    from = to;
  }
}

/** When the kernel refuses one reply, the others are still sent. */
function sendRun(fd: number, batch: Batch, from: number, to: number): void {
  const { sendmmsg } = libc();
  for (let at = from; at < to;) {
    const sent = sendmmsg(fd, batch.send[at] as bigint, to - at, 0);
    at += sent > 0 ? sent : 1;
  }
}
