/** UDP through node:dgram, for platforms without recvmmsg: twice the CPU, same answers (DESIGN §3.1). */
import dgram from "node:dgram";
import { answer, type Exchange } from "../answer/answer.ts";
import { Counter } from "../answer/counter.ts";
import type { Desk, Peer } from "../answer/desk.ts";
import type { Clock } from "../clock.ts";
import { UDP_OCTETS_MAX } from "../dns/edns.ts";
import { SLACK_OCTETS } from "../dns/wire.ts";
import type { UdpSocketHandle } from "./assignment.ts";
import type { BoardBlock } from "./board.ts";
import { answerSafely } from "./fault.ts";
import { watchOrders } from "./orders.ts";
import type { PictureSource } from "./picture-source.ts";

export type DgramOptions = {
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
  const peer: Peer = { isStream: false };
  const refresh = (): void => {
    if (source.refresh()) desk.picture = source.picture;
  };
  socket.on("message", (message, from) => {
    if (from.port === 0) {
      (desk.counters[Counter.Ignored] as number)++;
      return;
    }
    refresh();
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
