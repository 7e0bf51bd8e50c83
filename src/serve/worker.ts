/** A worker thread of the serve process: opens the picture, makes its desk, and serves one kind of socket. */
import { randomInt } from "node:crypto";
import { flushCompileCache } from "node:module";
import { parentPort, workerData } from "node:worker_threads";
import { Desk } from "../answer/desk.ts";
import { systemClock } from "../clock.ts";
import { mapInherited } from "../native/mapping.ts";
import type { WorkerTask } from "./assignment.ts";
import { Board, BOARD_OCTETS } from "./board.ts";
import { PictureSource } from "./picture-source.ts";
import { StreamServer } from "./streams.ts";
import { serveBatched } from "./udp-batched.ts";
import { serveDgram } from "./udp-dgram.ts";

const task = workerData as WorkerTask;
const board = new Board(mapInherited(task.boardFd, BOARD_OCTETS).buffer);
const block = board.block(task.block);
block.begin();
const source = new PictureSource(task.picturePath, board, block);
const desk = new Desk(source.picture, { seed: randomInt(1, 2 ** 31), counters: block.counters });
parentPort?.postMessage("ready");
flushCompileCache();

if (task.work.kind === "batched") {
  serveBatched({ fd: task.work.socket.fd, isWildcard: task.work.socket.isWildcard, desk, block, source });
  block.end();
} else if (task.work.kind === "dgram") {
  serveDgram({ socket: task.work.socket, desk, block, source, clock: systemClock });
} else {
  const server = new StreamServer({
    fds: task.work.fds,
    limits: task.work.limits,
    desk,
    block,
    source,
    clock: systemClock,
  });
  server.start();
}
