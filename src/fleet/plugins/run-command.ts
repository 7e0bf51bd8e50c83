/**
 * One run of a command: without a terminal, for a bounded time, with a bounded output, in a process group of its own that is
 * killed at the end, whether the command or fedns ends first.
 */
import { spawn } from "node:child_process";
import type { Clock } from "../../kernel/clock.ts";
import { messageOf } from "../../kernel/error.ts";
import { execError, shownEnd } from "./plugin-spec.ts";

/** Command lines of clouds take a second or two; one that waits for a password would never end. */
const RUN_TIMEOUT_MS = 30_000;
/** A credential with a certificate chain and a key is about 10 kB. */
const OUTPUT_MAX_BYTES = 1024 * 1024;
const STDERR_MAX_BYTES = 4096;

/**
 * Hears the end of the standard error of a command that failed, in one line. It may hold secrets: it is for operators only.
 * Null: the command writes to our own standard error, for a person who runs fedns by hand.
 */
export type Complaints = ((command: string, text: string) => void) | null;

type CommandRun = {
  readonly path: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Null = that of this process. */
  readonly cwd: string | null;
  /** For messages. */
  readonly name: string;
  readonly onComplaint: Complaints;
  readonly clock: Clock;
};

/** The process groups that run now. */
const running = new Set<number>();
process.on("exit", () => {
  for (const pid of running) killGroup(pid);
});

/** Its standard output. Throws KUBE_EXEC without a word of its standard error. */
export function runCommand(run: CommandRun): Promise<string> {
  const { path, args, env, cwd, name, onComplaint, clock } = run;
  return new Promise((resolveOutput, reject) => {
    const child = spawn(path, args, {
      env,
      stdio: ["ignore", "pipe", onComplaint === null ? "inherit" : "pipe"],
      // A session of its own: it has no terminal to ask at, and its children can be killed with it.
      detached: true,
      ...(cwd !== null && { cwd }),
    });
    const { pid } = child;
    if (pid !== undefined) running.add(pid);
    const output: Buffer[] = [];
    let sizeBytes = 0;
    let complaint = Buffer.alloc(0);
    let isSettled = false;
    const settle = (outcome: () => void): void => {
      if (isSettled) return;
      isSettled = true;
      cancel();
      killNow();
      outcome();
    };
    const killNow = (): void => {
      if (pid !== undefined && running.delete(pid)) killGroup(pid);
    };
    const fail = (reason: string): void =>
      settle(() => {
        child.stdout?.destroy();
        child.stderr?.destroy();
        if (complaint.length > 0) onComplaint?.(name, shownEnd(complaint.toString("utf8")));
        reject(execError(`${name} ${reason}`));
      });
    const cancel = clock.after(RUN_TIMEOUT_MS, () => fail(`did not end within ${RUN_TIMEOUT_MS / 1000} s`));
    child.stdout?.on("data", (chunk: Buffer) => {
      sizeBytes += chunk.length;
      if (sizeBytes > OUTPUT_MAX_BYTES) fail(`printed more than ${OUTPUT_MAX_BYTES} bytes`);
      else output.push(chunk);
    });
    child.stderr?.on("data", (chunk: Buffer) => {
      complaint = Buffer.concat([complaint, chunk]).subarray(-STDERR_MAX_BYTES);
    });
    child.on("error", (error) =>
      settle(() => reject(execError(`${name} cannot be started: ${messageOf(error)}`, error))),
    );
    // What it left behind would hold its output open.
    child.on("exit", killNow);
    child.on("close", (code, signal) => {
      const where = onComplaint === null ? "" : "; the log of fedns has what it said";
      if (code === 0) settle(() => resolveOutput(Buffer.concat(output).toString("utf8")));
      else fail(`ended with ${code ?? signal}${where}`);
    });
  });
}

function killGroup(pid: number): void {
  try {
    process.kill(-pid, "SIGKILL");
  } catch {
    // All of it has ended by itself.
  }
}
