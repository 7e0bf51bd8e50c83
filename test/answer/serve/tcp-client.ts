/** A TCP client that reads answers frame by frame, and can send anything. */
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { decode, type Message } from "../../support/decode.ts";
import { atEnd, type Scope } from "../../support/programs.ts";
import { type Asked, encodeQuery } from "../../support/query.ts";
import { until } from "../../support/until.ts";

export type Place = {
  readonly port: number;
  readonly address?: string;
  /** Where it comes from. */
  readonly localAddress?: string;
};

export class TcpClient {
  readonly socket: Socket;
  /** Messages without their lengths, in the order they came. */
  readonly replies: Uint8Array[] = [];
  /** The server has said that nothing more will come, or the connection is gone. */
  isEnded = false;
  isClosed = false;
  #rest: Uint8Array = new Uint8Array(0);

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.on("data", (chunk) => this.#take(chunk));
    socket.on("end", () => (this.isEnded = true));
    socket.on("error", () => undefined);
    socket.on("close", () => {
      this.isEnded = true;
      this.isClosed = true;
    });
  }

  /** Half-open, so that the client decides when it ends its side. */
  static async open(scope: Scope, place: Place): Promise<TcpClient> {
    const { port, address = "127.0.0.1", localAddress = address } = place;
    const socket = connect({ port, host: address, localAddress, allowHalfOpen: true, noDelay: true });
    atEnd(scope, () => socket.destroy());
    await once(socket, "connect");
    return new TcpClient(socket);
  }

  send(...queries: Asked[]): void {
    this.write(frames(...queries));
  }

  write(bytes: Uint8Array): void {
    this.socket.write(bytes);
  }

  /** Waits until there are so many replies in all. */
  async saw(count: number, withinMs?: number): Promise<readonly Message[]> {
    await until(
      `${count} replies (${this.replies.length} came)`,
      () => this.replies.length >= count,
      withinMs,
    );
    return this.replies.map(decode);
  }

  async ask(asked: Asked): Promise<Message> {
    this.send(asked);
    const messages = await this.saw(this.replies.length + 1);
    return messages.at(-1) as Message;
  }

  async sawEnd(): Promise<void> {
    await until("the server ends the connection", () => this.isEnded);
  }

  #take(chunk: Uint8Array): void {
    const bytes = Buffer.concat([this.#rest, chunk]);
    let at = 0;
    while (at + 2 <= bytes.length && at + 2 + bytes.readUInt16BE(at) <= bytes.length) {
      const end = at + 2 + bytes.readUInt16BE(at);
      this.replies.push(Uint8Array.from(bytes.subarray(at + 2, end)));
      at = end;
    }
    this.#rest = bytes.subarray(at);
  }
}

export function frame(message: Uint8Array): Uint8Array {
  return Uint8Array.from([message.length >>> 8, message.length & 255, ...message]);
}

export function frames(...queries: Asked[]): Uint8Array {
  return Uint8Array.from(queries.flatMap((query) => [...frame(encodeQuery(query))]));
}
