/** Has a table built by a process of its own, and sees to its end. */
import { fork } from "node:child_process";
import type { Clock } from "../../kernel/clock.ts";
import { OperationalError } from "../../kernel/error.ts";
import { lowerPriority } from "../../kernel/priority.ts";
import type { BuildOrder, BuildReport } from "./builder.ts";

/** How the process of the builder is started; tests differ. */
export type BuilderStart = {
  readonly program: URL;
  /** 0 to 19. */
  readonly niceness: number;
};

type BuildOptions = {
  readonly order: BuildOrder;
  readonly clock: Clock;
  readonly start?: Partial<BuilderStart>;
};

/** The largest databases take a minute on a slow machine: what takes longer was made to. */
export const BUILD_BOUND_MS = 600_000;
/** Beside what the files themselves take. */
const HEAP_MB = 1024;

/** The builder's work can wait for all others. */
const NICENESS = 15;

const BUILDER_PROGRAM = new URL(
  import.meta.url.endsWith(".ts") ? "./builder.ts" : "./builder.js",
  import.meta.url,
);

/**
 * Resolves to the builder's warnings when the table is in its file. Rejects with an OperationalError: the code of what
 * is wrong with the database, or BUILD_ENDED when the process ended otherwise or `signal` aborted.
 */
export function buildInChild(options: BuildOptions, signal: AbortSignal): Promise<readonly string[]> {
  const { order, clock, start } = options;
  const { program = BUILDER_PROGRAM, niceness = NICENESS } = start ?? {};
  return new Promise((resolve, reject) => {
    const child = fork(program, [], {
      // One thread: with helpers for its garbage it would take a second core from those that answer.
      execArgv: [`--max-old-space-size=${HEAP_MB}`, "--single-threaded-gc"],
      stdio: ["ignore", "ignore", "inherit", "ipc"],
    });
    if (child.pid !== undefined) lowerPriority(child.pid, niceness);
    let reason = "";
    const end = (why: string): void => {
      reason ||= why;
      child.kill("SIGKILL");
    };
    const abort = (): void => end("it was not wanted any more");
    const cancelBound = clock.after(BUILD_BOUND_MS, () =>
      end(`it took longer than ${BUILD_BOUND_MS / 1000} s`),
    );
    signal.addEventListener("abort", abort);
    if (signal.aborted) abort();
    let report: BuildReport | null = null;
    const settle = (how: string): void => {
      cancelBound();
      signal.removeEventListener("abort", abort);
      if (report?.kind === "done" && reason === "") resolve(report.warnings);
      else if (report?.kind === "failed") reject(new OperationalError(report.code, report.message));
      else reject(new OperationalError("BUILD_ENDED", `the builder ended: ${reason || how}`));
    };
    child.once("message", (message) => {
      report = message as BuildReport;
    });
    child.once("error", (error) => settle(error.message));
    // What was sent has arrived only when the channel is at its end, which may be after the process's.
    let how: string | null = null;
    child.once("exit", (code, exitSignal) => {
      how = exitSignal ?? `exit code ${code}`;
      if (!child.connected) settle(how);
    });
    child.once("disconnect", () => {
      if (how !== null) settle(how);
    });
    child.send(order, (error) => {
      if (error !== null) end(error.message);
    });
  });
}
