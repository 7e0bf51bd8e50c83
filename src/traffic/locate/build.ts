/** Starts a process that builds the table of clients, and makes sure that it ends. */
import { fork } from "node:child_process";
import type { Clock } from "../../kernel/clock.ts";
import { OperationalError } from "../../kernel/error.ts";
import { lowerPriority } from "../../kernel/native/priority.ts";
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

/** The largest databases take a minute on a slow machine: a file that takes longer is crafted. */
export const BUILD_BOUND_MS = 600_000;
/** The heap, without the buffers of the files. */
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
      // With threads for garbage collection it would take a second core from the workers that answer.
      execArgv: [`--max-old-space-size=${HEAP_MB}`, "--single-threaded-gc"],
      stdio: ["ignore", "ignore", "inherit", "ipc"],
    });
    if (child.pid !== undefined) lowerPriority(child.pid, niceness);
    let reason = "";
    const end = (why: string): void => {
      reason ||= why;
      child.kill("SIGKILL");
    };
    const abort = (): void => end("it is no longer needed");
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
    // Messages can arrive after the exit of the process, until the channel is closed.
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
