/** Programs of the machine as test subjects: run to the end or kept running, and always ended. */
import { type ChildProcess, execFile, spawn, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { after } from "node:test";
import { until } from "./until.ts";

export type Run = { readonly code: number; readonly out: string; readonly err: string };

/** Anything that announces the end of a test: a TestContext, or `suiteScope()`. */
export type Scope = { after(action: () => unknown): void };

const endings = new WeakMap<Scope, (() => unknown)[]>();

/** Runs at the end of the scope, in reverse order: what was started later ends first. */
export function atEnd(scope: Scope, action: () => unknown): void {
  const known = endings.get(scope);
  if (known !== undefined) {
    known.push(action);
    return;
  }
  const actions = [action];
  endings.set(scope, actions);
  scope.after(async () => {
    for (const ending of actions.toReversed()) await ending();
  });
}

/** A scope that all tests of a `describe` share; called in its body. */
export function suiteScope(): Scope {
  const actions: (() => unknown)[] = [];
  after(async () => {
    for (const action of actions) await action();
  });
  return { after: (action) => void actions.push(action) };
}

export type RunOptions = { readonly timeoutMs?: number; readonly env?: NodeJS.ProcessEnv };

/** Runs a program to its end; a time-out ends it with code -1. */
export function run(program: string, args: readonly string[], options: RunOptions = {}): Promise<Run> {
  const { timeoutMs = 10_000, env = process.env } = options;
  return new Promise((resolve) => {
    const settings = { timeout: timeoutMs, env, maxBuffer: 1 << 24 };
    execFile(program, args, settings, (error, out, err) => {
      const code = error === null ? 0 : typeof error.code === "number" ? error.code : -1;
      resolve({ code, out, err });
    });
  });
}

/**
 * Options of a test that needs the program: skipped with the name of the Debian package that brings it, or, on a CI
 * machine, not skipped, so that the test fails.
 */
export function needs(program: string, debianPackage: string): { readonly skip: string | false } {
  if (isInstalled(program) || process.env["CI"] === "true") return { skip: false };
  return { skip: `${program} is not installed; Debian has it in ${debianPackage}` };
}

export function isInstalled(program: string): boolean {
  const folders = [...(process.env["PATH"] ?? "").split(delimiter), "/usr/sbin", "/sbin"];
  return folders.some((folder) => folder !== "" && existsSync(join(folder, program)));
}

/** The path of a daemon that may not be on the PATH. */
export function pathOf(program: string): string {
  const folder = ["/usr/sbin", "/sbin"].find((place) => existsSync(join(place, program)));
  return folder === undefined ? program : join(folder, program);
}

export const isRoot: boolean = process.getuid?.() === 0;

/** A program that runs until the end of the test; `output` grows meanwhile. */
export type Daemon = { readonly process: ChildProcess; readonly output: () => string };

export function startDaemon(scope: Scope, program: string, args: readonly string[]): Daemon {
  const child = spawn(pathOf(program), args, { stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (output += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (output += text));
  child.on("error", (error) => (output += error.message));
  atEnd(scope, () => end(child));
  return { process: child, output: () => output };
}

/** Ends a child, by force if it ignores the request. */
export async function end(child: ChildProcess): Promise<void> {
  if (hasEnded(child)) return;
  child.kill("SIGTERM");
  await until("the program ends", () => hasEnded(child), 3_000).catch(() => child.kill("SIGKILL"));
  await until("the program is gone", () => hasEnded(child));
}

export function hasEnded(child: ChildProcess): boolean {
  return child.pid === undefined || child.exitCode !== null || child.signalCode !== null;
}

/** True while a process with this id exists and is not a zombie. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  const { stdout } = spawnSync("ps", ["-o", "stat=", "-p", String(pid)], { encoding: "utf8" });
  return stdout.trim() !== "" && !stdout.startsWith("Z");
}

/** Kills a process at once, if it exists. */
export function killHard(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It has ended already.
  }
}
