/** UDP through node:dgram, for platforms without recvmmsg: the same answers at twice the CPU time. */
import dgram from "node:dgram";
import { answer } from "../answer.ts";
import { Counter } from "../terms/counter.ts";
import type { WorkerContext } from "../context/worker-context.ts";
import { MESSAGE_OCTETS_MAX, type MessageBuffers } from "../context/message-buffers.ts";
import { createPeer, setPeerAddress } from "../terms/peer.ts";
import type { Clock } from "../../kernel/clock.ts";
import { UDP_OCTETS_MAX } from "../../dns/message/edns.ts";
import { SLACK_OCTETS, viewOfBytes } from "../../dns/message/wire.ts";
import type { UdpSocketHandle } from "../scoreboard/assignment.ts";
import type { ScoreboardBlock } from "../scoreboard/scoreboard.ts";
import { WorkerClock } from "./worker-clock.ts";
import { answerSafely } from "./answer-safely.ts";
import { watchForStop } from "../scoreboard/stop-signal.ts";
import { Networks } from "../terms/networks.ts";
import { isUnanswered } from "./ports.ts";
import { takeProxyHeader } from "./proxied.ts";
import type { PictureSource } from "./picture-source.ts";

type DgramOptions = {
  readonly socket: UdpSocketHandle;
  readonly context: WorkerContext;
  readonly block: ScoreboardBlock;
  readonly source: PictureSource;
  readonly clock: Clock;
};

/** Returns at once; the open socket keeps the thread alive until it is told to stop. */
export function serveDgram(options: DgramOptions): void {
  const { context, block, source } = options;
  const socket = dgram.createSocket(options.socket.address.includes(":") ? "udp6" : "udp4");
  const scratch = new Uint8Array(UDP_OCTETS_MAX + SLACK_OCTETS);
  const buffers: MessageBuffers = {
    request: scratch,
    requestAt: 0,
    octets: 0,
    octetsMax: MESSAGE_OCTETS_MAX + 1,
    response: scratch,
    responseAt: 0,
  };
  const proxies = options.socket.proxies.length === 0 ? null : new Networks(options.socket.proxies);
  const peer = createPeer(false);
  const own = peer.view;
  const workerClock = new WorkerClock(context, options.clock);
  const refresh = (): void => {
    if (source.refresh()) context.picture = source.picture;
  };
  socket.on("message", (message, from) => {
    if (isUnanswered(from.port)) {
      (context.counters[Counter.Ignored] as number)++;
      return;
    }
    refresh();
    workerClock.update();
    peer.view = own;
    setPeerAddress(peer, from.address);
    buffers.request = message;
    buffers.requestAt = 0;
    buffers.octets = message.length;
    buffers.octetsMax = MESSAGE_OCTETS_MAX + 1;
    if (proxies !== null && !takeProxyHeader(proxies, buffers, peer, viewOfBytes(message))) {
      (context.counters[Counter.Ignored] as number)++;
      return;
    }
    const octets = answerSafely(answer, context, buffers, peer);
    // The callback takes errors of single replies (unreachable peers), which do not matter to others.
    if (octets > 0) socket.send(scratch.slice(0, octets), from.port, from.address, () => undefined);
  });
  socket.on("error", (error) => {
    throw error;
  });
  watchForStop(options.clock, block, refresh, () => {
    block.end();
    socket.close();
  });
  socket.bind({ fd: options.socket.fd, exclusive: true });
}
