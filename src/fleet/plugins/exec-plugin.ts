/**
 * Exec plug-ins (`users[].user.exec` of a kubeconfig): runs the command and uses its ExecCredential until shortly before it
 * expires. client-node is not used because it has no time-out, no KUBERNETES_EXEC_INFO and no margin, and runs the command
 * once for each concurrent request. Protocol: client.authentication.k8s.io, v1 and v1beta1.
 */
import { createSecureContext } from "node:tls";
import type { Clock } from "../../kernel/clock.ts";
import { isRecord } from "../kube/kube-error.ts";
import { type AllowedCommands, findCommand, isCommandAllowed } from "./plugin-command.ts";
import { type Environment, pluginEnvironment } from "./plugin-environment.ts";
import { execError, type ExecSpec, shown } from "./plugin-spec.ts";
import { type Complaints, runCommand } from "./run-command.ts";

/** A token must not expire while a request is on its way; tokens are valid for 15 minutes or more. */
const EXPIRY_MARGIN_MS = 30_000;
/** The pause between two runs after a failure or a 401: requests are retried more often than a command should run. */
const RERUN_FIRST_MS = 1_000;
const RERUN_MAX_MS = 30_000;

/** On which terms plug-ins run. */
export type PluginTerms = {
  readonly commands: AllowedCommands;
  /** Of this process. */
  readonly env: Environment;
  readonly onComplaint: Complaints;
  readonly clock: Clock;
};
export type ExecCredential = {
  readonly token: string | null;
  readonly cert: Buffer | null;
  readonly key: Buffer | null;
  /** Wall time in ms; null: does not expire. */
  readonly expiresAtMs: number | null;
};

/** The plug-in of one cluster: runs at most once at a time, and keeps the credential. */
export class ExecPlugin {
  readonly #spec: ExecSpec;
  readonly #terms: PluginTerms;
  readonly #clock: Clock;
  #credential: ExecCredential | null = null;
  #running: Promise<ExecCredential> | null = null;
  #failure: unknown = null;
  #pauseMs = RERUN_FIRST_MS;
  #rerunAtMs = 0;

  constructor(spec: ExecSpec, terms: PluginTerms) {
    this.#spec = spec;
    this.#terms = terms;
    this.#clock = terms.clock;
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
    this.#running = runExec(this.#spec, this.#terms);
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

/** Runs the command once. Throws OperationalError KUBE_EXEC. */
export async function runExec(spec: ExecSpec, terms: PluginTerms): Promise<ExecCredential> {
  const { apiVersion, cluster, args } = spec;
  const { commands, onComplaint, clock } = terms;
  const name = shown(spec.command);
  const request = { interactive: false, ...(cluster !== null && { cluster }) };
  const execInfo = JSON.stringify({ apiVersion, kind: "ExecCredential", spec: request });
  const isUnrestricted = commands === "any";
  const env = pluginEnvironment({ ours: terms.env, own: spec.env, execInfo, isUnrestricted });
  // PATH may lead elsewhere than when the kubeconfig was read.
  const path = await findCommand(spec.command, terms.env["PATH"] ?? "");
  if (!isCommandAllowed(spec.command, path, commands))
    throw execError(`${name} is not allowed any more; see kubeconfigs.commands`);
  const hint = spec.installHint === "" ? "is it installed and in PATH?" : spec.installHint;
  if (path === null) throw execError(`${name} cannot be started: there is no such command; ${hint}`);
  const output = await runCommand({ path, args, env, isForPerson: isUnrestricted, name, onComplaint, clock });
  let answer: unknown;
  try {
    answer = JSON.parse(output);
  } catch {
    // The parser quotes what it read, and that may be a token.
    throw execError(`${name} printed no JSON`);
  }
  if (!isRecord(answer) || answer["kind"] !== "ExecCredential" || answer["apiVersion"] !== apiVersion)
    throw execError(`${name} printed no ExecCredential of ${apiVersion}`);
  return readStatus(answer["status"], name);
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
  const bearer = hasToken ? token.trim() : null;
  // A control character would break the header, and what follows could be headers of its own.
  if (bearer !== null && !/^[\x21-\x7e]+$/.test(bearer))
    throw execError(`${command} gave a token that is no text for an HTTP header`);
  checkPair(cert, key, command);
  return { token: bearer, cert, key, expiresAtMs };
}

function checkPair(cert: Buffer | null, key: Buffer | null, command: string): void {
  if (cert === null || key === null) return;
  try {
    createSecureContext({ cert, key });
  } catch (error) {
    throw execError(`${command} gave a certificate and a key that cannot be used`, error);
  }
}
