/**
 * Worker threads that are started before there is work: when a serve process replaces a dead one, its threads load while
 * the rest loads, and a resolver's second try is answered.
 */
import { Worker } from "node:worker_threads";
import type { WorkerTask } from "../scoreboard/assignment.ts";

const WORKER_URL = new URL(import.meta.url.endsWith(".ts") ? "./worker.ts" : "./worker.js", import.meta.url);

/**
 * Queries leave no garbage, but connections leave a little. With V8's default young generation of tens of MB it would be
 * collected so rarely that many connections cost that much memory, and no time would be saved.
 */
const LIMITS = { maxYoungGenerationSizeMb: 3 } as const;

type WorkerEvents = {
  /** The worker answers queries. */
  readonly onReady: () => void;
  readonly onExit: (reason: string) => void;
};

export class WorkerPool {
  readonly #idle: Worker[] = [];
  readonly #busy: Set<Worker> = new Set();

  constructor(count: number) {
    for (let i = 0; i < count; i++) this.#idle.push(startWorker());
  }

  get size(): number {
    return this.#busy.size;
  }

  /** Gives the task to an idle thread, or to a new one. */
  assign(task: WorkerTask, events: WorkerEvents): void {
    const worker = this.#idle.pop() ?? startWorker();
    this.#busy.add(worker);
    let reason = "it ended";
    worker.once("message", events.onReady);
    worker.once("error", (error: unknown) => {
      reason = error instanceof Error ? error.message : String(error);
    });
    worker.once("exit", () => {
      this.#busy.delete(worker);
      events.onExit(reason);
    });
    worker.postMessage(task);
  }
}

function startWorker(): Worker {
  return new Worker(WORKER_URL, { resourceLimits: LIMITS });
}
