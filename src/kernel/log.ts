/** The log: a constant message with fields, one line for each event that matters to an operator, never one per query. */
import { pino } from "pino";

export type LogFields = Readonly<Record<string, unknown>>;
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
  const format = { destination: 2, ignore: "pid,hostname", translateTime: "HH:MM:ss.l" };
  return pino({ ...settings, transport: { target, options: format } });
}

export const silentLog: Log = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};
