/**
 * One run of a command: without a terminal, for a bounded time, with a bounded output, in a process group of its own that is
 * killed at the end, whether the command or fedns ends first.
 */
import { type ChildProcess, spawn } from "node:child_process";
import type { Clock } from "../../kernel/clock.ts";
import { messageOf } from "../../kernel/error.ts";
import { execError, shownEnd } from "./plugin-spec.ts";

/** Command lines of clouds take a second or two; one that waits for a password would never end. */
const RUN_TIMEOUT_MS = 30_000;
/** A person may have to log in with a browser. */
const PERSON_TIMEOUT_MS = 300_000;
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
  /** Where and for how long kubectl would run it: in this process's folder, and in its group, so that Ctrl-C ends both. */
  readonly isForPerson: boolean;
  /** For messages. */
  readonly name: string;
  readonly onComplaint: Complaints;
  readonly clock: Clock;
};

/** The processes and process groups that run now, by the numbers that `kill` takes. */
const running = new Set<number>();
process.on("exit", () => {
  for (const group of running) kill(group);
});

/** Its standard output. Throws KUBE_EXEC without a word of its standard error. */
export function runCommand(run: CommandRun): Promise<string> {
  const { isForPerson, name, onComplaint, clock } = run;
  return new Promise((resolveOutput, reject) => {
    const child = start(run, reject);
    if (child === null) return;
    const { pid } = child;
    const group = pid === undefined ? null : isForPerson ? pid : -pid;
    if (group !== null) running.add(group);
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
      if (group !== null && running.delete(group)) kill(group);
    };
    const fail = (reason: string): void =>
      settle(() => {
        child.stdout?.destroy();
        child.stderr?.destroy();
        if (complaint.length > 0) onComplaint?.(name, shownEnd(complaint.toString("utf8")));
        reject(execError(`${name} ${reason}`));
      });
    const timeoutMs = isForPerson ? PERSON_TIMEOUT_MS : RUN_TIMEOUT_MS;
    const cancel = clock.after(timeoutMs, () => fail(`did not end within ${timeoutMs / 1000} s`));
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
    // What it left behind would hold its output open. Alone, its number may be another process's by now.
    child.on("exit", () => {
      if (!isForPerson) killNow();
      else if (group !== null) running.delete(group);
    });
    child.on("close", (code, signal) => {
      const where = onComplaint === null ? "" : "; the log of fedns has what it said";
      if (code === 0) settle(() => resolveOutput(Buffer.concat(output).toString("utf8")));
      else fail(`ended with ${code ?? signal}${where}`);
    });
  });
}

/** Null: it cannot even be tried, as with an environment that is too large. */
function start(run: CommandRun, reject: (error: Error) => void): ChildProcess | null {
  const { path, args, env, isForPerson, name, onComplaint } = run;
  try {
    return spawn(path, args, {
      env,
      stdio: ["ignore", "pipe", onComplaint === null ? "inherit" : "pipe"],
      // A session of its own: it has no terminal to ask at, and its children can be killed with it.
      detached: !isForPerson,
      ...(!isForPerson && { cwd: "/" }),
    });
  } catch (error) {
    reject(execError(`${name} cannot be started: ${messageOf(error)}`, error));
    return null;
  }
}

/** Of a process, or of a group, whose number is negative. */
function kill(group: number): void {
  try {
    process.kill(group, "SIGKILL");
  } catch {
    // All of it has ended by itself.
  }
}
