/**
 * One circuit breaker per cluster. It is closed in normal operation. While the API server does not answer it is open: one
 * attempt at a time goes through as a probe, and the others wait for its success. So a dead or overloaded server gets one
 * request per half second on average from any number of reflectors, and all of them see it again within a second of its
 * first answer.
 */
import type { Clock } from "../../kernel/clock.ts";
import { OperationalError } from "../../kernel/error.ts";
import { KubeError } from "./kube-error.ts";

/** The longest pause between two attempts, unless the server asks for more: it bounds how long we miss that it is back. */
export const RETRY_MAX_MS = 800;
const RETRY_FIRST_MS = 50;

type CircuitBreakerOptions = { readonly clock: Clock; readonly random: () => number };

export class CircuitBreaker {
  readonly #clock: Clock;
  readonly #random: () => number;
  #isClosed = true;
  #isProbing = false;
  #failures = 0;
  #probeAtMs = 0;
  #cancelTimer: () => void = () => undefined;
  readonly #waiting = new Set<() => void>();
  readonly #resting = new Set<() => void>();
  readonly #told = new Set<string>();

  constructor(options: CircuitBreakerOptions) {
    this.#clock = options.clock;
    this.#random = options.random;
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /**
   * Runs `attempt` in its turn, learns from the outcome and passes it on. Any answer but 429 and 503 closes the breaker.
   * Throws the signal's reason when aborted while waiting.
   */
  async run<T>(signal: AbortSignal, attempt: () => Promise<T>): Promise<T> {
    const isProbe = await this.#turn(signal);
    try {
      const value = await attempt();
      this.close();
      return value;
    } catch (error) {
      if (signal.aborted) this.#isProbing = isProbe ? false : this.#isProbing;
      else if (isAnswer(error)) this.close();
      else this.#trip(isProbe, error);
      throw error;
    } finally {
      this.#schedule();
    }
  }

  /** Waits before a retry: full jitter below a ceiling that doubles with `failures`, and never less than the server asks for. */
  async backOff(signal: AbortSignal, options: BackOffOptions): Promise<void> {
    const delayMs = backoffMs(this.#random, options);
    if (signal.aborted) return;
    await new Promise<void>((resolve) => {
      const wake = (): void => {
        cancel();
        this.#resting.delete(wake);
        signal.removeEventListener("abort", wake);
        resolve();
      };
      const cancel = this.#clock.after(delayMs, wake);
      this.#resting.add(wake);
      signal.addEventListener("abort", wake);
    });
  }

  /** True the first time that somebody asks since the server answered last: many watches share one failure. */
  isNews(failure: string): boolean {
    if (this.#told.has(failure)) return false;
    this.#told.add(failure);
    return true;
  }

  /** The server answers: all waiting attempts run. */
  close(): void {
    this.#told.clear();
    if (!this.#isClosed) this.#cancelTimer();
    this.#isClosed = true;
    this.#isProbing = false;
    this.#failures = 0;
    for (const go of this.#waiting) go();
  }

  /** Something has changed (new credentials): ends all pauses. */
  wake(): void {
    this.close();
    for (const wake of this.#resting) wake();
  }

  /** Waits for the turn of an attempt. Returns true when it is the probe. */
  async #turn(signal: AbortSignal): Promise<boolean> {
    while (!this.#isClosed && (this.#isProbing || this.#clock.nowMs() < this.#probeAtMs)) {
      signal.throwIfAborted();
      await new Promise<void>((resolve) => {
        const go = (): void => {
          this.#waiting.delete(go);
          signal.removeEventListener("abort", go);
          resolve();
        };
        this.#waiting.add(go);
        signal.addEventListener("abort", go);
        this.#schedule();
      });
    }
    signal.throwIfAborted();
    if (this.#isClosed) return false;
    this.#isProbing = true;
    return true;
  }

  #trip(isProbe: boolean, error: unknown): void {
    // Attempts that ran at the same time fail at the same time: they count as one failure.
    if (!this.#isClosed && !isProbe) return;
    this.#isClosed = false;
    this.#isProbing = false;
    this.#failures += 1;
    const leastMs = error instanceof KubeError ? error.retryAfterMs : null;
    this.#probeAtMs = this.#clock.nowMs() + backoffMs(this.#random, { failures: this.#failures, leastMs });
  }

  /** Wakes the attempt that has waited longest when the next probe is due. */
  #schedule(): void {
    this.#cancelTimer();
    if (this.#isClosed || this.#isProbing || this.#waiting.size === 0) return;
    this.#cancelTimer = this.#clock.after(Math.max(0, this.#probeAtMs - this.#clock.nowMs()), () => {
      const first = this.#waiting.values().next().value;
      first?.();
    });
  }
}

type BackOffOptions = {
  readonly failures: number;
  /** The server's Retry-After. */
  readonly leastMs: number | null;
  readonly ceilingMs?: number;
};

function backoffMs(random: () => number, options: BackOffOptions): number {
  const ceilingMs = options.ceilingMs ?? RETRY_MAX_MS;
  const growingMs = RETRY_FIRST_MS * 2 ** Math.min(options.failures, 16);
  const jitteredMs = random() * Math.min(ceilingMs, growingMs);
  return options.leastMs === null ? jitteredMs : options.leastMs + jitteredMs;
}

/** 429 and 503 concern the whole server; other answers, even 500, may concern a single resource. */
function isAnswer(error: unknown): boolean {
  if (error instanceof KubeError) return error.status !== 429 && error.status !== 503;
  // The server is there, and sends more than we take.
  return error instanceof OperationalError && error.code === "KUBE_BODY_TOO_LARGE";
}
