/**
 * A DNS client for one question to one server, over UDP or TCP. Messages are encoded and decoded by dns2.
 *
 * The sockets are ours: dns2's clients do not check that an answer belongs to the question, cannot abort a TCP connection,
 * and accept no IPv6 address for TCP. Its parser is slow on crafted messages, so servers other than our own are only asked
 * from a worker thread (hostname-worker.ts).
 */
import { randomInt } from "node:crypto";
import { createSocket } from "node:dgram";
import { connect, isIPv6 } from "node:net";
import { Packet } from "dns2";
import { OperationalError } from "../../kernel/error.ts";

export type Message = InstanceType<typeof Packet>;
type DnsTransport = "udp" | "tcp";

/** `address`: an IP address in canonical spelling. */
export type DnsServer = { readonly address: string; readonly port: number };

export type DnsQuestion = {
  readonly name: string;
  readonly type: number;
  /** Class CHAOS, for questions about the server itself, instead of IN. */
  readonly isChaos?: boolean;
  /** RD: true for resolvers, false for authoritative servers. */
  readonly recursive: boolean;
  /** EDNS options in dns2's form; null = no OPT record. */
  readonly options: readonly object[] | null;
};

export type DnsReply = {
  readonly message: Message;
  readonly sizeOctets: number;
  readonly transport: DnsTransport;
};

/** Fits every path without fragments (RFC 9715 §3.2). */
const UDP_PAYLOAD_OCTETS = 1232;

/** Rejects with an OperationalError (DNS_EXCHANGE) when the server cannot be reached, or when `signal` aborts. */
export async function queryServer(
  question: DnsQuestion,
  server: DnsServer,
  transport: DnsTransport,
  signal: AbortSignal,
): Promise<DnsReply> {
  const query = encode(question);
  const accept = (reply: Buffer): Message | null => decode(reply, query, question);
  const attempt = { query, server, accept, signal };
  return transport === "udp" ? overUdp(attempt) : overTcp(attempt);
}

/** Asks over UDP, and again over TCP when the answer is truncated (RFC 7766 §5). */
export async function queryWithTcpFallback(
  question: DnsQuestion,
  server: DnsServer,
  signal: AbortSignal,
): Promise<DnsReply> {
  const first = await queryServer(question, server, "udp", signal);
  return first.message.header.tc === 1 ? queryServer(question, server, "tcp", signal) : first;
}

function encode(question: DnsQuestion): Buffer {
  const packet = new Packet();
  packet.header.id = randomInt(0x1_0000);
  packet.header.rd = question.recursive ? 1 : 0;
  packet.questions.push(new Packet.Question(question.name, question.type, classOf(question)));
  if (question.options !== null) {
    const payload = { udpPayloadSize: UDP_PAYLOAD_OCTETS };
    packet.additionals.push(new Packet.Resource(Packet.Resource.EDNS([...question.options], payload)));
  }
  return packet.toBuffer();
}

/** Null: not the answer to this question. */
function decode(reply: Buffer, query: Buffer, question: DnsQuestion): Message | null {
  if (reply.length < Packet.HEADER_SIZE || reply.readUInt16BE(0) !== query.readUInt16BE(0)) return null;
  // dns2 reads beyond the end of a client subnet of odd length: two more octets keep that within the buffer.
  const message = Packet.parse(Buffer.concat([reply, Buffer.alloc(2)]));
  const [asked] = message.questions;
  // A server that could not parse the query may answer with an error and without the question.
  if (asked === undefined) return message.header.qr === 1 && message.header.rcode !== 0 ? message : null;
  const name = question.name.replace(/\.$/, "").toLowerCase();
  const isAnswer =
    message.header.qr === 1 && asked.type === question.type && asked.name.toLowerCase() === name;
  return isAnswer && asked.class === classOf(question) ? message : null;
}

function classOf(question: DnsQuestion): number {
  return question.isChaos === true ? Packet.CLASS.CH : Packet.CLASS.IN;
}

type Attempt = {
  readonly query: Buffer;
  readonly server: DnsServer;
  /** Null: not the answer to this question. */
  readonly accept: (reply: Buffer) => Message | null;
  readonly signal: AbortSignal;
};

type Settle = {
  readonly resolve: (message: Message, reply: Buffer) => void;
  readonly fail: (cause: unknown) => void;
};

/** Runs `send` until it settles or the signal aborts. */
function exchange(
  { server, signal }: Attempt,
  transport: DnsTransport,
  send: (settle: Settle) => void,
): Promise<DnsReply> {
  return new Promise<DnsReply>((resolve, reject) => {
    const fail = (cause: unknown): void => reject(failure(server, transport, cause));
    if (signal.aborted) {
      fail(signal.reason);
      return;
    }
    signal.addEventListener("abort", () => fail(signal.reason));
    send({
      resolve: (message, reply) => resolve({ message, sizeOctets: reply.length, transport }),
      fail,
    });
  });
}

function overUdp(attempt: Attempt): Promise<DnsReply> {
  const { query, server, accept } = attempt;
  const socket = createSocket(isIPv6(server.address) ? "udp6" : "udp4");
  return exchange(attempt, "udp", ({ resolve, fail }) => {
    socket.on("error", fail);
    socket.on("message", (reply) => {
      const message = acceptOrNull(accept, reply);
      if (message !== null) resolve(message, reply);
    });
    // A connected socket only receives from this server, and gets an error at once when its port is closed.
    socket.connect(server.port, server.address, () => {
      socket.send(query, (error) => {
        if (error !== null) fail(error);
      });
    });
  }).finally(() => {
    socket.close();
  });
}

function overTcp(attempt: Attempt): Promise<DnsReply> {
  const { query, server, accept } = attempt;
  const socket = connect({ host: server.address, port: server.port });
  return exchange(attempt, "tcp", ({ resolve, fail }) => {
    socket.on("error", fail);
    socket.on("close", () => fail(new Error("the connection was closed")));
    const length = Buffer.alloc(2);
    length.writeUInt16BE(query.length);
    socket.write(Buffer.concat([length, query]));
    let received = Buffer.alloc(0);
    socket.on("data", (chunk: Buffer) => {
      received = Buffer.concat([received, chunk]);
      if (received.length < 2 || received.length < 2 + received.readUInt16BE(0)) return;
      const reply = received.subarray(2, 2 + received.readUInt16BE(0));
      const message = acceptOrNull(accept, reply);
      if (message === null) fail(new Error("the reply is not an answer to the question"));
      else resolve(message, reply);
    });
  }).finally(() => {
    socket.destroy();
  });
}

/** A forged or broken reply is ignored: the real one may still come. */
function acceptOrNull(accept: Attempt["accept"], reply: Buffer): Message | null {
  try {
    return accept(reply);
  } catch {
    return null;
  }
}

function failure(server: DnsServer, transport: DnsTransport, cause: unknown): OperationalError {
  const place = isIPv6(server.address)
    ? `[${server.address}]:${server.port}`
    : `${server.address}:${server.port}`;
  return new OperationalError("DNS_EXCHANGE", `no answer from ${place} over ${transport}: ${reason(cause)}`, {
    cause,
  });
}

function reason(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause);
  if ("code" in cause && cause.code === "ECONNREFUSED") return "connection refused";
  return cause.name === "TimeoutError" || cause.name === "AbortError" ? "it took too long" : cause.message;
}
