/** A steady stream of UDP queries, each counted with its answer. */
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { atEnd, type Scope } from "./programs.ts";
import { encodeQuery } from "./query.ts";
import { until } from "./until.ts";

/** Several, so that every worker of a server gets its share of the clients. */
const SOCKETS = 4;
const TICK_MS = 4;
const RECEIVE_BUFFER_OCTETS = 4 << 20;

export type Load = {
  sent(): number;
  answered(): number;
  /** Longest time between a query and its answer so far, in ms. */
  slowestMs(): number;
  /** The number of answers by RCODE. */
  readonly rcodes: Readonly<Record<number, number>>;
  /** Ends the stream, waits for pending queries, and returns the number of queries without an answer. */
  finish(withinMs?: number): Promise<number>;
};

export type LoadOptions = {
  readonly port: number;
  readonly name: string;
  /** Queries per second. */
  readonly rate?: number;
};

export async function startLoad(scope: Scope, options: LoadOptions): Promise<Load> {
  const { port, name, rate = 2_000 } = options;
  const sockets = Array.from({ length: SOCKETS }, () => createSocket("udp4"));
  const waiting = new Map<number, number>();
  const rcodes: Record<number, number> = {};
  let sent = 0;
  let answered = 0;
  let slowestMs = 0;
  for (const [index, socket] of sockets.entries()) {
    socket.on("message", (bytes) => {
      const key = index * 65_536 + bytes.readUInt16BE(0);
      const sinceMs = waiting.get(key);
      if (sinceMs === undefined) return;
      waiting.delete(key);
      answered++;
      slowestMs = Math.max(slowestMs, performance.now() - sinceMs);
      const rcode = (bytes[3] ?? 0) & 15;
      rcodes[rcode] = (rcodes[rcode] ?? 0) + 1;
    });
    socket.bind(0, "127.0.0.1");
    await once(socket, "listening");
    socket.setRecvBufferSize(RECEIVE_BUFFER_OCTETS);
  }
  const query = encodeQuery({ name, type: 1 });
  const startMs = performance.now();
  const timer = setInterval(() => {
    // As many as are due, so that a late tick does not lower the rate.
    for (const due = ((performance.now() - startMs) * rate) / 1000; sent < due; sent++) {
      const id = Math.floor(sent / SOCKETS) & 0xffff;
      const bytes = Uint8Array.from(query);
      bytes.set([id >>> 8, id & 255]);
      waiting.set((sent % SOCKETS) * 65_536 + id, performance.now());
      sockets[sent % SOCKETS]?.send(bytes, port, "127.0.0.1");
    }
  }, TICK_MS);
  atEnd(scope, () => {
    clearInterval(timer);
    for (const socket of sockets) socket.close();
  });
  return {
    sent: () => sent,
    answered: () => answered,
    slowestMs: () => slowestMs,
    rcodes,
    async finish(withinMs = 2_000) {
      clearInterval(timer);
      await until("all are answered", () => waiting.size === 0, withinMs).catch(() => undefined);
      return waiting.size;
    },
  };
}
