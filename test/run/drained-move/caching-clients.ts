/**
 * Clients behind resolvers that cache by TTL, as a ledger of answers: every answer leads its clients to an address until its TTL has
 * passed. The time counts from the query, so that a slow test machine never accuses anybody.
 */
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { decode } from "../../support/decode.ts";
import { atEnd, type Scope } from "../../support/programs.ts";
import { encodeQuery } from "../../support/query.ts";

const TICK_MS = 10;
const RECEIVE_BUFFER_OCTETS = 4 << 20;

export type CachingClients = {
  /** Until when clients may be led to the address (monotonic ms); 0 = never were any. */
  ledUntilMs(address: string): number;
  readonly answers: number;
  /** Answers without an address. */
  readonly empty: number;
  /** The addresses of the last answer. */
  readonly last: readonly string[];
};

export async function startCachingClients(
  scope: Scope,
  { port, name, rate }: { readonly port: number; readonly name: string; readonly rate: number },
): Promise<CachingClients> {
  const socket = createSocket("udp4");
  const until = new Map<string, number>();
  const askedMs = new Float64Array(65_536);
  const seen = { answers: 0, empty: 0, last: [] as readonly string[] };
  socket.on("message", (bytes) => {
    const { id, answer, rcode } = decode(bytes);
    seen.answers += 1;
    const addresses = answer.filter(({ type }) => type === 1);
    seen.last = addresses.map(({ data }) => data);
    if (rcode !== 0 || addresses.length === 0) seen.empty += 1;
    for (const { data, ttl } of addresses)
      until.set(data, Math.max(until.get(data) ?? 0, (askedMs[id] as number) + ttl * 1000));
  });
  socket.bind(0, "127.0.0.1");
  await once(socket, "listening");
  socket.setRecvBufferSize(RECEIVE_BUFFER_OCTETS);
  const startMs = performance.now();
  let sent = 0;
  const timer = setInterval(() => {
    const due = ((performance.now() - startMs) * rate) / 1000;
    for (; sent < due; sent += 1) {
      const id = sent & 0xffff;
      askedMs[id] = performance.now();
      socket.send(encodeQuery({ name, type: 1, id }), port, "127.0.0.1");
    }
  }, TICK_MS);
  atEnd(scope, () => {
    clearInterval(timer);
    socket.close();
  });
  return {
    ledUntilMs: (address) => until.get(address) ?? 0,
    get answers() {
      return seen.answers;
    },
    get empty() {
      return seen.empty;
    },
    get last() {
      return seen.last;
    },
  };
}
