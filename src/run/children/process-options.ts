/** What a child process is: its program, what it inherits, its messages, and who hears of it. */
import type { Clock } from "../../kernel/clock.ts";
import type { Log } from "../../kernel/log.ts";

/** The first file descriptor that a child inherits from us; 0 to 2 are as usual, 3 is the IPC channel. */
export const FIRST_FD = 4;

export type ProcessSupervisorOptions<ToChild, FromChild> = {
  readonly name: string;
  readonly entry: URL;
  readonly args?: readonly string[];
  /** For Node itself, before the entry. */
  readonly nodeArgs?: readonly string[];
  /** Environment variables of the child, unless they are set for us already. */
  readonly env?: Readonly<Record<string, string>>;
  /** Keeps another child loaded and idle, which takes over as soon as the working one exits. Costs its memory. */
  readonly hasStandby?: boolean;
  /** 0 to 19: the priority of the child, 0 being that of other processes (nice(2)). */
  readonly niceness?: number;
  /** The child gets them as FIRST_FD, FIRST_FD + 1, ... */
  readonly fds: readonly number[];
  /** The first message; `incarnation` counts the children started. */
  readonly startMessage: (incarnation: number) => ToChild;
  readonly stopMessage: ToChild;
  readonly isReady: (message: FromChild) => boolean;
  readonly onMessage: (message: FromChild) => void;
  /** The child has exited: what it left in shared memory can be cleared. */
  readonly onGone: (incarnation: number) => void;
  /**
   * Where compiled code is kept, so that a child that died is back before a resolver asks again. Node's own variable
   * NODE_COMPILE_CACHE comes first where it is set.
   */
  readonly codeCache: string;
  readonly clock: Clock;
  readonly log: Log;
};
