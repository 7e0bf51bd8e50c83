/**
 * Worker threads that are up before there is work: a serve process that replaces a dead one has its threads load while
 * everything else loads, and a resolver's second try finds it answering.
 */
import { Worker } from "node:worker_threads";
import type { WorkerTask } from "../scoreboard/assignment.ts";

const WORKER_URL = new URL(import.meta.url.endsWith(".ts") ? "./worker.ts" : "./worker.js", import.meta.url);

/**
 * Queries leave no garbage; connections that come and go do, a little. With V8's own choice of tens of MB it would be
 * collected so rarely that a crowd of them costs that much memory, and does not take a bit less time.
 */
const LIMITS = { maxYoungGenerationSizeMb: 3 } as const;

type WorkerEvents = {
  /** It answers queries. */
  readonly onReady: () => void;
  readonly onGone: (reason: string) => void;
};

export class WorkerPool {
  readonly #idle: Worker[] = [];
  readonly #busy: Set<Worker> = new Set();

  constructor(count: number) {
    for (let i = 0; i < count; i++) this.#idle.push(hire());
  }

  get size(): number {
    return this.#busy.size;
  }

  /** Gives the task to a thread that waits, or to a new one. */
  assign(task: WorkerTask, events: WorkerEvents): void {
    const worker = this.#idle.pop() ?? hire();
    this.#busy.add(worker);
    let reason = "it ended";
    worker.once("message", events.onReady);
    worker.once("error", (error: unknown) => {
      reason = error instanceof Error ? error.message : String(error);
    });
    worker.once("exit", () => {
      this.#busy.delete(worker);
      events.onGone(reason);
    });
    worker.postMessage(task);
  }
}

function hire(): Worker {
  return new Worker(WORKER_URL, { resourceLimits: LIMITS });
}
