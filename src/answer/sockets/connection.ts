/** One TCP connection: messages with a length before them in, answers out in the same order (RFC 1035 §4.2.2, RFC 7766 §6.2.1). */
import type net from "node:net";
import { answer } from "../answer.ts";
import type { WorkerContext } from "../context/worker-context.ts";
import { type MessageBuffers, MESSAGE_OCTETS_MAX } from "../context/message-buffers.ts";
import { createPeer, setPeerAddress } from "../terms/peer.ts";
import type { Clock } from "../../kernel/clock.ts";
import { SLACK_OCTETS } from "../../dns/message/wire.ts";
import type { StreamLimits } from "../scoreboard/assignment.ts";
import type { Networks } from "../terms/networks.ts";
import { answerSafely } from "./answer-safely.ts";
import { clientPrefix } from "./client-prefix.ts";
import { BROKEN, Inbox } from "./inbox.ts";
import { Outbox } from "./outbox.ts";
import {
  hasProxySignature,
  type ProxiedAddress,
  readProxyHeader,
  textOfAddress,
  UNSOUND,
} from "../terms/proxy-header.ts";

/** Messages without an answer (responses, for example) after which the connection is closed. */
const IGNORED_MAX = 3;
/** The connection is closed when the client reads nothing for this long while answers wait. */
const STALLED_MS = 10_000;
/** A shorter wait may be due to the network. */
const STALL_NOTICED_MS = 250;
/** Answers are gathered and written together, until they are this long. */
const WRITE_OCTETS = 16_384;
const GATHER_OCTETS = WRITE_OCTETS + MESSAGE_OCTETS_MAX + 2;

/** Shared by all connections of the thread: the messages of one read are answered without any wait in between. */
const gathered = new Uint8Array(GATHER_OCTETS + SLACK_OCTETS);
const buffers: MessageBuffers = {
  request: gathered,
  requestAt: 0,
  octets: 0,
  octetsMax: MESSAGE_OCTETS_MAX + 1,
  response: gathered,
  responseAt: 0,
};
const peer = createPeer(true);
const proxied: ProxiedAddress = { at: 0, octets: 0 };

type ConnectionOptions = {
  readonly socket: net.Socket;
  /** Who must send a PROXY header first; null = nobody. */
  readonly proxies: Networks | null;
  /** The client has become known by a header. */
  readonly onClient: () => void;
  readonly context: WorkerContext;
  readonly clock: Clock;
  readonly beforeAnswers: () => void;
  readonly onActive: () => void;
  readonly onClosed: () => void;
};

export class Connection {
  /** What counts as one client (client-prefix.ts); null until a balancer has said who it is. */
  client: string | null;
  readonly #options: ConnectionOptions;
  #address: string;
  #header: "awaited" | "forbidden" | "done";
  readonly #inbox: Inbox = new Inbox();
  readonly #outbox: Outbox;
  /** When the last whole message came, when the incomplete one began, and since when answers wait; 0 = there is none. */
  #activeAtMs: number;
  #partialSinceMs = 0;
  #stalledSinceMs = 0;
  #ignored = 0;
  #isFinishing = false;

  constructor(options: ConnectionOptions) {
    this.#options = options;
    this.#activeAtMs = options.clock.nowMs();
    const { socket, proxies } = options;
    this.#address = socket.remoteAddress ?? "";
    setPeerAddress(peer, this.#address);
    this.#header = proxies === null ? "done" : proxies.has(peer) ? "awaited" : "forbidden";
    this.client = this.#header === "awaited" ? null : clientPrefix(this.#address);
    socket.on("data", (chunk) => {
      if (this.#isFinishing) return;
      this.#inbox.add(chunk);
      if (this.#header === "done" || this.#takeHeader()) this.#answerMessages();
    });
    socket.on("end", () => socket.end());
    this.#outbox = new Outbox(socket, () => {
      this.#stalledSinceMs = 0;
      this.#answerMessages();
      if (this.#stalledSinceMs === 0) socket.resume();
    });
    socket.on("error", () => socket.destroy());
    socket.on("close", () => {
      this.#outbox.close();
      options.onClosed();
    });
  }

  /** True when answers have waited for the client for longer than a moment. */
  isStalled(nowMs: number): boolean {
    return this.#stalledSinceMs !== 0 && nowMs - this.#stalledSinceMs > STALL_NOTICED_MS;
  }

  isOverdue(nowMs: number, limits: StreamLimits): boolean {
    if (this.#stalledSinceMs !== 0) return nowMs - this.#stalledSinceMs > STALLED_MS;
    // Counted from the first octet, so that sending octet by octet does not extend the time.
    if (this.#partialSinceMs !== 0) return nowMs - this.#partialSinceMs > limits.messageMs;
    return this.isQuiet(nowMs, limits.idleMs);
  }

  /** True when no query came for that long and no answer waits. */
  isQuiet(nowMs: number, forMs: number): boolean {
    return this.#stalledSinceMs === 0 && nowMs - this.#activeAtMs > forMs;
  }

  close(): void {
    this.#options.socket.destroy();
  }

  /** Closes the connection after everything written has been sent. */
  finish(): void {
    if (this.#isFinishing) return;
    this.#isFinishing = true;
    this.#options.socket.end();
    this.#options.socket.destroySoon();
  }

  /** True when messages may follow. Without a sound header where one must be, or with one where none may be, it closes. */
  #takeHeader(): boolean {
    const inbox = this.#inbox;
    if (this.#header === "forbidden") {
      this.#header = "done";
      const isHeader = hasProxySignature(inbox.bytes, inbox.at, inbox.end);
      if (isHeader) this.close();
      return !isHeader;
    }
    const octets = readProxyHeader(inbox.bytes, inbox.at, inbox.end, proxied);
    if (octets === UNSOUND) this.close();
    if (octets <= 0) {
      this.#noteActivity(false);
      inbox.settle();
      return false;
    }
    if (proxied.octets > 0)
      this.#address = textOfAddress(inbox.bytes.subarray(proxied.at, proxied.at + proxied.octets));
    this.#header = "done";
    this.client = clientPrefix(this.#address);
    inbox.drop(octets);
    this.#partialSinceMs = 0;
    this.#options.onClient();
    return true;
  }

  /** Answers all whole messages, until the client has to read first. */
  #answerMessages(): void {
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
    this.#noteActivity(hasMessage);
    inbox.settle();
    if (octets === BROKEN || this.#ignored >= IGNORED_MAX) this.finish();
  }

  /** Appends the answer to the next message of the inbox to `gathered`; returns the new end. */
  #answerInto(octets: number, out: number): number {
    buffers.request = this.#inbox.bytes;
    buffers.requestAt = this.#inbox.messageAt;
    buffers.octets = octets;
    buffers.responseAt = out + 2;
    const length = answerSafely(answer, this.#options.context, buffers, peer);
    if (length === 0) {
      this.#ignored++;
      return out;
    }
    gathered[out] = length >>> 8;
    gathered[out + 1] = length;
    return out + 2 + length;
  }

  /** While the client does not read, we do not either: its answers would pile up here. */
  #write(octets: number): void {
    const { socket, clock } = this.#options;
    this.#outbox.send(gathered.subarray(0, octets));
    if (!this.#outbox.isBlocked) return;
    this.#stalledSinceMs = clock.nowMs();
    socket.pause();
  }

  #noteActivity(hasMessage: boolean): void {
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
