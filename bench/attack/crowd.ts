/**
 * A crowd of bad TCP clients in a separate process, so that they do not delay the well-behaved client.
 *
 *   node bench/attack/crowd.ts idle|drip|half|deaf PORT PER-SECOND MOST SECONDS NAME
 *
 * Connections are opened at a steady pace, from many addresses of 127.1.0.0/16, ten from each, so that no client
 * exceeds its own limit. `idle` sends nothing; `drip` sends a query one octet per 100 ms; `half` sends half of one and
 * waits; `deaf` queries the long answer at NAME repeatedly and reads nothing. Never more than MOST are open on
 * our side; one that the server closes is replaced at the pace. Prints one JSON object (Crowd).
 */
import { connect, type Socket } from "node:net";
import { writeQuery } from "../load/ask.ts";
import { type Crowd, type CrowdKind, outOfOrder } from "./crowd-report.ts";

const PER_ADDRESS = 10;
const ADDRESSES = 60_000;
const TICK_MS = 20;
const DRIP_MS = 100;
/** Queries that a deaf client sends at once; the answers are many times larger than any buffer. */
const DEAF_QUERIES = 200;
const TYPE_TXT = 16;

const [kind = "idle", port = "0", perSecond = "0", most = "0", seconds = "0", name = "."] =
  process.argv.slice(2);

const open: Map<Socket, number> = new Map();
const closedOrder: number[] = [];
let opened = 0;
let failed = 0;
let openMost = 0;

function frame(): Buffer {
  const query = writeQuery({ name, edns: true }, 1);
  // The type stands before the class at the end of the question. An OPT record of eleven octets follows.
  query[query.length - 11 - 3] = TYPE_TXT;
  return Buffer.concat([Uint8Array.of(query.length >> 8, query.length & 0xff), query]);
}

const query = frame();

function behave(socket: Socket): void {
  if ((kind as CrowdKind) === "half") socket.write(query.subarray(0, query.length >> 1));
  if ((kind as CrowdKind) === "deaf") {
    socket.pause();
    socket.write(Buffer.concat(Array.from({ length: DEAF_QUERIES }, () => query)));
  }
  if ((kind as CrowdKind) !== "drip") return;
  let at = 0;
  const timer = setInterval(() => socket.write(query.subarray(at, ++at)), DRIP_MS);
  socket.on("close", () => clearInterval(timer));
}

function openOne(): void {
  const index = opened++;
  const host = Math.floor(index / PER_ADDRESS) % ADDRESSES;
  const localAddress = `127.1.${host >> 8}.${host & 255}`;
  const socket = connect({ host: "127.0.0.1", port: Number(port), localAddress });
  let isConnected = false;
  open.set(socket, index);
  socket.on("connect", () => {
    isConnected = true;
    openMost = Math.max(openMost, open.size);
    behave(socket);
  });
  socket.on("end", () => socket.destroy());
  socket.on("error", () => socket.destroy());
  socket.on("close", () => {
    open.delete(socket);
    if (isConnected) closedOrder.push(index);
    else failed++;
  });
  // A deaf client never reads and so would not see the end of the connection; the others read what arrives.
  if ((kind as CrowdKind) !== "deaf") socket.resume();
}

const startMs = performance.now();
let due = 0;
const pace = setInterval(() => {
  const elapsed = (performance.now() - startMs) / 1000;
  if (elapsed > Number(seconds)) finish();
  const should = elapsed * Number(perSecond);
  for (; due < should; due++) if (open.size < Number(most)) openOne();
}, TICK_MS);

function finish(): void {
  clearInterval(pace);
  const report: Crowd = {
    opened,
    failed,
    closedByServer: closedOrder.length,
    openMost,
    openAtEnd: open.size,
    outOfOrder: outOfOrder(closedOrder),
  };
  process.stdout.write(`${JSON.stringify(report)}\n`, () => process.exit(0));
}
