/** From a running supervisor to an exit code: the first signal asks it to stop, the second does not ask. */
import type { Config } from "../../run/config/config.ts";
import { saveCompiledCode } from "../../kernel/code-cache.ts";
import { createLog, type Log } from "../../kernel/log.ts";
import type { Session, Supervisor } from "./session.ts";

/** What a shell reports for a process that a signal ended: 128 + its number. */
const EXIT_CODES = { SIGINT: 130, SIGTERM: 143 } as const;

/** Ctrl-C reaches npm and us; npm passes it on, and that is not a second Ctrl-C. */
const REPEATED_SIGNAL_MS = 300;

function supervisorLog(config: Config): Log {
  const { level, format } = config.log;
  const isPretty = format === "pretty" || (format === "auto" && process.stderr.isTTY);
  return createLog({ level, process: "supervisor", pretty: isPretty });
}

/** Starts, tells `onReady`, and waits for the end. Rejects when the start fails. */
export async function supervise(session: Session, config: Config, onReady: () => void): Promise<void> {
  const log = supervisorLog(config);
  let supervisor: Supervisor | null = null;
  let askedMs: number | null = null;
  const handlers = Object.entries(EXIT_CODES).map(([signal, exitCode]) => {
    const handler = (): void => {
      // The first one may come while the start is under way: then it is heeded as soon as there is something to stop.
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

/** false = it ended first. Rejects with the reason when the start failed, once all of it is down again. */
async function isReady(supervisor: Supervisor): Promise<boolean> {
  try {
    return await Promise.race([supervisor.ready.then(() => true), supervisor.finished.then(() => false)]);
  } catch (error) {
    supervisor.stop();
    await supervisor.finished.catch(() => undefined);
    throw error;
  }
}
