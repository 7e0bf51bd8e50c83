/** One query to a server, over UDP or TCP, and the few facts of the reply that show whether it is right. */
import { createSocket } from "node:dgram";
import { connect } from "node:net";

const typeA = 1;
const typeOpt = 41;
const classIn = 1;
/** RFC 9715's size, as resolvers announce it. */
const udpSizeBytes = 1232;
const headerBytes = 12;

export type Question = {
  readonly name: string;
  readonly transport: "udp" | "tcp";
  readonly edns: boolean;
};

export type Reply = {
  readonly rcode: number;
  readonly isAuthoritative: boolean;
  readonly answers: number;
  readonly sizeBytes: number;
};

/** Asks 127.0.0.1 for an A record; null when nothing that belongs to the question came back in time. */
export function ask(port: number, question: Question, timeoutMs: number): Promise<Reply | null> {
  const id = 0x6265;
  const query = writeQuery(question, id);
  const exchange = question.transport === "udp" ? askUdp : askTcp;
  return exchange(port, query, (message: Uint8Array) => readReply(message, id), timeoutMs);
}

/** The query in wire format: header (RD clear), one question, and an OPT record if EDNS is wanted. */
export function writeQuery(question: Pick<Question, "name" | "edns">, id: number): Uint8Array {
  const bytes = [id >> 8, id & 0xff, 0, 0, 0, 1, 0, 0, 0, 0, 0, question.edns ? 1 : 0];
  for (const label of question.name.split(".").filter((part) => part !== "")) {
    bytes.push(label.length, ...Buffer.from(label, "latin1"));
  }
  bytes.push(0, 0, typeA, 0, classIn);
  if (question.edns) bytes.push(0, 0, typeOpt, udpSizeBytes >> 8, udpSizeBytes & 0xff, 0, 0, 0, 0, 0, 0);
  return Uint8Array.from(bytes);
}

/** The header of a reply to query `id`; null if it is none. */
export function readReply(message: Uint8Array, id: number): Reply | null {
  if (message.length < headerBytes) return null;
  const view = new DataView(message.buffer, message.byteOffset, message.length);
  const flags = view.getUint16(2);
  const isReply = (flags & 0x8000) !== 0;
  if (view.getUint16(0) !== id || !isReply) return null;
  return {
    rcode: flags & 0xf,
    isAuthoritative: (flags & 0x0400) !== 0,
    answers: view.getUint16(6),
    sizeBytes: message.length,
  };
}

type Reader<R> = (message: Uint8Array) => R | null;

/**
 * Sends any query to 127.0.0.1. Resolves with what `read` makes of the first reply that it accepts, or null if none
 * came in time.
 */
export function askUdp<R>(
  port: number,
  query: Uint8Array,
  read: Reader<R>,
  timeoutMs: number,
): Promise<R | null> {
  return new Promise((resolve) => {
    const socket = createSocket("udp4");
    const finish = (reply: R | null): void => {
      clearTimeout(timer);
      socket.removeAllListeners("message");
      socket.close(() => resolve(reply));
    };
    const timer = setTimeout(finish, timeoutMs, null);
    // A refused datagram means that the server is not up yet; the time-out covers it.
    socket.on("error", () => undefined);
    socket.on("message", (message) => {
      const reply = read(message);
      if (reply !== null) finish(reply);
    });
    socket.send(query, port, "127.0.0.1");
  });
}

function askTcp(
  port: number,
  query: Uint8Array,
  read: Reader<Reply>,
  timeoutMs: number,
): Promise<Reply | null> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    let received = Buffer.alloc(0);
    let reply: Reply | null = null;
    socket.setTimeout(timeoutMs, () => socket.destroy());
    socket.on("error", () => undefined);
    socket.on("close", () => resolve(reply));
    socket.on("data", (chunk) => {
      received = Buffer.concat([received, chunk]);
      if (received.length < 2 || received.length < 2 + received.readUInt16BE(0)) return;
      reply = read(received.subarray(2, 2 + received.readUInt16BE(0)));
      socket.destroy();
    });
    socket.write(Buffer.concat([Uint8Array.of(query.length >> 8, query.length & 0xff), query]));
  });
}
