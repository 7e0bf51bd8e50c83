/** Measures the time from a change to its answer on the wire: one query at a time until the answer is the new one. */
import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { writeQuery } from "../load/ask.ts";

/** A query or reply that was lost is asked again after this; it counts as waiting. */
const lostAfterMs = 50;
/** A change that is not seen by then is reported as lost. */
const patienceMs = 5_000;
/** Between an old answer and the next query. Without it the probe would be the busiest process of the machine. */
const restMs = 0.1;
const restWord = new Int32Array(new SharedArrayBuffer(4));

export class Probe {
  readonly #socket: Socket = createSocket("udp4");
  #onMessage: (message: Uint8Array) => void = () => undefined;
  #id = 0;

  /** Asks 127.0.0.1 at `port`. */
  static async open(port: number): Promise<Probe> {
    const probe = new Probe();
    probe.#socket.connect(port, "127.0.0.1");
    await once(probe.#socket, "connect");
    probe.#socket.on("error", () => undefined);
    probe.#socket.on("message", (message) => probe.#onMessage(message));
    return probe;
  }

  /** When an answer for `name` first contained `octets`, on the machine's monotonic clock; null if none did. */
  seen(name: string, octets: Uint8Array): Promise<bigint | null> {
    return new Promise((resolve) => {
      const wanted = Buffer.from(octets);
      const send = (): void => {
        this.#id = (this.#id + 1) & 0xffff;
        this.#socket.send(writeQuery({ name, edns: false }, this.#id));
        lost.refresh();
      };
      const finish = (at: bigint | null): void => {
        clearTimeout(lost);
        clearTimeout(late);
        this.#onMessage = () => undefined;
        resolve(at);
      };
      const lost = setTimeout(send, lostAfterMs);
      const late = setTimeout(finish, patienceMs, null);
      this.#onMessage = (message) => {
        const now = process.hrtime.bigint();
        if (((message[0] as number) << 8) + (message[1] as number) !== this.#id) return;
        if (Buffer.from(message).includes(wanted)) finish(now);
        else {
          // Timers do not come in such fractions; nothing else waits for this thread.
          Atomics.wait(restWord, 0, 0, restMs);
          send();
        }
      };
      send();
    });
  }

  close(): void {
    this.#socket.close();
  }
}
