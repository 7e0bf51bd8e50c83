/**
 * Looks up host names in a worker thread with limited memory: a few jobs at a time, each with a deadline. A thread that misses
 * a deadline, dies or runs out of memory is replaced, and its jobs fail.
 *
 * One job of each member runs at any time, and further ones of all members in turn: silent names of one member do not keep
 * another waiting. A name of several members is looked up in the turn of whichever comes first.
 */
import { Worker } from "node:worker_threads";
import type { Clock } from "../../kernel/clock.ts";
import { messageOf } from "../../kernel/error.ts";
import { FairSlots } from "../../kernel/fair/fair-slots.ts";
import type { Log } from "../../kernel/log.ts";
import type { DnsServer } from "./dns-client.ts";
import type { HostnameOutcome } from "./hostname-answer.ts";
import type { HostnameJob, HostnameReport } from "./hostname-worker.ts";

type HostnameWorkerPoolOptions = {
  readonly clock: Clock;
  readonly log: Log;
  /** Null = those of /etc/resolv.conf. */
  readonly servers: readonly DnsServer[] | null;
  /** The program of the thread. */
  readonly workerUrl: URL;
};

/** Of all members, besides the one of each: enough for thousands of names with usual TTLs; more would only be a burst at the resolver. */
const SHARED_JOBS_MAX = 7;
/** Three servers with two seconds each, and a reserve: after that, the thread itself hangs. */
export const JOB_DEADLINE_MS = 8000;
/** A message has at most 64 KiB: one that needs more memory than this is an attack. */
const RESOURCE_LIMITS = { maxOldGenerationSizeMb: 48, maxYoungGenerationSizeMb: 8, stackSizeMb: 2 };

type Waiting = {
  readonly hostname: string;
  /** That want it looked up, now. */
  readonly members: ReadonlyMap<string, unknown>;
  readonly settle: (outcome: HostnameOutcome) => void;
};
/** `member`: the one in whose turn it runs. */
type Running = Waiting & { readonly member: string; readonly cancelDeadline: () => void };

export class HostnameWorkerPool {
  readonly #options: HostnameWorkerPoolOptions;
  /** Null = those of /etc/resolv.conf. */
  servers: readonly DnsServer[] | null;
  readonly #waiting = new Map<string, Waiting>();
  readonly #slots: FairSlots<Waiting>;
  readonly #running = new Map<number, Running>();
  #worker: Worker | null = null;
  #lastId = 0;
  #replacements = 0;
  #isClosed = false;

  constructor(options: HostnameWorkerPoolOptions) {
    this.#options = options;
    this.servers = options.servers;
    this.#slots = new FairSlots({
      own: 1,
      mayBorrow: () => this.#slots.borrowed < SHARED_JOBS_MAX,
      start: (job, member) => this.#startJob(job, member),
    });
  }

  /** How often the thread was replaced. */
  get replacements(): number {
    return this.#replacements;
  }

  /** Jobs that run or wait. */
  get jobs(): number {
    return this.#running.size + this.#waiting.size;
  }

  /** Never rejects. A waiting job leaves the queue when `signal` aborts. `members`: at least one; `join` and `leave` tell of changes. */
  resolve(
    hostname: string,
    members: ReadonlyMap<string, unknown>,
    signal: AbortSignal,
  ): Promise<HostnameOutcome> {
    return new Promise((settle) => {
      if (this.#isClosed || signal.aborted) {
        settle(failed("cancelled"));
        return;
      }
      const cancel = (): void => {
        if (this.#waiting.get(hostname) !== job) return;
        this.#leaveQueue(job);
        settle(failed("cancelled"));
      };
      const job: Waiting = {
        hostname,
        members,
        settle: (outcome) => {
          signal.removeEventListener("abort", cancel);
          settle(outcome);
        },
      };
      signal.addEventListener("abort", cancel);
      this.#waiting.set(hostname, job);
      for (const member of members.keys())
        if (this.#waiting.get(hostname) === job) this.#slots.add(member, job);
    });
  }

  /** One more member wants this name: if its job waits, also for the turn of this one. */
  join(hostname: string, member: string): void {
    const job = this.#waiting.get(hostname);
    if (job !== undefined) this.#slots.add(member, job);
  }

  /** This member does not want it any more, and another does. */
  leave(hostname: string, member: string): void {
    const job = this.#waiting.get(hostname);
    if (job !== undefined) this.#slots.delete(member, job);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    const worker = this.#worker;
    this.#failRunning("fedns is stopping");
    for (const { settle } of this.#waiting.values()) settle(failed("fedns is stopping"));
    this.#waiting.clear();
    await worker?.terminate();
  }

  #leaveQueue(job: Waiting): void {
    this.#waiting.delete(job.hostname);
    for (const member of job.members.keys()) this.#slots.delete(member, job);
  }

  #startJob(job: Waiting, member: string): void {
    this.#leaveQueue(job);
    const worker = (this.#worker ??= this.#startWorker());
    const id = ++this.#lastId;
    const cancelDeadline = this.#options.clock.after(JOB_DEADLINE_MS, () => {
      this.#replaceWorker(worker, "the resolver thread hung");
    });
    this.#running.set(id, { ...job, member, cancelDeadline });
    const { servers } = this;
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
    worker.postMessage({ id, hostname: job.hostname, servers } satisfies HostnameJob);
  }

  #startWorker(): Worker {
    const worker = new Worker(this.#options.workerUrl, {
      resourceLimits: RESOURCE_LIMITS,
      env: {},
      name: "hostnames",
    });
    worker.unref();
    worker.on("message", ({ id, outcome }: HostnameReport) => {
      const job = this.#running.get(id);
      if (job === undefined) return;
      this.#running.delete(id);
      job.cancelDeadline();
      job.settle(outcome);
      this.#slots.ended(job.member);
      this.#slots.fill();
    });
    worker.on("error", (error) => {
      this.#replaceWorker(worker, messageOf(error));
    });
    worker.on("exit", (code) => {
      this.#replaceWorker(worker, `the resolver thread ended with code ${code}`);
    });
    return worker;
  }

  /** Called for an error, an exit or a missed deadline; only the first counts. */
  #replaceWorker(worker: Worker, reason: string): void {
    if (this.#worker !== worker) return;
    this.#replacements += 1;
    const hostnames = [...this.#running.values()].map(({ hostname }) => hostname);
    this.#options.log.warn({ reason, hostnames }, "host name resolver replaced");
    this.#failRunning(reason);
    void worker.terminate();
  }

  #failRunning(reason: string): void {
    this.#worker = null;
    const jobs = [...this.#running.values()];
    this.#running.clear();
    for (const { cancelDeadline, settle } of jobs) {
      cancelDeadline();
      settle(failed(reason));
    }
    if (this.#isClosed) this.#slots.clear();
    else {
      for (const { member } of jobs) this.#slots.ended(member);
      this.#slots.fill();
    }
  }
}

function failed(reason: string): HostnameOutcome {
  return { ipv4: { kind: "failed", reason }, ipv6: { kind: "failed", reason } };
}
