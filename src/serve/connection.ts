/** One TCP connection: frames in, answers out, in order and as many as come (RFC 7766 §6.2.1, RFC 1035 §4.2.2). */
import type net from "node:net";
import { answer, type Exchange, MESSAGE_OCTETS_MAX } from "../answer/answer.ts";
import type { Desk, Peer } from "../answer/desk.ts";
import type { Clock } from "../clock.ts";
import { HEADER_OCTETS } from "../dns/code.ts";
import { SLACK_OCTETS } from "../dns/wire.ts";
import type { StreamLimits } from "./assignment.ts";
import { answerSafely } from "./fault.ts";

/** Messages that deserve no answer, before the client is sent away. */
const IGNORED_MAX = 3;
/** A client that reads nothing for this long while answers wait is sent away. */
const STALLED_MS = 10_000;
/** Answers of one read are gathered and written together. */
const GATHER_OCTETS = 65_536 + MESSAGE_OCTETS_MAX + 2;

/** Shared by all connections of the thread: answers are made one read at a time, without waiting in between. */
const gathered = new Uint8Array(GATHER_OCTETS + SLACK_OCTETS);
const exchange: Exchange = { request: gathered, requestAt: 0, octets: 0, response: gathered, responseAt: 0 };
const peer: Peer = { isStream: true };

export type ConnectionOptions = {
  readonly socket: net.Socket;
  readonly client: string;
  readonly desk: Desk;
  readonly clock: Clock;
  readonly beforeAnswers: () => void;
  readonly onActive: () => void;
  readonly onClosed: () => void;
};

export class Connection {
  readonly client: string;
  readonly #options: ConnectionOptions;
  /** The beginning of a message that has not come whole. */
  #partial: Uint8Array = new Uint8Array(0);
  /** When the last whole message came, when the partial one began, since when answers wait. 0 = not. */
  #activeAtMs: number;
  #partialSinceMs = 0;
  #stalledSinceMs = 0;
  #ignored = 0;

  constructor(options: ConnectionOptions) {
    this.#options = options;
    this.client = options.client;
    this.#activeAtMs = options.clock.nowMs();
    const { socket } = options;
    socket.on("data", (chunk) => this.#onData(chunk));
    socket.on("end", () => socket.end());
    socket.on("drain", () => {
      this.#stalledSinceMs = 0;
      socket.resume();
    });
    socket.on("error", () => socket.destroy());
    socket.on("close", options.onClosed);
  }

  isOverdue(nowMs: number, limits: StreamLimits): boolean {
    if (this.#stalledSinceMs !== 0) return nowMs - this.#stalledSinceMs > STALLED_MS;
    // Counted from the first octet: one that drips octet by octet is no less overdue.
    if (this.#partialSinceMs !== 0) return nowMs - this.#partialSinceMs > limits.messageMs;
    return nowMs - this.#activeAtMs > limits.idleMs;
  }

  close(): void {
    this.#options.socket.destroy();
  }

  /** Ends after what was written has left. */
  finish(): void {
    this.#options.socket.end();
    this.#options.socket.destroySoon();
  }

  #onData(chunk: Uint8Array): void {
    this.#options.beforeAnswers();
    const bytes = this.#partial.length === 0 ? chunk : concat(this.#partial, chunk);
    let at = 0;
    let out = 0;
    while (at + 2 <= bytes.length) {
      const octets = ((bytes[at] as number) << 8) | (bytes[at + 1] as number);
      if (octets < HEADER_OCTETS) {
        this.close();
        return;
      }
      if (at + 2 + octets > bytes.length) break;
      out = this.#answerInto(bytes, at + 2, octets, out);
      at += 2 + octets;
      if (out >= GATHER_OCTETS - MESSAGE_OCTETS_MAX - 2) {
        this.#write(out);
        out = 0;
      }
    }
    if (out > 0) this.#write(out);
    this.#keep(bytes, at);
    if (this.#ignored >= IGNORED_MAX) this.finish();
  }

  /** Answers one message behind what is gathered already; returns the new end. */
  #answerInto(bytes: Uint8Array, at: number, octets: number, out: number): number {
    exchange.request = bytes;
    exchange.requestAt = at;
    exchange.octets = octets;
    exchange.responseAt = out + 2;
    const length = answerSafely(answer, this.#options.desk, exchange, peer);
    if (length === 0) {
      this.#ignored++;
      return out;
    }
    gathered[out] = length >>> 8;
    gathered[out + 1] = length;
    return out + 2 + length;
  }

  /** While the client does not read, neither do we: its answers would pile up here. */
  #write(octets: number): void {
    const { socket, clock } = this.#options;
    if (socket.write(gathered.slice(0, octets)) || socket.destroyed) return;
    this.#stalledSinceMs = clock.nowMs();
    socket.pause();
  }

  #keep(bytes: Uint8Array, from: number): void {
    const { clock, onActive } = this.#options;
    if (from > 0) {
      this.#activeAtMs = clock.nowMs();
      this.#partialSinceMs = 0;
      onActive();
    }
    this.#partial = from === bytes.length ? new Uint8Array(0) : bytes.slice(from);
    if (this.#partial.length > 0 && this.#partialSinceMs === 0) this.#partialSinceMs = clock.nowMs();
  }
}

function concat(a: Uint8Array, b: Uint8Array): Uint8Array {
  const both = new Uint8Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}
