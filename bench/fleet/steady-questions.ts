/** Questions at a steady pace, each asked once: how many were lost, and how many answers were wrong. */
import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { readReply, writeQuery } from "../load/ask.ts";

/** A busy machine may keep a packet this long. */
const lostAfterMs = 2_000;

export type Tally = { readonly asked: number; readonly lost: number; readonly wrong: number };

export class SteadyQuestions {
  readonly #socket: Socket = createSocket({ type: "udp4", recvBufferSize: 4 << 20 });
  readonly #askedAtMs: Map<number, number> = new Map();
  readonly #names: readonly string[];
  #timer: NodeJS.Timeout | undefined;
  #asked = 0;
  #lost = 0;
  #wrong = 0;
  #isStopped = false;

  private constructor(names: readonly string[]) {
    this.#names = names;
  }

  /** Asks 127.0.0.1 at `port` for one of the names after the other, every `everyMs`. All of them have addresses all the time. */
  static async start(port: number, names: readonly string[], everyMs: number): Promise<SteadyQuestions> {
    const steady = new SteadyQuestions(names);
    const socket = steady.#socket;
    socket.connect(port, "127.0.0.1");
    await once(socket, "connect");
    socket.on("error", () => undefined);
    socket.on("message", (message) => steady.#receive(message));
    steady.#timer = setInterval(() => steady.#ask(), everyMs);
    return steady;
  }

  /** Waits for the last answers, once. */
  async stop(): Promise<Tally> {
    clearInterval(this.#timer);
    if (this.#isStopped) return this.#tally;
    this.#isStopped = true;
    const deadlineMs = performance.now() + lostAfterMs;
    while (this.#askedAtMs.size > 0 && performance.now() < deadlineMs)
      await new Promise((resolve) => setTimeout(resolve, 10));
    this.#lost += this.#askedAtMs.size;
    this.#socket.close();
    return this.#tally;
  }

  get #tally(): Tally {
    return { asked: this.#asked, lost: this.#lost, wrong: this.#wrong };
  }

  #ask(): void {
    const nowMs = performance.now();
    for (const [id, atMs] of this.#askedAtMs) {
      if (nowMs - atMs < lostAfterMs) break;
      this.#askedAtMs.delete(id);
      this.#lost += 1;
    }
    const id = this.#asked & 0xffff;
    const name = this.#names[this.#asked % this.#names.length] ?? "";
    this.#asked += 1;
    this.#askedAtMs.set(id, nowMs);
    this.#socket.send(writeQuery({ name, edns: false }, id));
  }

  #receive(message: Buffer): void {
    const id = message.readUInt16BE(0);
    if (!this.#askedAtMs.delete(id)) return;
    const reply = readReply(message, id);
    if (reply === null || reply.rcode !== 0 || reply.answers === 0) this.#wrong += 1;
  }
}
