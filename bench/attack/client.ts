/** The good client beside the attack: asks at a steady pace over UDP and over TCP, and notes when each answer came. */
import { createSocket, type Socket as UdpSocket } from "node:dgram";
import { once } from "node:events";
import { connect } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { readReply, writeQuery } from "../load/ask.ts";

export type Transport = "udp" | "tcp";

/** Milliseconds per query in the order asked; null = no right answer within LOST_MS. Nothing is asked twice. */
export type Asked = Readonly<Record<Transport, readonly (number | null)[]>>;

export type ClientPlan = {
  /** The address of this client; the server treats it like any other. */
  readonly address: string;
  readonly port: number;
  readonly seconds: number;
  readonly perSecond: Readonly<Record<Transport, number>>;
  /** Has addresses; asked in turn. */
  readonly names: readonly string[];
  readonly signal: AbortSignal;
};

const LOST_MS = 2_000;
const NOERROR = 0;

/** Open loop: a late answer does not hold up the next query. Over TCP each query has a connection of its own. */
export async function askSteadily(plan: ClientPlan): Promise<Asked> {
  const udp = createSocket("udp4");
  const waiting = new Map<number, (isRight: boolean) => void>();
  udp.on("error", () => undefined);
  udp.on("message", (message) => {
    const id = message.length < 2 ? -1 : message.readUInt16BE(0);
    waiting.get(id)?.(isRight(message, id));
  });
  udp.bind(0, plan.address);
  await once(udp, "listening");
  try {
    const [overUdp, overTcp] = await Promise.all([
      everySoOften(plan, plan.perSecond.udp, (index) => askUdp(udp, waiting, plan, index)),
      everySoOften(plan, plan.perSecond.tcp, (index) => askTcp(plan, index)),
    ]);
    return { udp: overUdp, tcp: overTcp };
  } finally {
    udp.close();
  }
}

async function everySoOften(
  { seconds, signal }: ClientPlan,
  perSecond: number,
  askOne: (index: number) => Promise<number | null>,
): Promise<readonly (number | null)[]> {
  const startMs = performance.now();
  const asked: Promise<number | null>[] = [];
  for (let index = 0; index < seconds * perSecond; index++) {
    const leftMs = startMs + (index * 1000) / perSecond - performance.now();
    if (leftMs > 0) await delay(leftMs);
    signal.throwIfAborted();
    asked.push(askOne(index));
  }
  return Promise.all(asked);
}

function askUdp(
  socket: UdpSocket,
  waiting: Map<number, (isRight: boolean) => void>,
  plan: ClientPlan,
  index: number,
): Promise<number | null> {
  const id = index & 0xffff;
  return new Promise((resolve) => {
    const startMs = performance.now();
    const finish = (isFine: boolean): void => {
      clearTimeout(timer);
      waiting.delete(id);
      resolve(isFine ? performance.now() - startMs : null);
    };
    const timer = setTimeout(finish, LOST_MS, false);
    waiting.set(id, finish);
    socket.send(queryOf(plan, index, id), plan.port, "127.0.0.1");
  });
}

function askTcp(plan: ClientPlan, index: number): Promise<number | null> {
  const id = index & 0xffff;
  return new Promise((resolve) => {
    const startMs = performance.now();
    const socket = connect({ host: "127.0.0.1", port: plan.port, localAddress: plan.address });
    let received = Buffer.alloc(0);
    let tookMs: number | null = null;
    const timer = setTimeout(() => socket.destroy(), LOST_MS);
    socket.on("error", () => undefined);
    socket.on("close", () => {
      clearTimeout(timer);
      resolve(tookMs);
    });
    socket.on("end", () => socket.destroy());
    socket.on("data", (chunk) => {
      received = Buffer.concat([received, chunk]);
      if (received.length < 2 || received.length < 2 + received.readUInt16BE(0)) return;
      if (isRight(received.subarray(2, 2 + received.readUInt16BE(0)), id))
        tookMs = performance.now() - startMs;
      socket.destroy();
    });
    const query = queryOf(plan, index, id);
    socket.write(Buffer.concat([Uint8Array.of(query.length >> 8, query.length & 0xff), query]));
  });
}

function queryOf({ names }: ClientPlan, index: number, id: number): Uint8Array {
  return writeQuery({ name: names[index % names.length] ?? "", edns: true }, id);
}

/** A truncated answer has no records, so it is not right: the client was treated as if it were the attacker. */
function isRight(message: Uint8Array, id: number): boolean {
  const reply = readReply(message, id);
  return reply !== null && reply.rcode === NOERROR && reply.answers > 0;
}
