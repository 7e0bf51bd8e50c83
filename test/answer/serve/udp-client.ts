/** A UDP client that keeps everything that comes back, and where it came from. */
import { createSocket, type RemoteInfo, type Socket } from "node:dgram";
import { once } from "node:events";
import { decode, type Message } from "../../support/decode.ts";
import { type Asked, encodeQuery } from "../../support/query.ts";
import { atEnd, type Scope } from "../../support/programs.ts";
import { until } from "../../support/until.ts";

export type Reply = { readonly bytes: Uint8Array; readonly from: RemoteInfo };
export type Place = {
  readonly port: number;
  readonly address?: string;
  /** Where it comes from: by default the loopback address and any port. */
  readonly localAddress?: string;
  readonly localPort?: number;
};

/** Room for a burst: the kernel drops what does not fit, and that would be the test's fault. */
const RECEIVE_BUFFER_OCTETS = 4 << 20;

export class UdpClient {
  readonly replies: Reply[] = [];
  readonly socket: Socket;
  readonly #place: { readonly port: number; readonly address: string };

  private constructor(socket: Socket, place: { readonly port: number; readonly address: string }) {
    this.socket = socket;
    this.#place = place;
    socket.on("message", (bytes, from) => this.replies.push({ bytes, from }));
  }

  /** `address` is where it sends to. */
  static async open(scope: Scope, place: Place): Promise<UdpClient> {
    const { port, address = "127.0.0.1", localPort = 0 } = place;
    const isV6 = address.includes(":");
    const socket = createSocket(isV6 ? "udp6" : "udp4");
    const client = new UdpClient(socket, { port, address });
    socket.bind(localPort, place.localAddress ?? (isV6 ? "::1" : "127.0.0.1"));
    await once(socket, "listening");
    socket.setRecvBufferSize(RECEIVE_BUFFER_OCTETS);
    atEnd(scope, () => socket.close());
    return client;
  }

  send(bytes: Uint8Array): void {
    this.socket.send(bytes, this.#place.port, this.#place.address);
  }

  /** Asks once and waits for the reply with the question's ID. */
  async ask(asked: Asked, withinMs: number = 4_000): Promise<Message> {
    this.send(encodeQuery(asked));
    const id = asked.id ?? 0x1234;
    await until(`an answer to ${String(asked.name)}`, () => this.withId(id).length > 0, withinMs);
    return decode(this.withId(id)[0]?.bytes ?? new Uint8Array(0));
  }

  withId(id: number): readonly Reply[] {
    return this.replies.filter(({ bytes }) => idOf(bytes) === id);
  }
}

export function idOf(bytes: Uint8Array): number {
  return ((bytes[0] ?? 0) << 8) | (bytes[1] ?? 0);
}
