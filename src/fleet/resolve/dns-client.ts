/**
 * One question to one DNS server, over UDP or TCP, with dns2 as the codec.
 *
 * The sockets are ours: dns2's own clients do not check that an answer belongs to the question, cannot give up on a
 * TCP connection, and take no IPv6 address for TCP. Its parser is slow on crafted input (research/dns.md §5.3), so
 * what is not our own server is asked from a worker thread only (hostname-worker.ts).
 */
import { randomInt } from "node:crypto";
import { createSocket } from "node:dgram";
import { connect, isIPv6 } from "node:net";
import { Packet } from "dns2";
import { OperationalError } from "../../kernel/error.ts";

export type Message = InstanceType<typeof Packet>;
type DnsTransport = "udp" | "tcp";

/** Where a server is: a literal address in canonical spelling. */
export type DnsServer = { readonly address: string; readonly port: number };

export type DnsQuestion = {
  readonly name: string;
  readonly type: number;
  /** Class CHAOS: what a server says of itself; default: IN. */
  readonly isChaos?: boolean;
  /** RD: true for resolvers, false for authoritative servers. */
  readonly recursive: boolean;
  /** EDNS options as dns2 has them; null = no OPT record at all. */
  readonly options: readonly object[] | null;
};

export type DnsReply = {
  readonly message: Message;
  readonly sizeOctets: number;
  readonly transport: DnsTransport;
};

/** Fits every path without fragments (RFC 9715 §3.2). */
const udpPayloadOctets = 1232;

/** Rejects with an OperationalError (DNS_EXCHANGE) when the server cannot be reached, or when `signal` aborts. */
export async function queryServer(
  question: DnsQuestion,
  server: DnsServer,
  transport: DnsTransport,
  signal: AbortSignal,
): Promise<DnsReply> {
  const query = encode(question);
  const accept = (reply: Buffer): Message | null => decode(reply, query, question);
  return transport === "udp"
    ? overUdp(query, server, accept, signal)
    : overTcp(query, server, accept, signal);
}

/** Over UDP first, and again over TCP when the answer was cut short (RFC 7766 §5). */
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
    const payload = { udpPayloadSize: udpPayloadOctets };
    packet.additionals.push(new Packet.Resource(Packet.Resource.EDNS([...question.options], payload)));
  }
  return packet.toBuffer();
}

/** null for whatever is not the answer to this very question. */
function decode(reply: Buffer, query: Buffer, question: DnsQuestion): Message | null {
  if (reply.length < Packet.HEADER_SIZE || reply.readUInt16BE(0) !== query.readUInt16BE(0)) return null;
  // dns2 reads one octet too many in a client subnet of odd length; two spare ones keep that inside the message.
  const message = Packet.parse(Buffer.concat([reply, Buffer.alloc(2)]));
  const [asked] = message.questions;
  // A server that could not read the query may leave the question out, with an error code.
  if (asked === undefined) return message.header.qr === 1 && message.header.rcode !== 0 ? message : null;
  const name = question.name.replace(/\.$/, "").toLowerCase();
  const isAnswer =
    message.header.qr === 1 && asked.type === question.type && asked.name.toLowerCase() === name;
  return isAnswer && asked.class === classOf(question) ? message : null;
}

function classOf(question: DnsQuestion): number {
  return question.isChaos === true ? Packet.CLASS.CH : Packet.CLASS.IN;
}

type Accept = (reply: Buffer) => Message | null;

function overUdp(query: Buffer, server: DnsServer, accept: Accept, signal: AbortSignal): Promise<DnsReply> {
  const socket = createSocket(isIPv6(server.address) ? "udp6" : "udp4");
  return new Promise<DnsReply>((resolve, reject) => {
    const refuse = (cause: unknown): void => {
      reject(failure(server, "udp", cause));
    };
    if (signal.aborted) {
      refuse(signal.reason);
      return;
    }
    signal.addEventListener("abort", () => {
      refuse(signal.reason);
    });
    socket.on("error", refuse);
    socket.on("message", (reply) => {
      const message = acceptOrNull(accept, reply);
      if (message !== null) resolve({ message, sizeOctets: reply.length, transport: "udp" });
    });
    // A connected socket hears only this server, and learns at once when nobody listens there.
    socket.connect(server.port, server.address, () => {
      socket.send(query, (error) => {
        if (error !== null) refuse(error);
      });
    });
  }).finally(() => {
    socket.close();
  });
}

function overTcp(query: Buffer, server: DnsServer, accept: Accept, signal: AbortSignal): Promise<DnsReply> {
  const socket = connect({ host: server.address, port: server.port });
  return new Promise<DnsReply>((resolve, reject) => {
    const refuse = (cause: unknown): void => {
      reject(failure(server, "tcp", cause));
    };
    if (signal.aborted) {
      refuse(signal.reason);
      return;
    }
    signal.addEventListener("abort", () => {
      refuse(signal.reason);
    });
    socket.on("error", refuse);
    socket.on("close", () => {
      refuse(new Error("the connection was closed"));
    });
    const length = Buffer.alloc(2);
    length.writeUInt16BE(query.length);
    socket.write(Buffer.concat([length, query]));
    let received = Buffer.alloc(0);
    socket.on("data", (chunk: Buffer) => {
      received = Buffer.concat([received, chunk]);
      if (received.length < 2 || received.length < 2 + received.readUInt16BE(0)) return;
      const reply = received.subarray(2, 2 + received.readUInt16BE(0));
      const message = acceptOrNull(accept, reply);
      if (message === null) refuse(new Error("what came back is no answer to the question"));
      else resolve({ message, sizeOctets: reply.length, transport: "tcp" });
    });
  }).finally(() => {
    socket.destroy();
  });
}

/** A forged or broken reply is passed over: the true one may still come. */
function acceptOrNull(accept: Accept, reply: Buffer): Message | null {
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
  if ("code" in cause && cause.code === "ECONNREFUSED") return "nobody listens there";
  return cause.name === "TimeoutError" || cause.name === "AbortError" ? "it took too long" : cause.message;
}
