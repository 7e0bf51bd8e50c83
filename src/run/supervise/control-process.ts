/** The control process as the supervisor sees it: kept running, and asked for reports and orders over IPC. */
import { heapArguments } from "../children/heap-limit.ts";
import type { Clock } from "../../kernel/clock.ts";
import type { Log } from "../../kernel/log.ts";
import type { Scoreboard } from "../../answer/scoreboard/scoreboard.ts";
import type { Config } from "../config/config.ts";
import type { InitialSync } from "../control/initial-sync.ts";
import type { FromControl, ToControl } from "../control/messages.ts";
import { ControlLink } from "./control-link.ts";
import { completeCommit } from "../../picture/publish/unfinished-commit.ts";
import { FIRST_FD } from "../children/process-options.ts";
import { type ProcessHealth, ProcessSupervisor, sourceUrl } from "../children/process-supervisor.ts";
import type { SupervisorResources } from "./resources.ts";

/**
 * Weight 335 beside the 1024 of the workers that answer: a list of 50 MB does not make a query wait, and a flood of
 * queries leaves a quarter of a core for watching the clusters.
 */
const NICENESS = 5;

/**
 * V8 keeps three semi-spaces of 16 MB by default. With 8 MB the control process of a large fleet uses a fifth less
 * memory and is as quick. Node takes this only at the start of a process.
 */
const YOUNG_SPACE_MB = 8;

/**
 * For glibc: what is larger than 1 MiB is mapped separately and returned to the system as soon as it is freed. By default the
 * threshold grows to 32 MiB, and the memory of a table of clients that was read once is never returned.
 */
const MALLOC_SETTINGS = { MALLOC_MMAP_THRESHOLD_: "1048576", MALLOC_TRIM_THRESHOLD_: "1048576" } as const;

type ControlProcessOptions = {
  /** The settings in force: a process that is started gets those of that moment. */
  readonly config: () => Config;
  readonly resources: Pick<SupervisorResources, "picturePath" | "scoreboard" | "scoreboardFd" | "codeCache">;
  readonly clock: Clock;
  readonly log: Log;
};

export class ControlProcess {
  readonly link: ControlLink;
  readonly #supervisor: ProcessSupervisor<ToControl, FromControl>;
  readonly #scoreboard: Scoreboard;
  #initialSync: InitialSync | null = null;

  constructor({ config, resources, clock, log }: ControlProcessOptions) {
    this.#scoreboard = resources.scoreboard;
    this.link = new ControlLink(clock, (message) => this.send(message));
    this.#supervisor = new ProcessSupervisor<ToControl, FromControl>({
      name: "control",
      entry: sourceUrl("../control/child", import.meta.url),
      nodeArgs: [`--max-semi-space-size=${YOUNG_SPACE_MB}`, ...heapArguments("control")],
      env: MALLOC_SETTINGS,
      niceness: NICENESS,
      fds: [resources.scoreboardFd],
      startMessage: () => ({
        kind: "start",
        config: config(),
        picturePath: resources.picturePath,
        scoreboardFd: FIRST_FD,
      }),
      stopMessage: { kind: "stop" },
      isReady: (message) => message.kind === "opened",
      onMessage: (message) => this.#onMessage(message),
      onGone: () => completeCommit(resources.picturePath, log),
      codeCache: resources.codeCache,
      clock,
      log,
    });
  }

  /** As a control process told it last; null = none has opened the picture yet. Once it is done, it stays so. */
  get initialSync(): InitialSync | null {
    return this.#initialSync;
  }

  get health(): ProcessHealth {
    return this.#supervisor.health;
  }

  /** The heartbeat of the process, by its number; empty while it opens the picture, which has no time limit. */
  beats(): ReadonlyMap<string, number> {
    return this.#supervisor.beats(() => this.#scoreboard.beatOf("control"));
  }

  /** `reason`: a clause for the log. */
  kill(reason: string): void {
    this.#supervisor.kill(reason);
  }

  start(): void {
    this.#supervisor.start();
  }

  /** A fresh process takes the place of the one that runs. Rejects (REPLACE) when it does not open the picture in time. */
  restart(): Promise<void> {
    return this.#supervisor.restart();
  }

  /** Resolves when the running process has taken the settings, or does not reply in time. */
  async adopt(config: Config): Promise<void> {
    await this.link.sendSettings(config);
  }

  /** False when the process is not running. */
  send(message: ToControl): boolean {
    return this.#supervisor.send(message);
  }

  /** Resolves when the process has ended. */
  stop(): Promise<void> {
    return this.#supervisor.stop();
  }

  #onMessage(message: FromControl): void {
    if (message.kind === "initialSync") {
      const isDone = message.sync.isDone || this.#initialSync?.isDone === true;
      this.#initialSync = { ...message.sync, isDone };
    }
    this.link.onMessage(message);
  }
}
