/** UDP through node:dgram, for platforms without recvmmsg: twice the CPU, same answers (DESIGN §3.1). */
import dgram from "node:dgram";
import { answer } from "../answer.ts";
import { Counter } from "../terms/counter.ts";
import type { Desk } from "../solve/desk.ts";
import type { Exchange } from "../solve/exchange.ts";
import { createPeer, setPeerAddress } from "../terms/peer.ts";
import type { Clock } from "../../kernel/clock.ts";
import { UDP_OCTETS_MAX } from "../../dns/message/edns.ts";
import { SLACK_OCTETS } from "../../dns/message/wire.ts";
import type { UdpSocketHandle } from "../board/assignment.ts";
import type { BoardBlock } from "../board/board.ts";
import { DeskClock } from "./desk-clock.ts";
import { answerSafely } from "./fault.ts";
import { watchOrders } from "../board/orders.ts";
import { isUnanswered } from "./ports.ts";
import type { PictureSource } from "./picture-source.ts";

type DgramOptions = {
  readonly socket: UdpSocketHandle;
  readonly desk: Desk;
  readonly block: BoardBlock;
  readonly source: PictureSource;
  readonly clock: Clock;
};

/** Returns at once; the open socket keeps the thread alive until it is told to stop. */
export function serveDgram(options: DgramOptions): void {
  const { desk, block, source } = options;
  const socket = dgram.createSocket(options.socket.address.includes(":") ? "udp6" : "udp4");
  const scratch = new Uint8Array(UDP_OCTETS_MAX + SLACK_OCTETS);
  const exchange: Exchange = { request: scratch, requestAt: 0, octets: 0, response: scratch, responseAt: 0 };
  const peer = createPeer(false);
  const deskClock = new DeskClock(desk, options.clock);
  const refresh = (): void => {
    if (source.refresh()) desk.picture = source.picture;
  };
  socket.on("message", (message, from) => {
    if (isUnanswered(from.port)) {
      (desk.counters[Counter.Ignored] as number)++;
      return;
    }
    refresh();
    deskClock.tell();
    setPeerAddress(peer, from.address);
    exchange.request = message;
    exchange.octets = message.length;
    const octets = answerSafely(answer, desk, exchange, peer);
    // The callback takes errors of single replies (unreachable peers); they concern nobody else.
    if (octets > 0) socket.send(scratch.slice(0, octets), from.port, from.address, () => undefined);
  });
  socket.on("error", (error) => {
    throw error;
  });
  watchOrders(options.clock, block, refresh, () => {
    block.end();
    socket.close();
  });
  socket.bind({ fd: options.socket.fd, exclusive: true });
}
