/** Hands the supervisor's assignment to the crew, replaces who is lost, and ends when told to. */
import { flushCompileCache } from "node:module";
import { systemClock } from "../../kernel/clock.ts";
import { mapInherited } from "../../kernel/native/mapping.ts";
import type { Assignment, FromServe, ToServe, WorkerTask } from "../scoreboard/assignment.ts";
import { Scoreboard, SCOREBOARD_OCTETS } from "../scoreboard/scoreboard.ts";
import type { WorkerPool } from "./worker-pool.ts";

/** A thread that is lost this often in a row will not get better here: let the supervisor start afresh. */
const LOSSES_MAX = 5;
const STOP_BOUND_MS = 2_000;
/** Without a supervisor nobody waits for an orderly end, only for the port. */
const ORPHAN_BOUND_MS = 200;

let losses = 0;
let isStopping = false;
/** Ends the process; once there are workers, they are told first: a blocked one is slow to kill. */
let stop = (): void => process.exit(0);

function send(message: FromServe): void {
  process.send?.(message);
}

/** Waits for the assignment, then works until the process ends. */
export function awaitAssignment(crew: WorkerPool): void {
  process.once("message", (message: ToServe) => {
    if (message.kind === "start") start(crew, message.assignment);
    else process.exit(0);
  });
  // Ctrl-C reaches the whole process group: when to end is the supervisor's to say.
  process.on("SIGINT", () => undefined);
  process.on("SIGTERM", () => undefined);
  process.on("SIGHUP", () => undefined);
  // No supervisor, no sockets of ours: end, so that the next one can have the port.
  process.on("disconnect", () => {
    stop();
    systemClock.after(ORPHAN_BOUND_MS, () => process.kill(process.pid, "SIGKILL"));
  });
}

function start(crew: WorkerPool, assignment: Assignment): void {
  const tasks = tasksOf(assignment);
  void Promise.all(tasks.map((task) => keep(crew, task))).then(() => {
    send({ kind: "ready" });
    // Written now, because a process that is killed has no exit to write it at.
    flushCompileCache();
  });
  const board = new Scoreboard(mapInherited(assignment.scoreboardFd, SCOREBOARD_OCTETS).buffer);
  stop = () => {
    isStopping = true;
    for (const task of tasks) board.block(task.block).requestStop();
    systemClock.after(STOP_BOUND_MS, () => process.exit(0));
    if (crew.size === 0) process.exit(0);
  };
  process.on("message", (message: ToServe) => {
    if (message.kind === "stop") stop();
  });
}

/** One for each UDP socket, and one for all of TCP. */
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

/** Resolves when the task is being worked on. A lost worker is replaced. */
function keep(crew: WorkerPool, task: WorkerTask): Promise<void> {
  return new Promise((resolve) => {
    const onReady = (): void => {
      losses = 0;
      resolve();
    };
    const onGone = (reason: string): void => {
      if (isStopping) {
        if (crew.size === 0) process.exit(0);
        return;
      }
      send({ kind: "worker-lost", worker: task.work.kind, reason });
      if (++losses >= LOSSES_MAX) process.exit(1);
      crew.assign(task, { onReady, onGone });
    };
    crew.assign(task, { onReady, onGone });
  });
}
