/**
 * The propagate process as the supervisor sees it. It runs only with a host cluster; nothing waits for it.
 *
 * Its lease goes from one process to the next (fleet/lease/succession.ts): each gets a number, and is told for how long writes of
 * those before it may still be carried out.
 */
import { heapArguments } from "./heap-limit.ts";
import type { Reported } from "../reports/bounded.ts";
import type { Scoreboard } from "../../answer/scoreboard/scoreboard.ts";
import { newReplica, quietAfterMs, type Succession } from "../../fleet/lease/succession.ts";
import type { Clock } from "../../kernel/clock.ts";
import type { Log } from "../../kernel/log.ts";
import type { RemovalAsk, RemovalState } from "../../federation/removals/removal-ask.ts";
import type { ServingChannel } from "../../federation/serving/serving-ask.ts";
import type { Config } from "../config/config.ts";
import type { FromPropagate, PropagateStatus, ToPropagate } from "../propagate/messages.ts";
import { FIRST_FD } from "./process-options.ts";
import { type ProcessHealth, ProcessSupervisor, sourceUrl } from "./process-supervisor.ts";

const REPORT_TIMEOUT_MS = 2_000;
/** Below control and serve: placing an object may wait, an answer may not. */
const NICENESS = 10;
const YOUNG_SPACE_MB = 8;

type PropagateProcessOptions = {
  /** The settings in force. */
  readonly config: () => Config;
  readonly resources: {
    readonly scoreboard: Scoreboard;
    readonly scoreboardFd: number;
    readonly codeCache: string;
  };
  /** Asks the control process; null when it does not reply in time. */
  readonly removals: (asks: readonly RemovalAsk[]) => Promise<readonly RemovalState[] | null>;
  readonly serving: ServingChannel;
  readonly clock: Clock;
  readonly log: Log;
};

export class PropagateProcess {
  readonly #options: PropagateProcessOptions;
  readonly #supervisor: ProcessSupervisor<ToPropagate, FromPropagate>;
  readonly #reports = new Map<number, (status: Reported<PropagateStatus> | null) => void>();
  readonly #replica: string = newReplica();
  /** From then on nothing that processes which have ended had sent is carried out. */
  #quietMs = -Infinity;
  #nextId = 0;
  #isRunning = false;

  constructor(options: PropagateProcessOptions) {
    this.#options = options;
    const { config, resources, clock, log } = options;
    this.#supervisor = new ProcessSupervisor<ToPropagate, FromPropagate>({
      name: "propagate",
      entry: sourceUrl("../propagate/child", import.meta.url),
      nodeArgs: [`--max-semi-space-size=${YOUNG_SPACE_MB}`, ...heapArguments("propagate")],
      niceness: NICENESS,
      fds: [resources.scoreboardFd],
      startMessage: (incarnation) => ({
        kind: "start",
        config: config(),
        scoreboardFd: FIRST_FD,
        succession: this.#successionOf(incarnation),
      }),
      stopMessage: { kind: "stop" },
      isReady: (message) => message.kind === "started",
      onMessage: (message) => this.#onMessage(message),
      onGone: () => this.#onGone(),
      codeCache: resources.codeCache,
      clock,
      log,
    });
  }

  /** Null: the settings have nothing to propagate. */
  get health(): ProcessHealth | null {
    return this.#isRunning ? this.#supervisor.health : null;
  }

  /** The heartbeat of the process, by its number; empty while none is ready. */
  beats(): ReadonlyMap<string, number> {
    return this.#supervisor.beats(() => this.#options.resources.scoreboard.beatOf("propagate"));
  }

  /** As in ProcessSupervisor. */
  get starts(): ReadonlyMap<string, number> {
    return this.#isRunning ? this.#supervisor.starts : new Map();
  }

  /** `reason`: a clause for the log. */
  kill(reason: string): void {
    this.#supervisor.kill(reason);
  }

  start(): void {
    if (!this.#isWanted) return;
    this.#isRunning = true;
    this.#supervisor.start();
  }

  /** The settings have changed. Rejects (REPLACE) when the next process is not ready in time. */
  async restart(): Promise<void> {
    if (!this.#isRunning) this.start();
    else if (this.#isWanted) await this.#supervisor.restart();
    else await this.stop();
  }

  /** Resolves when the process has ended. */
  async stop(): Promise<void> {
    if (this.#isRunning) await this.#supervisor.stop();
  }

  /** Null when it does not run or does not reply in time. */
  requestReport(): Promise<Reported<PropagateStatus> | null> {
    const id = this.#nextId++;
    return new Promise((resolve) => {
      const finish = (status: Reported<PropagateStatus> | null): void => {
        cancel();
        this.#reports.delete(id);
        resolve(status);
      };
      const cancel = this.#options.clock.after(REPORT_TIMEOUT_MS, () => finish(null));
      this.#reports.set(id, finish);
      if (!this.#isRunning || !this.#supervisor.send({ kind: "report", id })) finish(null);
    });
  }

  #successionOf(number: number): Succession {
    const leftMs = this.#quietMs - this.#options.clock.nowMs();
    return { replica: this.#replica, number, quietAfterMs: Math.max(0, leftMs) };
  }

  /** The process was reaped. */
  #onGone(): void {
    const { clock, resources } = this.#options;
    const { scoreboard } = resources;
    this.#quietMs = Math.max(this.#quietMs, clock.nowMs() + quietAfterMs(scoreboard.openWrites));
    scoreboard.openWrites = 0;
  }

  get #isWanted(): boolean {
    const { host, propagation } = this.#options.config();
    return host !== null && propagation.enabled;
  }

  #onMessage(message: FromPropagate): void {
    if (message.kind === "report") this.#reports.get(message.id)?.(message.status);
    if (message.kind === "removals") void this.#askControl(message);
    if (message.kind === "serving") void this.#askServing(message);
  }

  /** A process that was started meanwhile gets no reply to what another one has asked. */
  async #askControl({ id, asks }: Extract<FromPropagate, { readonly kind: "removals" }>): Promise<void> {
    const { incarnation } = this.#supervisor;
    const states = await this.#options.removals(asks);
    if (this.#supervisor.incarnation === incarnation) this.#supervisor.send({ kind: "removals", id, states });
  }

  async #askServing({ id, asks }: Extract<FromPropagate, { readonly kind: "serving" }>): Promise<void> {
    const { incarnation } = this.#supervisor;
    const states = await this.#options.serving(asks);
    if (this.#supervisor.incarnation === incarnation) this.#supervisor.send({ kind: "serving", id, states });
  }
}
