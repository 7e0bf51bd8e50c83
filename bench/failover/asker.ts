/** Queries many names at once, each repeatedly, until an answer contains an address or no longer contains it. */
import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { readReply, writeQuery } from "../load/ask.ts";

/** A query or reply that was lost is asked again after this; it counts as waiting. */
const lostAfterMs = 100;
const nxDomain = 3;

export type Awaited = {
  readonly name: string;
  readonly octets: Buffer;
  /** True: until an answer contains them; false: until an answer does not; "no such name": until the name is denied. */
  readonly isThere: boolean | "no such name";
  /** Between an answer and the next question. */
  readonly restMs: number;
  readonly patienceMs: number;
};

export class Asker {
  readonly #socket: Socket = createSocket("udp4");
  readonly #waiting: Map<number, (message: Uint8Array) => void> = new Map();
  #id = 0;

  /** Asks 127.0.0.1 at `port`. */
  static async open(port: number): Promise<Asker> {
    const asker = new Asker();
    asker.#socket.connect(port, "127.0.0.1");
    await once(asker.#socket, "connect");
    asker.#socket.on("error", () => undefined);
    asker.#socket.on("message", (message) => {
      asker.#waiting.get(message.readUInt16BE(0))?.(message);
    });
    return asker;
  }

  /** When the first such answer arrived, on the clock of `performance.now()`; Infinity when none came in time. */
  first({ name, octets, isThere, restMs, patienceMs }: Awaited): Promise<number> {
    return new Promise((resolve) => {
      const deadlineMs = performance.now() + patienceMs;
      let id = -1;
      let again: NodeJS.Timeout | undefined;
      const send = (): void => {
        this.#waiting.delete(id);
        if (performance.now() > deadlineMs) {
          resolve(Infinity);
          return;
        }
        id = this.#freeId();
        this.#waiting.set(id, receive);
        this.#socket.send(writeQuery({ name, edns: false }, id));
        again = setTimeout(send, lostAfterMs);
      };
      const receive = (message: Uint8Array): void => {
        const atMs = performance.now();
        clearTimeout(again);
        this.#waiting.delete(id);
        const reply = readReply(message, id);
        // An error, or no address at all, is no answer to fail over to.
        const isAnswer = reply !== null && reply.rcode === 0 && reply.answers > 0;
        const isAwaited =
          isThere === "no such name"
            ? reply?.rcode === nxDomain
            : isAnswer && Buffer.from(message).includes(octets) === isThere;
        if (isAwaited) resolve(atMs);
        else again = setTimeout(send, restMs);
      };
      send();
    });
  }

  close(): void {
    this.#socket.close();
  }

  #freeId(): number {
    do this.#id = (this.#id + 1) & 0xffff;
    while (this.#waiting.has(this.#id));
    return this.#id;
  }
}
