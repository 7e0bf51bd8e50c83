/** Gives the supervisor's assignment to the worker pool, replaces lost workers, and stops when told to. */
import { systemClock } from "../../kernel/clock.ts";
import { saveCompiledCode } from "../../kernel/code-cache.ts";
import { mapInherited } from "../../kernel/native/mapping.ts";
import type { Assignment, FromServe, ToServe, WorkerTask } from "../scoreboard/assignment.ts";
import { Scoreboard, SCOREBOARD_OCTETS } from "../scoreboard/scoreboard.ts";
import type { WorkerPool } from "./worker-pool.ts";

/** After this many losses in a row the process exits, and the supervisor starts a new one. */
const LOSSES_MAX = 5;
const STOP_LIMIT_MS = 2_000;
/** Without a supervisor a quick end matters more than an orderly one: the next fedns needs the port. */
const ORPHAN_LIMIT_MS = 200;

let losses = 0;
let isStopping = false;
/** Ends the process. Workers are told first, because a thread blocked in a system call is slow to kill. */
let stop = (): void => process.exit(0);

function send(message: FromServe): void {
  process.send?.(message);
}

/** Waits for the assignment and carries it out until the process ends. */
export function awaitAssignment(workers: WorkerPool): void {
  process.once("message", (message: ToServe) => {
    if (message.kind === "start") start(workers, message.assignment);
    else process.exit(0);
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

function start(workers: WorkerPool, assignment: Assignment): void {
  const tasks = tasksOf(assignment);
  void Promise.all(tasks.map((task) => keepWorking(workers, task))).then(() => {
    send({ kind: "ready" });
    // Written now: a process that is killed does not get to write it at its exit.
    saveCompiledCode();
  });
  const scoreboard = new Scoreboard(mapInherited(assignment.scoreboardFd, SCOREBOARD_OCTETS).buffer);
  stop = () => {
    isStopping = true;
    for (const task of tasks) scoreboard.block(task.block).requestStop();
    systemClock.after(STOP_LIMIT_MS, () => process.exit(0));
    if (workers.size === 0) process.exit(0);
  };
  process.on("message", (message: ToServe) => {
    if (message.kind === "stop") stop();
  });
}

/** One task for each UDP socket, and one for all TCP sockets. */
function tasksOf(assignment: Assignment): WorkerTask[] {
  const { udp, tcpFds, firstBlock, picturePath, scoreboardFd, engine, streams, terms } = assignment;
  const tasks: WorkerTask[] = udp.map((socket, i) => ({
    picturePath,
    scoreboardFd,
    block: firstBlock + i,
    terms,
    work: { kind: engine, socket },
  }));
  const work = { kind: "streams", fds: tcpFds, limits: streams } as const;
  tasks.push({ picturePath, scoreboardFd, block: firstBlock + udp.length, terms, work });
  return tasks;
}

/** Resolves when a worker has taken up the task. A lost worker is replaced. */
function keepWorking(workers: WorkerPool, task: WorkerTask): Promise<void> {
  return new Promise((resolve) => {
    const onReady = (): void => {
      losses = 0;
      resolve();
    };
    const onExit = (reason: string): void => {
      if (isStopping) {
        if (workers.size === 0) process.exit(0);
        return;
      }
      send({ kind: "worker-lost", worker: task.work.kind, reason });
      if (++losses >= LOSSES_MAX) process.exit(1);
      workers.assign(task, { onReady, onExit });
    };
    workers.assign(task, { onReady, onExit });
  });
}
