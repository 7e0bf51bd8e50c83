/**
 * The directory of a sandbox, made ready before anything in it is overwritten: it is locked against a second sandbox, nothing in it
 * is foreign, and what an earlier sandbox left in the state directory is gone, since its clusters and its orders are.
 */
import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { messageOf, OperationalError } from "../../kernel/error.ts";
import { makeFolder } from "../../kernel/native/folder.ts";
import { type FileLock, tryLock } from "../../kernel/native/lock.ts";
import { SANDBOX_MARK } from "./sandbox-config.ts";

/** In the state directory, and as true for the next sandbox: the table of client locations, and compiled code. */
const KEPT: ReadonlySet<string> = new Set(["clients", "code-cache"]);

/**
 * Held until the sandbox ends. Throws an OperationalError: SANDBOX_DIRECTORY, SANDBOX_BUSY or SANDBOX_FOREIGN_FILE; nothing has been
 * written into an existing directory then.
 */
export function claimDirectory(directory: string, configPath: string): FileLock {
  try {
    makeFolder(directory, 0o700);
  } catch (error) {
    const cure = "choose another --directory";
    const message = `the sandbox cannot use the directory ${directory}: ${messageOf(error)}; ${cure}`;
    throw new OperationalError("SANDBOX_DIRECTORY", message, { cause: error });
  }
  const lock = lockOrRefuse(directory);
  try {
    requireOwn(configPath, join(directory, "state"));
    clearState(join(directory, "state"));
    return lock;
  } catch (error) {
    lock.release();
    throw error;
  }
}

function lockOrRefuse(directory: string): FileLock {
  const lock = tryLock({ path: directory, notePath: join(directory, "sandbox.lock"), isDirectory: true });
  if ("release" in lock) return lock;
  const message = `another sandbox uses the directory ${directory}: ${lock.holder}; end it, or choose another --directory`;
  throw new OperationalError("SANDBOX_BUSY", message);
}

function requireOwn(configPath: string, state: string): void {
  if (existsSync(configPath)) {
    if (readFileSync(configPath, "utf8").startsWith(SANDBOX_MARK)) return;
    const message = `${configPath} was not written by a sandbox and would be overwritten; choose another --directory`;
    throw new OperationalError("SANDBOX_FOREIGN_FILE", message);
  }
  if (!existsSync(state)) return;
  const message = `${state} is there without the fedns.yaml of a sandbox and would be emptied; choose another --directory`;
  throw new OperationalError("SANDBOX_FOREIGN_FILE", message);
}

/** A `fedns serve` that was started with the sandbox's settings keeps its state: the lock is the supervisor's. */
function clearState(state: string): void {
  if (!existsSync(state)) return;
  const lock = tryLock({ path: state, notePath: join(state, "lock"), isDirectory: true });
  if (!("release" in lock)) {
    const message = `a fedns runs in the directory of the sandbox: ${lock.holder}; end it, or choose another --directory`;
    throw new OperationalError("SANDBOX_BUSY", message);
  }
  try {
    for (const name of readdirSync(state))
      if (!KEPT.has(name)) rmSync(join(state, name), { recursive: true, force: true });
  } finally {
    lock.release();
  }
}
