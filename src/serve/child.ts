/** The serve process: takes sockets and picture from the supervisor and keeps one worker thread on each. Knows no Kubernetes. */
import { flushCompileCache } from "node:module";
import { Worker } from "node:worker_threads";
import { systemClock } from "../clock.ts";
import { messageOf } from "../error.ts";
import { mapInherited } from "../native/mapping.ts";
import type { Assignment, FromServe, ToServe, WorkerTask } from "./assignment.ts";
import { Board, BOARD_OCTETS } from "./board.ts";

/** A thread that is lost this often in a row will not get better here: let the supervisor start afresh. */
const LOSSES_MAX = 5;
const STOP_BOUND_MS = 2_000;
const WORKER_URL = new URL(import.meta.url.endsWith(".ts") ? "./worker.ts" : "./worker.js", import.meta.url);

let losses = 0;
let isStopping = false;
const running = new Set<Worker>();

function send(message: FromServe): void {
  process.send?.(message);
}

function start(assignment: Assignment): void {
  const { udp, tcpFds, firstBlock, picturePath, boardFd, engine, streams } = assignment;
  const tasks: WorkerTask[] = udp.map((socket, i) => ({
    picturePath,
    boardFd,
    block: firstBlock + i,
    work: { kind: engine, socket },
  }));
  const work = { kind: "streams", fds: tcpFds, limits: streams } as const;
  tasks.push({ picturePath, boardFd, block: firstBlock + udp.length, work });
  const board = new Board(mapInherited(boardFd, BOARD_OCTETS).buffer);
  void Promise.all(tasks.map((task) => launch(task))).then(() => {
    send({ kind: "ready" });
    // Written now, because a process that is killed has no exit to write it at.
    flushCompileCache();
  });
  process.on("message", (message: ToServe) => {
    if (message.kind !== "stop") return;
    isStopping = true;
    for (const task of tasks) board.block(task.block).orderStop();
    systemClock.after(STOP_BOUND_MS, () => process.exit(0));
    if (running.size === 0) process.exit(0);
  });
}

/** Resolves when the worker answers queries. A lost one is replaced. */
function launch(task: WorkerTask): Promise<void> {
  return new Promise((resolve) => {
    const worker = new Worker(WORKER_URL, { workerData: task });
    running.add(worker);
    let reason = "it ended";
    worker.once("message", () => {
      losses = 0;
      resolve();
    });
    worker.once("error", (error: unknown) => {
      reason = messageOf(error);
    });
    worker.once("exit", () => {
      running.delete(worker);
      if (isStopping) {
        if (running.size === 0) process.exit(0);
        return;
      }
      send({ kind: "worker-lost", worker: task.work.kind, reason });
      if (++losses >= LOSSES_MAX) process.exit(1);
      void launch(task).then(resolve);
    });
  });
}

process.once("message", (message: ToServe) => {
  if (message.kind === "start") start(message.assignment);
});
// Ctrl-C reaches the whole process group: when to end is the supervisor's to say.
process.on("SIGINT", () => undefined);
process.on("SIGTERM", () => undefined);
// No supervisor, no sockets of ours: end, so that the next one can have the port.
process.on("disconnect", () => process.exit(0));
