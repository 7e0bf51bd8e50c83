/** Many queries to one server over UDP, several at a time; truncated replies are queried again over TCP. */
import { createSocket, type Socket } from "node:dgram";
import { connect } from "node:net";

/** So many are under way: enough to keep a server busy, too few to overflow its socket. */
const WINDOW = 64;
const PATIENCE_MS = 700;
/** A server that has left so many in a row unanswered is gone, or turns around in itself (Knot 3.2 does, rarely). */
const LOST_MAX = 2 * WINDOW;

export type ExchangeOptions = { readonly attempts?: number };

/** The replies in the order of the queries, whose IDs must be their place in the list (16 bits of it); null = none came. */
export async function askAll(
  port: number,
  queries: readonly Uint8Array[],
  { attempts = 4 }: ExchangeOptions = {},
): Promise<readonly (Uint8Array | null)[]> {
  const socket = createSocket({ type: "udp4", recvBufferSize: 1 << 20 });
  // A refused datagram means that the server is not up yet; the time-out covers it.
  socket.on("error", () => undefined);
  await new Promise<void>((resolve) => socket.connect(port, "127.0.0.1", resolve));
  try {
    return await new Exchange(socket, queries, attempts).run();
  } finally {
    socket.close();
  }
}

class Exchange {
  readonly #socket: Socket;
  readonly #queries: readonly Uint8Array[];
  readonly #attempts: number;
  readonly #replies: (Uint8Array | null)[];
  /** By ID. */
  readonly #waiting: Map<number, { readonly index: number; readonly gotIt: () => void }> = new Map();
  #next = 0;
  /** Questions given up in a row. */
  #lost = 0;

  constructor(socket: Socket, queries: readonly Uint8Array[], attempts: number) {
    this.#socket = socket;
    this.#queries = queries;
    this.#attempts = attempts;
    this.#replies = queries.map(() => null);
    socket.on("message", (message) => {
      const waiting = this.#waiting.get(message.readUInt16BE(0));
      if (waiting === undefined || message.length < 12) return;
      this.#replies[waiting.index] = new Uint8Array(message);
      this.#lost = 0;
      waiting.gotIt();
    });
  }

  async run(): Promise<readonly (Uint8Array | null)[]> {
    await Promise.all(Array.from({ length: WINDOW }, () => this.#askOnAndOn()));
    return this.#replies;
  }

  async #askOnAndOn(): Promise<void> {
    while (this.#next < this.#queries.length && this.#lost < LOST_MAX) {
      const index = this.#next++;
      for (let i = 0; i < this.#attempts && this.#replies[index] === null; i++) await this.#ask(index);
      if (this.#replies[index] === null) this.#lost++;
    }
  }

  #ask(index: number): Promise<void> {
    return new Promise((resolve) => {
      const id = index & 0xffff;
      const gotIt = (): void => {
        clearTimeout(timer);
        this.#waiting.delete(id);
        resolve();
      };
      const timer = setTimeout(gotIt, PATIENCE_MS);
      this.#waiting.set(id, { index, gotIt });
      this.#socket.send(this.#queries[index] as Uint8Array);
    });
  }
}

/** One question over TCP; null when the server closes without an answer. */
export function askTcp(port: number, query: Uint8Array): Promise<Uint8Array | null> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    let received = Buffer.alloc(0);
    let reply: Uint8Array | null = null;
    socket.setTimeout(5_000, () => socket.destroy());
    socket.on("error", () => undefined);
    socket.on("close", () => resolve(reply));
    socket.on("data", (chunk) => {
      received = Buffer.concat([received, chunk]);
      if (received.length < 2 || received.length < 2 + received.readUInt16BE(0)) return;
      reply = new Uint8Array(received.subarray(2, 2 + received.readUInt16BE(0)));
      socket.destroy();
    });
    socket.write(Buffer.concat([Uint8Array.of(query.length >> 8, query.length & 0xff), query]));
  });
}
