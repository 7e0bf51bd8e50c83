/** Runs the supervisor until it ends. The first signal stops it after draining, the second one at once. */
import type { Config } from "../../run/config/config.ts";
import { saveCompiledCode } from "../../kernel/code-cache.ts";
import { createLog, type Log } from "../../kernel/log.ts";
import type { Session, Supervisor } from "./session.ts";

/** 128 + the number of the signal, as shells report it. */
const EXIT_CODES = { SIGINT: 130, SIGTERM: 143 } as const;

/** npm forwards Ctrl-C, which has already reached this process: within this time it is not a second signal. */
const REPEATED_SIGNAL_MS = 300;

function supervisorLog(config: Config): Log {
  const { level, format } = config.log;
  const isPretty = format === "pretty" || (format === "auto" && process.stderr.isTTY);
  return createLog({ level, process: "supervisor", pretty: isPretty });
}

/** Starts the supervisor, calls `onReady`, and waits for the end. Rejects when the start fails. */
export async function supervise(session: Session, config: Config, onReady: () => void): Promise<void> {
  const log = supervisorLog(config);
  let supervisor: Supervisor | null = null;
  let askedMs: number | null = null;
  const handlers = Object.entries(EXIT_CODES).map(([signal, exitCode]) => {
    const handler = (): void => {
      // A signal during the start takes effect once there is something to stop.
      const nowMs = session.clock.nowMs();
      if (askedMs !== null && nowMs - askedMs > REPEATED_SIGNAL_MS) process.exit(exitCode);
      askedMs ??= nowMs;
      supervisor?.stop();
    };
    process.on(signal, handler);
    return () => process.off(signal, handler);
  });
  const reload = (): void => supervisor?.reload();
  process.on("SIGHUP", reload);
  handlers.push(() => process.off("SIGHUP", reload));
  try {
    supervisor = await session.programs.runSupervisor({ config, log, clock: session.clock });
    if (askedMs !== null) supervisor.stop();
    if (await isReady(supervisor)) onReady();
    saveCompiledCode();
    session.exitCode = await supervisor.finished;
  } finally {
    for (const remove of handlers) remove();
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
