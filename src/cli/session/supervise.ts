/**
 * Runs the supervisor until it ends. The first SIGTERM or SIGINT stops it after draining, the second one at once. SIGHUP has
 * files read again, or stops it too where the terminal is the only reason to run.
 */
import type { Config } from "../../run/config/config.ts";
import { saveCompiledCode } from "../../kernel/code-cache.ts";
import { createLog, logMistakes, type RootLog } from "../../kernel/log.ts";
import type { Session, Supervisor } from "./session.ts";

/** 128 + the number of the signal, as shells report it. */
const EXIT_CODES = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const;

/** npm forwards Ctrl-C, which has already reached this process: within this time it is not a second signal. */
const REPEATED_SIGNAL_MS = 300;

function supervisorLog(config: Config): RootLog {
  const { level, format } = config.log;
  const isPretty = format === "pretty" || (format === "auto" && process.stderr.isTTY);
  return createLog({ level, process: "supervisor", pretty: isPretty });
}

type Supervision = {
  readonly config: Config;
  /** What SIGHUP does, which is also sent when a terminal is closed. */
  readonly onHangUp: "reload" | "stop";
  /** Called when queries are answered. */
  readonly onReady: () => void;
};

/** Starts the supervisor and waits for the end. Rejects when the start fails. */
export async function supervise(session: Session, { config, onHangUp, onReady }: Supervision): Promise<void> {
  const log = supervisorLog(config);
  const stopLogging = logMistakes(log, "go on");
  let supervisor: Supervisor | null = null;
  let askedMs: number | null = null;
  const handlers = Object.entries(EXIT_CODES).map(([signal, exitCode]) => {
    const reload = (): void => supervisor?.reload();
    const stop = (): void => {
      // A signal during the start takes effect once there is something to stop.
      const nowMs = session.clock.nowMs();
      if (askedMs !== null && nowMs - askedMs > REPEATED_SIGNAL_MS) process.exit(exitCode);
      askedMs ??= nowMs;
      supervisor?.stop();
    };
    const handler = signal === "SIGHUP" && onHangUp === "reload" ? reload : stop;
    process.on(signal, handler);
    return () => process.off(signal, handler);
  });
  try {
    supervisor = await session.programs.runSupervisor({ config, log, clock: session.clock });
    if (askedMs !== null) supervisor.stop();
    if (await isReady(supervisor)) onReady();
    saveCompiledCode();
    session.exitCode = await supervisor.finished;
  } finally {
    for (const remove of [...handlers, stopLogging]) remove();
  }
}

/** False = it ended first. Rejects when the start failed, after everything has stopped again. */
async function isReady(supervisor: Supervisor): Promise<boolean> {
  try {
    return await Promise.race([supervisor.ready.then(() => true), supervisor.finished.then(() => false)]);
  } catch (error) {
    supervisor.stop();
    await supervisor.finished.catch(() => undefined);
    throw error;
  }
}
