/**
 * Reads the Secrets that KubeFedClusters name, and no others: each by its name, once a minute, and at once when a token was
 * refused. So the role in the host needs `get` on Secrets of one namespace, and no list or watch.
 */
import { pause, type Clock } from "../../kernel/clock.ts";
import { messageOf } from "../../kernel/error.ts";
import { KubeError } from "../kube/kube-error.ts";
import type { Transport } from "../kube/transport.ts";
import { parseMemberSecret, type SecretContent } from "../host-objects/member-secret.ts";

const READ_EVERY_MS = 60_000;
/** After a failure: a Secret is often created right after its KubeFedCluster. */
const RETRY_FIRST_MS = 500;
/** A member whose token is refused asks for each failed request. */
const REREAD_GAP_MS = 1_000;

type SecretReaderOptions = {
  readonly transport: Transport;
  readonly namespace: string;
  readonly name: string;
  /** Hears of the content or of its problem, after each reading that the host has answered. */
  readonly onRead: (content: SecretContent) => void;
  readonly clock: Clock;
  readonly random: () => number;
};

/** The reading of one Secret. */
export class SecretReader {
  readonly name: string;
  readonly #options: SecretReaderOptions;
  #failures = 0;
  #lastReadMs = -Infinity;
  #reading: Promise<void> | null = null;

  constructor(options: SecretReaderOptions) {
    this.#options = options;
    this.name = options.name;
  }

  /** Reads until aborted. Never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock, random } = this.#options;
    while (!signal.aborted) {
      await this.#read(signal).catch(() => undefined);
      const pauseMs =
        this.#failures === 0
          ? READ_EVERY_MS * (0.9 + 0.2 * random())
          : Math.min(READ_EVERY_MS, RETRY_FIRST_MS * 2 ** Math.min(this.#failures - 1, 10));
      await pause(clock, pauseMs, signal);
    }
  }

  /** Reads now, or in a moment if it has just been read. Rejects where the host does not answer. */
  async reread(signal: AbortSignal): Promise<void> {
    const { clock } = this.#options;
    await pause(clock, Math.max(0, this.#lastReadMs + REREAD_GAP_MS - clock.nowMs()), signal);
    await this.#read(signal);
  }

  #read(signal: AbortSignal): Promise<void> {
    this.#reading ??= this.#readOnce(signal).finally(() => (this.#reading = null));
    return this.#reading;
  }

  async #readOnce(signal: AbortSignal): Promise<void> {
    const { transport, namespace, name, onRead, clock } = this.#options;
    const path = `/api/v1/namespaces/${namespace}/secrets/${encodeURIComponent(name)}`;
    this.#lastReadMs = clock.nowMs();
    try {
      const { json } = await transport.request({ path, signal });
      const content = parseMemberSecret(json);
      this.#failures = "problem" in content ? this.#failures + 1 : 0;
      onRead(content);
    } catch (error) {
      this.#failures += 1;
      const problem = problemOf(error, namespace);
      if (problem === null) throw error;
      onRead({ problem });
    }
  }
}

/** Null: the host did not answer, which says nothing about the Secret. */
function problemOf(error: unknown, namespace: string): string | null {
  if (!(error instanceof KubeError)) return null;
  if (error.status === 404)
    return `does not exist in ${namespace}; run fedns join again, or create it with the key token`;
  if (error.status === 403)
    return `may not be read; allow get on secrets in ${namespace}, as deploy/host.yaml does`;
  return error.status < 500
    ? `cannot be read: ${messageOf(error)}; check the access of fedns to the host`
    : null;
}
