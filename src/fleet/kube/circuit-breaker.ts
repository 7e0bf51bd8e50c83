/**
 * One gate per cluster: while its API server is known not to answer, one attempt at a time goes through as a probe and the
 * others wait for its success. So ten reflectors cost a dead or overloaded server one request per half second on average,
 * however many they are, and all of them see it again within a second of its first answer.
 */
import type { Clock } from "../../kernel/clock.ts";
import { KubeError } from "./kube-error.ts";

/** The longest pause between two tries, unless the server asks for more: the bound on time blind after it answers again. */
export const RETRY_MAX_MS = 800;
const RETRY_FIRST_MS = 50;

type CircuitBreakerOptions = { readonly clock: Clock; readonly random: () => number };

export class CircuitBreaker {
  readonly #clock: Clock;
  readonly #random: () => number;
  #isOpen = true;
  #isProbing = false;
  #failures = 0;
  #probeAtMs = 0;
  #cancelTimer: () => void = () => undefined;
  readonly #waiting = new Set<() => void>();
  readonly #resting = new Set<() => void>();

  constructor(options: CircuitBreakerOptions) {
    this.#clock = options.clock;
    this.#random = options.random;
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  /**
   * Runs `attempt` when its turn has come and learns from the outcome, which is passed on. An answer of any kind but 429
   * and 503 opens the gate. Throws the signal's reason when aborted while waiting.
   */
  async through<T>(signal: AbortSignal, attempt: () => Promise<T>): Promise<T> {
    const isProbe = await this.#turn(signal);
    try {
      const value = await attempt();
      this.open();
      return value;
    } catch (error) {
      if (signal.aborted) this.#isProbing = isProbe ? false : this.#isProbing;
      else if (isAnswer(error)) this.open();
      else this.#close(isProbe, error);
      throw error;
    } finally {
      this.#schedule();
    }
  }

  /** Waits before a retry: full jitter below a ceiling that doubles with `failures`, at least what the server asked for. */
  async rest(signal: AbortSignal, options: RestOptions): Promise<void> {
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

  /** Everybody may go: the server answered. */
  open(): void {
    if (!this.#isOpen) this.#cancelTimer();
    this.#isOpen = true;
    this.#isProbing = false;
    this.#failures = 0;
    for (const go of this.#waiting) go();
  }

  /** Something changed (new credentials): nobody should sit out an old pause. */
  wake(): void {
    this.open();
    for (const wake of this.#resting) wake();
  }

  /** Returns true for the one who goes as the probe. */
  async #turn(signal: AbortSignal): Promise<boolean> {
    while (!this.#isOpen && (this.#isProbing || this.#clock.nowMs() < this.#probeAtMs)) {
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
    if (this.#isOpen) return false;
    this.#isProbing = true;
    return true;
  }

  #close(isProbe: boolean, error: unknown): void {
    // Attempts that were under way together fail together: that is one failure, not ten.
    if (!this.#isOpen && !isProbe) return;
    this.#isOpen = false;
    this.#isProbing = false;
    this.#failures += 1;
    const leastMs = error instanceof KubeError ? error.retryAfterMs : null;
    this.#probeAtMs = this.#clock.nowMs() + backoffMs(this.#random, { failures: this.#failures, leastMs });
  }

  /** Wakes the one who has waited longest when the next probe is due. */
  #schedule(): void {
    this.#cancelTimer();
    if (this.#isOpen || this.#isProbing || this.#waiting.size === 0) return;
    this.#cancelTimer = this.#clock.after(Math.max(0, this.#probeAtMs - this.#clock.nowMs()), () => {
      const first = this.#waiting.values().next().value;
      first?.();
    });
  }
}

type RestOptions = {
  readonly failures: number;
  /** The server's Retry-After. */
  readonly leastMs: number | null;
  readonly ceilingMs?: number;
};

function backoffMs(random: () => number, options: RestOptions): number {
  const ceilingMs = options.ceilingMs ?? RETRY_MAX_MS;
  const growingMs = RETRY_FIRST_MS * 2 ** Math.min(options.failures, 16);
  const jitteredMs = random() * Math.min(ceilingMs, growingMs);
  return options.leastMs === null ? jitteredMs : options.leastMs + jitteredMs;
}

/** 429 and 503 speak for the whole server; other answers, even 500, may be about one resource only. */
function isAnswer(error: unknown): boolean {
  return error instanceof KubeError && error.status !== 429 && error.status !== 503;
}
