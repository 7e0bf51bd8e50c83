/** The log: a constant message with fields, one line for each event that matters to an operator, never one per query. */
import { pino } from "pino";
import { errorFields } from "./error.ts";

/** Names that the log itself, or its output for terminals, has a meaning for: a field of that name would be lost. */
type ReservedField = "hostname" | "pid" | "name" | "caller" | "level" | "time" | "msg" | "process" | "err";
export type LogFields = Readonly<Record<string, unknown>> & { readonly [R in ReservedField]?: never };
export type Log = {
  debug(fields: LogFields, message: string): void;
  info(fields: LogFields, message: string): void;
  warn(fields: LogFields, message: string): void;
  error(fields: LogFields, message: string): void;
};

/** The log of a process: its lowest level can be changed. */
export type RootLog = Log & { level: string };

type LogOptions = {
  readonly level: string;
  /** "supervisor", "serve" or "control". */
  readonly process: string;
  /** Colours and aligned columns for people; JSON lines otherwise. */
  readonly pretty: boolean;
};

/** Writes to standard error, because standard output is for what a command prints. */
export function createLog(options: LogOptions): RootLog {
  const settings = { level: options.level, base: { process: options.process } };
  if (!options.pretty) return pino(settings, pino.destination({ dest: 2, sync: true }));
  const target = "pino-pretty";
  const format = { destination: 2, translateTime: "HH:MM:ss.l" };
  return pino({ ...settings, transport: { target, options: format } });
}

/**
 * Errors and rejections that nothing in this process handled are mistakes in fedns: they become a line of the log. A child
 * process then ends, and the supervisor starts it again; the supervisor goes on, because all others live on its sockets.
 * The function that is returned ends that.
 */
export function logMistakes(log: Log, then: "end" | "go on"): () => void {
  const tell = (mistake: unknown): void => {
    const stack = mistake instanceof Error ? mistake.stack : undefined;
    log.error({ ...errorFields(mistake), stack }, "a mistake in fedns itself; please report it");
    if (then === "end") process.exit(1);
  };
  process.on("uncaughtException", tell);
  process.on("unhandledRejection", tell);
  return () => void process.off("uncaughtException", tell).off("unhandledRejection", tell);
}

export const silentLog: Log = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};
