/**
 * Errors: those with a cause outside fedns (a file, a socket, a server), those of our own code, and how any thrown value is shown in
 * logs. What the system says by a name (EACCES) is worded here, and nowhere else.
 */
import { userInfo } from "node:os";
import type { ErrorCode } from "./error-codes.ts";

/** What a failed system call means to the person who reads of it, and the cure where it is always the same. */
const SYSTEM_WORDS: Readonly<Record<string, string>> = {
  EACCES: "permission denied",
  EPERM: "the system does not allow it",
  ENOENT: "there is no such file",
  EISDIR: "it is a directory",
  ENOTDIR: "it, or a part of its path, is no directory",
  EEXIST: "something else is there under this name",
  ELOOP: "its symbolic links lead in a circle",
  ENAMETOOLONG: "the name is too long",
  ENOSPC: "the volume is full; make room on it",
  EDQUOT: "the quota of the volume is used up; make room on it",
  EROFS: "the volume is read-only; choose another place, or mount it for writing",
  EMFILE: "this process has as many files open as it may; raise the limit (ulimit -n)",
  ENFILE: "this machine has as many files open as it may; end other programs",
  EIO: "the device does not work",
  EADDRINUSE: "another program uses this port",
  EADDRNOTAVAIL: "this machine has no such address",
};
/** Where it matters which user fedns runs as. */
const OF_A_USER: ReadonlySet<string> = new Set(["EACCES", "EPERM"]);

/** A stable code (error-codes.ts), a sentence for operators, and the cause. */
export class OperationalError extends Error {
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "OperationalError";
    this.code = code;
  }
}

/** The fields of a log line about a failure: its sentence and, if it has one, its code. */
export function errorFields(error: unknown): { readonly error: string; readonly code?: ErrorCode } {
  const text = messageOf(error);
  return error instanceof OperationalError ? { error: text, code: error.code } : { error: text };
}

/** The sentence of any thrown value, for a log line or a status field. */
export function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const failed = failedCall(error);
  if (failed !== null) return systemSentence(failed.code, failed.path ?? failed.call);
  if (error instanceof AggregateError && error.errors.length > 0)
    return error.errors.map(messageOf).join("; ");
  return error.cause instanceof Error && error.message === "" ? messageOf(error.cause) : error.message;
}

/** As `messageOf`, for a sentence that names the file or address already. */
export function reasonOf(error: unknown): string {
  const failed = failedCall(error);
  return failed === null ? messageOf(error) : systemSentence(failed.code);
}

/** `subject`: the path or the call that failed; default: the sentence around it names that. Unknown codes stay what they are. */
export function systemSentence(code: string, subject: string | null = null): string {
  const words = SYSTEM_WORDS[code];
  const whom = OF_A_USER.has(code) ? ` for ${currentUser()}` : "";
  if (words === undefined) return subject === null ? code : `${code}: ${subject}`;
  const sentence = words.replace(/(?=;|$)/, whom);
  return subject === null ? sentence : `${sentence} (${code}: ${subject})`;
}

/** Of an error of the operating system whose name is known here: the name, the call, and the path that the call was about. */
export function failedCall(
  error: unknown,
): { readonly code: string; readonly call: string; readonly path: string | null } | null {
  if (!(error instanceof Error) || !("code" in error) || !("syscall" in error)) return null;
  const { code, syscall } = error;
  if (typeof code !== "string" || typeof syscall !== "string" || !Object.hasOwn(SYSTEM_WORDS, code))
    return null;
  return { code, call: syscall, path: "path" in error && typeof error.path === "string" ? error.path : null };
}

/** "user nobody (uid 65534)". */
function currentUser(): string {
  const uid = process.getuid?.() ?? 0;
  try {
    return `user ${userInfo().username.replaceAll(/\p{Cc}/gu, "?")} (uid ${uid})`;
  } catch {
    // A container may run as a user without a name.
    return `the user with uid ${uid}`;
  }
}

/** For errors in our own code: better to crash here with a sentence than to answer wrongly later. */
export function assert(condition: unknown, sentence: string): asserts condition {
  if (!condition) throw new Error(`assertion failed: ${sentence}`);
}
