/** Gives the supervisor's assignment to the worker pool, replaces lost workers, and stops when told to. */
import { systemClock } from "../../kernel/clock.ts";
import { saveCompiledCode } from "../../kernel/code-cache.ts";
import { errorFields, OperationalError } from "../../kernel/error.ts";
import { mapInherited } from "../../kernel/native/mapping.ts";
import { endNow } from "../../kernel/native/process-end.ts";
import type { Assignment, FromServe, ToServe, WorkerTask } from "../scoreboard/assignment.ts";
import { keepBeating } from "../scoreboard/heartbeat.ts";
import { Scoreboard, SCOREBOARD_OCTETS } from "../scoreboard/scoreboard.ts";
import { openOrThrow } from "../sockets/picture-source.ts";
import { WorkerLosses } from "./worker-losses.ts";
import type { WorkerPool } from "./worker-pool.ts";

const STOP_LIMIT_MS = 2_000;
/** Without a supervisor a quick end matters more than an orderly one: the next fedns needs the port. */
const ORPHAN_LIMIT_MS = 200;

let isStopping = false;
/** Ends the process. Workers are told first, because a thread blocked in a system call is slow to kill. */
let stop = (): void => endNow(0);

function send(message: FromServe): void {
  process.send?.(message);
}

/** Waits for the assignment and carries it out until the process ends. */
export function awaitAssignment(workers: WorkerPool): void {
  process.once("message", (message: ToServe) => {
    if (message.kind === "start") startOrRefuse(workers, message.assignment);
    else endNow(0);
  });
  // Ctrl-C reaches the whole process group, but the supervisor decides when this process stops.
  process.on("SIGINT", () => undefined);
  process.on("SIGTERM", () => undefined);
  process.on("SIGHUP", () => undefined);
  // The supervisor is gone: end, so that the next one can bind the port.
  process.on("disconnect", () => {
    stop();
    systemClock.after(ORPHAN_LIMIT_MS, () => process.kill(process.pid, "SIGKILL"));
  });
}

/** A picture of another format, as after an upgrade under a running fedns, is an end at once: the old process stays. */
function startOrRefuse(workers: WorkerPool, assignment: Assignment): void {
  try {
    openOrThrow(assignment.picturePath).mapping.unmap();
  } catch (error) {
    if (!(error instanceof OperationalError)) throw error;
    process.send?.({ kind: "refused", ...errorFields(error) } satisfies FromServe, () => endNow(1));
    return;
  }
  start(workers, assignment);
}

function start(workers: WorkerPool, assignment: Assignment): void {
  const tasks = tasksOf(assignment);
  void Promise.all(tasks.map((task) => keepWorking(workers, task, assignment.mayChangeEngine))).then(() => {
    send({ kind: "ready" });
    // Written now: a process that is killed does not get to write it at its exit.
    saveCompiledCode();
  });
  const scoreboard = new Scoreboard(mapInherited(assignment.scoreboardFd, SCOREBOARD_OCTETS).buffer);
  keepBeating(systemClock, scoreboard, "serve");
  stop = () => {
    isStopping = true;
    for (const task of tasks) scoreboard.block(task.block).requestStop();
    systemClock.after(STOP_LIMIT_MS, () => endNow(0));
    if (workers.size === 0) endNow(0);
  };
  process.on("message", (message: ToServe) => {
    if (message.kind === "stop") stop();
  });
}

/** One task for each UDP socket, and one for all TCP sockets. */
function tasksOf(assignment: Assignment): WorkerTask[] {
  const { udp, tcp, firstBlock, picturePath, scoreboardFd, engine, streams, terms } = assignment;
  const tasks: WorkerTask[] = udp.map((socket, i) => ({
    picturePath,
    scoreboardFd,
    block: firstBlock + i,
    terms,
    work: { kind: engine, socket },
  }));
  const work = { kind: "streams", sockets: tcp, limits: streams } as const;
  tasks.push({ picturePath, scoreboardFd, block: firstBlock + udp.length, terms, work });
  return tasks;
}

/** Resolves when a worker has taken up the task. A lost worker is replaced, at the pace of WorkerLosses. */
function keepWorking(workers: WorkerPool, first: WorkerTask, mayChangeEngine: boolean): Promise<void> {
  const losses = new WorkerLosses(mayChangeEngine);
  return new Promise((resolve) => {
    let task = first;
    let startedMs = 0;
    const assign = (): void => {
      startedMs = systemClock.nowMs();
      workers.assign(task, { onReady: resolve, onExit });
    };
    const onExit = (reason: string): void => {
      if (isStopping) {
        if (workers.size === 0) endNow(0);
        return;
      }
      send({ kind: "worker-lost", worker: task.work.kind, reason });
      const next = losses.note(systemClock.nowMs() - startedMs, task.work.kind);
      if (next === "give up") endNow(1);
      if (next === "change engine" && task.work.kind === "batched") {
        const { socket } = task.work;
        task = { ...task, work: { kind: "dgram", socket } };
        send({ kind: "engine-changed", address: socket.address, reason });
      }
      systemClock.after(losses.delayMs, assign);
    };
    assign();
  });
}
