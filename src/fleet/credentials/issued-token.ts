/**
 * The token that a member issued to this process: kept in the state directory, and renewed at the member long before it
 * expires. The host is not needed for that; its Secret is only the seed from which the first token came.
 */
import type { Clock } from "../../kernel/clock.ts";
import { errorFields, messageOf, OperationalError } from "../../kernel/error.ts";
import type { Log } from "../../kernel/log.ts";
import type { Transport } from "../kube/transport.ts";
import type { MemberCredentials } from "./member-credentials.ts";
import { readToken, removeToken, writeToken } from "./token-file.ts";
import { type IssuedToken, requestToken } from "./token-request.ts";

/** It is renewed when this share of its lifetime has passed: a member that is away for days finds it valid afterwards. */
const RENEW_AFTER_SHARE = 1 / 3;
const RETRY_MS = 60_000;
/** After a refusal, which needs somebody to change a role. */
const REFUSED_RETRY_MS = 600_000;

type IssuedTokenOptions = {
  /** The file. */
  readonly path: string;
  readonly credentials: MemberCredentials;
  readonly clock: Clock;
  readonly log: Log;
};

/** For /status. Without the token. */
export type IssuedTokenStatus = {
  /** ISO dates; null = no token was issued. */
  readonly issued: string | null;
  readonly expires: string | null;
  /** Why the last renewal failed, with the cure. */
  readonly problem: string | null;
};

export class IssuedTokenKeeping {
  readonly #options: IssuedTokenOptions;
  #token: IssuedToken | null = null;
  /** The API server that the token is of. */
  #server: string | null = null;
  #problem: string | null = null;
  #retryAtMs = -Infinity;
  #isBusy = false;

  constructor(options: IssuedTokenOptions) {
    this.#options = options;
  }

  get status(): IssuedTokenStatus {
    const date = (ms: number | undefined): string | null =>
      ms === undefined ? null : new Date(ms).toISOString();
    return {
      issued: date(this.#token?.issuedMs),
      expires: date(this.#token?.expiresMs),
      problem: this.#problem,
    };
  }

  /** Reads the token of an earlier run. Never rejects. */
  async load(): Promise<void> {
    const { path, credentials, clock, log } = this.#options;
    const { server } = credentials;
    this.#server = server;
    this.#token = null;
    try {
      this.#token = await readToken(path, server);
    } catch (error) {
      log.warn(
        { path, ...errorFields(error) },
        "cannot use the saved token of a member; it gets another one",
      );
    }
    if (server !== credentials.server) return;
    const isValid = this.#token !== null && this.#token.expiresMs > clock.wallMs();
    credentials.setIssued(isValid ? (this.#token?.token ?? null) : null);
  }

  /** Asks for a new token when it is time; does nothing otherwise. `transport`: to the member. Never rejects. */
  async renewWhenDue(transport: Transport, signal: AbortSignal): Promise<void> {
    const { credentials, clock } = this.#options;
    if (this.#isBusy || credentials.token === null) return;
    this.#isBusy = true;
    try {
      if (this.#server !== credentials.server) await this.load();
      if (this.#isDue() && clock.nowMs() >= this.#retryAtMs) await this.#renew(transport, signal);
    } finally {
      this.#isBusy = false;
    }
  }

  /** The member has left: its token is of no use any more. Never rejects. */
  async forget(): Promise<void> {
    await removeToken(this.#options.path).catch(() => undefined);
  }

  #isDue(): boolean {
    if (this.#token === null) return true;
    const { issuedMs, expiresMs } = this.#token;
    const nowMs = this.#options.clock.wallMs();
    // A clock that was set back must not keep a token from being renewed.
    return nowMs < issuedMs || nowMs >= issuedMs + (expiresMs - issuedMs) * RENEW_AFTER_SHARE;
  }

  async #renew(transport: Transport, signal: AbortSignal): Promise<void> {
    const { path, credentials, clock, log } = this.#options;
    const { server, token } = credentials;
    if (token === null) return;
    try {
      const issued = await requestToken(transport, token, { wallMs: clock.wallMs(), signal });
      // Meanwhile the KubeFedCluster may have been pointed at another API server.
      if (server !== credentials.server || signal.aborted) return;
      this.#token = issued;
      this.#problem = null;
      credentials.setIssued(issued.token);
      await writeToken(path, server, issued);
    } catch (error) {
      if (signal.aborted) return;
      const isRefused = error instanceof OperationalError && error.code === "KUBE_TOKEN";
      this.#retryAtMs = clock.nowMs() + (isRefused ? REFUSED_RETRY_MS : RETRY_MS);
      const problem = messageOf(error);
      if (problem !== this.#problem)
        log.warn({ member: credentials.name, ...errorFields(error) }, "a token could not be renewed");
      this.#problem = problem;
    }
  }
}
