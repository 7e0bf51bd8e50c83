/** One TCP connection: frames in, answers out, in order and as many as come (RFC 7766 §6.2.1, RFC 1035 §4.2.2). */
import type net from "node:net";
import { answer } from "../answer.ts";
import type { WorkerContext } from "../solve/worker-context.ts";
import { type MessageBuffers, MESSAGE_OCTETS_MAX } from "../solve/message-buffers.ts";
import { createPeer, setPeerAddress } from "../terms/peer.ts";
import type { Clock } from "../../kernel/clock.ts";
import { SLACK_OCTETS } from "../../dns/message/wire.ts";
import type { StreamLimits } from "../scoreboard/assignment.ts";
import { answerSafely } from "./answer-safely.ts";
import { BROKEN, Inbox } from "./inbox.ts";
import { Outbox } from "./outbox.ts";

/** Messages that deserve no answer, before the client is sent away. */
const IGNORED_MAX = 3;
/** A client that reads nothing for this long while answers wait is sent away. */
const STALLED_MS = 10_000;
/** Up to here it may be the network's doing. */
const STALL_NOTICED_MS = 250;
/** Answers are gathered and written together, until they are this long. */
const WRITE_OCTETS = 16_384;
const GATHER_OCTETS = WRITE_OCTETS + MESSAGE_OCTETS_MAX + 2;

/** Shared by all connections of the thread: answers are made one read at a time, without waiting in between. */
const gathered = new Uint8Array(GATHER_OCTETS + SLACK_OCTETS);
const exchange: MessageBuffers = {
  request: gathered,
  requestAt: 0,
  octets: 0,
  response: gathered,
  responseAt: 0,
};
const peer = createPeer(true);

type ConnectionOptions = {
  readonly socket: net.Socket;
  readonly client: string;
  readonly context: WorkerContext;
  readonly clock: Clock;
  readonly beforeAnswers: () => void;
  readonly onActive: () => void;
  readonly onClosed: () => void;
};

export class Connection {
  readonly client: string;
  readonly #options: ConnectionOptions;
  readonly #address: string;
  readonly #inbox: Inbox = new Inbox();
  readonly #outbox: Outbox;
  /** When the last whole message came, when the one that is not whole began, since when answers wait. 0 = not. */
  #activeAtMs: number;
  #partialSinceMs = 0;
  #stalledSinceMs = 0;
  #ignored = 0;
  #isFinishing = false;

  constructor(options: ConnectionOptions) {
    this.#options = options;
    this.client = options.client;
    this.#activeAtMs = options.clock.nowMs();
    const { socket } = options;
    this.#address = socket.remoteAddress ?? "";
    socket.on("data", (chunk) => {
      if (this.#isFinishing) return;
      this.#inbox.add(chunk);
      this.#work();
    });
    socket.on("end", () => socket.end());
    this.#outbox = new Outbox(socket, () => {
      this.#stalledSinceMs = 0;
      this.#work();
      if (this.#stalledSinceMs === 0) socket.resume();
    });
    socket.on("error", () => socket.destroy());
    socket.on("close", () => {
      this.#outbox.close();
      options.onClosed();
    });
  }

  /** Answers wait for the client to read, and not just for a moment. */
  isStalled(nowMs: number): boolean {
    return this.#stalledSinceMs !== 0 && nowMs - this.#stalledSinceMs > STALL_NOTICED_MS;
  }

  isOverdue(nowMs: number, limits: StreamLimits): boolean {
    if (this.#stalledSinceMs !== 0) return nowMs - this.#stalledSinceMs > STALLED_MS;
    // Counted from the first octet: one that drips octet by octet is no less overdue.
    if (this.#partialSinceMs !== 0) return nowMs - this.#partialSinceMs > limits.messageMs;
    return this.isQuiet(nowMs, limits.idleMs);
  }

  /** True when nothing was asked for so long, and nothing waits to be sent. */
  isQuiet(nowMs: number, forMs: number): boolean {
    return this.#stalledSinceMs === 0 && nowMs - this.#activeAtMs > forMs;
  }

  close(): void {
    this.#options.socket.destroy();
  }

  /** Ends after what was written has left. */
  finish(): void {
    if (this.#isFinishing) return;
    this.#isFinishing = true;
    this.#options.socket.end();
    this.#options.socket.destroySoon();
  }

  /** Answers what has come whole, until the client has to read first. */
  #work(): void {
    this.#options.beforeAnswers();
    setPeerAddress(peer, this.#address);
    const inbox = this.#inbox;
    let out = 0;
    let octets = inbox.next();
    const hasMessage = octets >= 0;
    for (; octets >= 0 && this.#stalledSinceMs === 0 && this.#ignored < IGNORED_MAX; octets = inbox.next()) {
      out = this.#answerInto(octets, out);
      inbox.skip(octets);
      if (out >= WRITE_OCTETS) {
        this.#write(out);
        out = 0;
      }
    }
    if (out > 0) this.#write(out);
    this.#note(hasMessage);
    inbox.settle();
    if (octets === BROKEN || this.#ignored >= IGNORED_MAX) this.finish();
  }

  /** Answers the next message of the inbox behind what is gathered already; returns the new end. */
  #answerInto(octets: number, out: number): number {
    exchange.request = this.#inbox.bytes;
    exchange.requestAt = this.#inbox.messageAt;
    exchange.octets = octets;
    exchange.responseAt = out + 2;
    const length = answerSafely(answer, this.#options.context, exchange, peer);
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
    this.#outbox.send(gathered.subarray(0, octets));
    if (!this.#outbox.isBlocked) return;
    this.#stalledSinceMs = clock.nowMs();
    socket.pause();
  }

  #note(hasMessage: boolean): void {
    const { clock, onActive } = this.#options;
    const nowMs = clock.nowMs();
    if (hasMessage) {
      this.#activeAtMs = nowMs;
      this.#partialSinceMs = 0;
      onActive();
    }
    const isPartial = !this.#inbox.isEmpty && this.#stalledSinceMs === 0;
    if (isPartial && this.#partialSinceMs === 0) this.#partialSinceMs = nowMs;
  }
}
