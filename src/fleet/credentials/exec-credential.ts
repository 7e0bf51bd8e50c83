/**
 * Exec plug-ins (`users[].user.exec` of a kubeconfig): runs the command and uses its ExecCredential until shortly before it
 * expires. client-node is not used because it has no time-out, no KUBERNETES_EXEC_INFO and no margin, and runs the command
 * once for each concurrent request. Protocol: client.authentication.k8s.io, v1 and v1beta1.
 */
import { spawn } from "node:child_process";
import { isAbsolute, resolve, sep } from "node:path";
import type { Clock } from "../../kernel/clock.ts";
import { messageOf, OperationalError } from "../../kernel/error.ts";
import { isRecord } from "../kube/kube-error.ts";

/** Command lines of clouds take a second or two; one that waits for a password would never end. */
const RUN_TIMEOUT_MS = 30_000;
/** A credential with a certificate chain and a key is about 10 kB. */
const OUTPUT_MAX_BYTES = 1024 * 1024;
/** A token must not expire while a request is on its way; tokens are valid for 15 minutes or more. */
const EXPIRY_MARGIN_MS = 30_000;
/** The pause between two runs after a failure or a 401: requests are retried more often than a command should run. */
const RERUN_FIRST_MS = 1_000;
const RERUN_MAX_MS = 30_000;
const STDERR_MAX_CHARACTERS = 300;
const API_VERSIONS = ["client.authentication.k8s.io/v1", "client.authentication.k8s.io/v1beta1"];

export type ExecSpec = {
  readonly apiVersion: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly installHint: string;
  /** The cluster in KUBERNETES_EXEC_INFO; null without provideClusterInfo. */
  readonly cluster: unknown;
};
export type ExecCredential = {
  readonly token: string | null;
  readonly cert: Buffer | null;
  readonly key: Buffer | null;
  /** Wall time in ms; null: does not expire. */
  readonly expiresAtMs: number | null;
};

/** Reads the `exec` section. `directory` is the kubeconfig's: a command with a slash is relative to it. */
export function parseExecSpec(exec: unknown, directory: string, cluster: unknown): ExecSpec {
  if (!isRecord(exec)) throw execError("is not a section of settings");
  const { apiVersion, command, interactiveMode } = exec;
  if (typeof command !== "string" || command === "") throw execError("has no command");
  if (typeof apiVersion !== "string" || !API_VERSIONS.includes(apiVersion))
    throw execError(`has apiVersion ${JSON.stringify(apiVersion)}; known are ${API_VERSIONS.join(" and ")}`);
  if (interactiveMode === "Always")
    throw execError("has interactiveMode Always, but a server has no terminal");
  const env = isArray(exec["env"]) ? exec["env"] : [];
  const args = isArray(exec["args"]) ? exec["args"] : [];
  return {
    apiVersion,
    command: command.includes(sep) && !isAbsolute(command) ? resolve(directory, command) : command,
    args: args.map(String),
    env: Object.fromEntries(env.filter(isRecord).map(({ name, value }) => [String(name), String(value)])),
    installHint: typeof exec["installHint"] === "string" ? exec["installHint"] : "",
    cluster: exec["provideClusterInfo"] === true ? cluster : null,
  };
}

/** The plug-in of one cluster: runs at most once at a time, and keeps the credential. */
export class ExecPlugin {
  readonly #spec: ExecSpec;
  readonly #clock: Clock;
  #credential: ExecCredential | null = null;
  #running: Promise<ExecCredential> | null = null;
  #failure: unknown = null;
  #pauseMs = RERUN_FIRST_MS;
  #rerunAtMs = 0;

  constructor(spec: ExecSpec, clock: Clock) {
    this.#spec = spec;
    this.#clock = clock;
  }

  /** The current credential; runs the command if the last one is about to expire. Throws OperationalError KUBE_EXEC. */
  async credential(): Promise<ExecCredential> {
    const current = this.#credential;
    if (current !== null && this.#leftMs(current) > EXPIRY_MARGIN_MS) return current;
    try {
      return await this.#run();
    } catch (error) {
      if (current !== null && this.#leftMs(current) > 0) return current;
      throw error;
    }
  }

  /** After a 401: true when a new run returned a different credential. */
  async renew(): Promise<boolean> {
    const before = this.#credential;
    if (this.#running === null && this.#clock.nowMs() < this.#rerunAtMs) return false;
    const after = await this.#run();
    return (
      before === null ||
      before.token !== after.token ||
      before.cert?.equals(after.cert ?? Buffer.of()) === false
    );
  }

  #leftMs(credential: ExecCredential): number {
    return credential.expiresAtMs === null ? Infinity : credential.expiresAtMs - this.#clock.wallMs();
  }

  async #run(): Promise<ExecCredential> {
    if (this.#running !== null) return this.#running;
    if (this.#failure !== null && this.#clock.nowMs() < this.#rerunAtMs) throw this.#failure;
    this.#running = runExec(this.#spec, this.#clock);
    try {
      this.#credential = await this.#running;
      this.#failure = null;
      this.#pauseMs = RERUN_FIRST_MS;
      return this.#credential;
    } catch (error) {
      this.#failure = error;
      this.#pauseMs = Math.min(this.#pauseMs * 2, RERUN_MAX_MS);
      throw error;
    } finally {
      this.#running = null;
      this.#rerunAtMs = this.#clock.nowMs() + this.#pauseMs;
    }
  }
}

/** Runs the command once. Throws OperationalError KUBE_EXEC with its standard error. */
export async function runExec(spec: ExecSpec, clock: Clock): Promise<ExecCredential> {
  const { apiVersion, cluster } = spec;
  const request = { interactive: false, ...(cluster !== null && { cluster }) };
  const execInfo = JSON.stringify({ apiVersion, kind: "ExecCredential", spec: request });
  const env = { ...process.env, ...spec.env, KUBERNETES_EXEC_INFO: execInfo };
  const output = await runCommand(spec, env, clock);
  let answer: unknown;
  try {
    answer = JSON.parse(output);
  } catch (error) {
    throw execError(`${spec.command} printed no JSON`, error);
  }
  if (!isRecord(answer) || answer["kind"] !== "ExecCredential" || answer["apiVersion"] !== apiVersion)
    throw execError(`${spec.command} printed no ExecCredential of ${apiVersion}`);
  return readStatus(answer["status"], spec.command);
}

function readStatus(status: unknown, command: string): ExecCredential {
  const { token, clientCertificateData, clientKeyData, expirationTimestamp } = isRecord(status) ? status : {};
  const cert = typeof clientCertificateData === "string" ? Buffer.from(clientCertificateData) : null;
  const key = typeof clientKeyData === "string" ? Buffer.from(clientKeyData) : null;
  const hasToken = typeof token === "string" && token !== "";
  if ((cert === null) !== (key === null)) throw execError(`${command} gave half a certificate and key`);
  if (!hasToken && cert === null) throw execError(`${command} gave neither token nor certificate`);
  const expiresAtMs = typeof expirationTimestamp === "string" ? Date.parse(expirationTimestamp) : null;
  if (Number.isNaN(expiresAtMs)) throw execError(`${command} gave an expirationTimestamp that is no time`);
  return { token: hasToken ? token.trim() : null, cert, key, expiresAtMs };
}

function runCommand(spec: ExecSpec, env: NodeJS.ProcessEnv, clock: Clock): Promise<string> {
  return new Promise((resolveOutput, reject) => {
    // A process group of its own, so that child processes of the command are killed too.
    const child = spawn(spec.command, spec.args, { env, stdio: ["ignore", "pipe", "pipe"], detached: true });
    const output: Buffer[] = [];
    let sizeBytes = 0;
    let stderrText = "";
    const stop = (reason: string): void => {
      killGroup(child.pid);
      reject(execError(`${spec.command} ${reason}`));
    };
    const cancel = clock.after(RUN_TIMEOUT_MS, () => {
      stop(`did not end within ${RUN_TIMEOUT_MS / 1000} s`);
    });
    child.stdout.on("data", (chunk: Buffer) => {
      sizeBytes += chunk.length;
      if (sizeBytes > OUTPUT_MAX_BYTES) stop(`printed more than ${OUTPUT_MAX_BYTES} bytes`);
      else output.push(chunk);
    });
    child.stderr.on("data", (chunk: Buffer) => {
      stderrText = (stderrText + chunk.toString()).slice(-STDERR_MAX_CHARACTERS);
    });
    child.on("error", (error) => {
      cancel();
      const hint = spec.installHint === "" ? `is it installed and in PATH?` : spec.installHint;
      reject(execError(`${spec.command} cannot be started: ${messageOf(error)}; ${hint.trim()}`, error));
    });
    child.on("close", (code, signal) => {
      cancel();
      if (code === 0) resolveOutput(Buffer.concat(output).toString("utf8"));
      else reject(execError(`${spec.command} ended with ${code ?? signal}: ${stderrText.trim()}`));
    });
  });
}

function killGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, "SIGKILL");
  } catch {
    // It has ended by itself.
  }
}

function execError(sentence: string, cause?: unknown): OperationalError {
  return new OperationalError("KUBE_EXEC", `the credential plug-in ${sentence}`, { cause });
}

function isArray(value: unknown): value is readonly unknown[] {
  return Array.isArray(value);
}
