/**
 * The permit of a lease. It says yes while two things were read recently enough: that the lease is ours, and that nothing
 * forbids writing (a pause, KubeFed's own controller).
 */
import type { Clock } from "../../kernel/clock.ts";
import { OperationalError } from "../../kernel/error.ts";
import type { WriteGrant, WritePermit } from "../kube/write-permit.ts";
import { RENEW_DEADLINE_MS } from "./elector.ts";
import { termLeft, type TermLeft, type TermStart } from "./write-term.ts";

export class LeasePermit implements WritePermit {
  readonly #clock: Clock;
  #renewal: TermStart | null = null;
  #check: TermStart | null = null;
  /** Why there is no renewal. */
  #reason = "another process holds the lease";
  #forbidden: string | null = null;
  #controller = new AbortController();
  #cancelTimer: () => void = () => undefined;
  #inFlight = 0;
  /** Writes without an answer that may still be carried out. */
  #unanswered = 0;
  #unknownUntilMs = -Infinity;
  #onIdle: () => void = () => undefined;

  readonly #onOpenWrites: (count: number) => void;

  /** `onOpenWrites` hears how many writes may still be carried out: before the first octet of each, and after its end. */
  constructor(clock: Clock, onOpenWrites: (count: number) => void = () => undefined) {
    this.#clock = clock;
    this.#onOpenWrites = onOpenWrites;
  }

  /** Why nothing may be sent now; null when it may. */
  get refusal(): string | null {
    const left = this.#left();
    return "reason" in left ? left.reason : null;
  }

  /** The lease was renewed recently enough, whatever forbids writing. */
  get hasLease(): boolean {
    return !("reason" in this.#leaseLeft());
  }

  ask(): WriteGrant {
    const left = this.#left();
    if ("reason" in left)
      throw new OperationalError("WRITE_NOT_PERMITTED", `nothing is written: ${left.reason}`);
    const endsMs = this.#clock.nowMs() + left.leftMs;
    let isSettled = false;
    this.#inFlight += 1;
    this.#tell();
    return {
      timeoutSeconds: left.timeoutSeconds,
      signal: this.#controller.signal,
      settled: (isKnown) => {
        if (isSettled) return;
        isSettled = true;
        this.#inFlight -= 1;
        if (!isKnown) this.#leaveOpen(endsMs);
        this.#tell();
        if (this.#inFlight === 0) this.#onIdle();
      },
    };
  }

  /** The lease was acquired or renewed by a request that was started then. */
  renewed(start: TermStart): void {
    this.#renewal = start;
    if (this.#controller.signal.aborted) this.#controller = new AbortController();
    this.#cancelTimer();
    const leftMs = start.nowMs + RENEW_DEADLINE_MS - this.#clock.nowMs();
    this.#cancelTimer = this.#clock.after(leftMs, () => this.lose("the lease could not be renewed in time"));
  }

  /** What forbids writing was read by requests that were started then. Null: nothing does. */
  checked(start: TermStart, forbidden: string | null): void {
    this.#check = start;
    this.#forbidden = forbidden;
  }

  /** Ends the permission, and requests that are under way. */
  lose(reason: string): void {
    this.retire(reason);
    this.#cancelTimer();
    this.#controller.abort(
      new OperationalError("WRITE_PERMIT_LOST", `the outcome of the request is unknown: ${reason}`),
    );
  }

  /** Permits nothing more, and lets requests that are under way end in their time. */
  retire(reason: string): void {
    this.#renewal = null;
    this.#check = null;
    this.#reason = reason;
  }

  /**
   * Resolves when no request is under way. False: the outcome of one is unknown and it may still be carried out, so the lease
   * must run out rather than be released.
   */
  async idle(): Promise<boolean> {
    if (this.#inFlight > 0) await new Promise<void>((resolve) => (this.#onIdle = resolve));
    return this.#clock.nowMs() >= this.#unknownUntilMs;
  }

  #leaveOpen(untilMs: number): void {
    this.#unknownUntilMs = Math.max(this.#unknownUntilMs, untilMs);
    this.#unanswered += 1;
    this.#clock.after(Math.max(0, untilMs - this.#clock.nowMs()), () => {
      this.#unanswered -= 1;
      this.#tell();
    });
  }

  #tell(): void {
    this.#onOpenWrites(this.#inFlight + this.#unanswered);
  }

  #leaseLeft(): TermLeft {
    if (this.#renewal === null) return { reason: this.#reason };
    return termLeft(this.#renewal, this.#clock.nowMs(), this.#clock.wallMs(), "the lease was renewed");
  }

  #left(): TermLeft {
    const lease = this.#leaseLeft();
    if ("reason" in lease) return lease;
    if (this.#check === null) return { reason: "it was not read yet whether writes are paused" };
    if (this.#forbidden !== null) return { reason: this.#forbidden };
    const what = "it was read whether writes are paused";
    const check = termLeft(this.#check, this.#clock.nowMs(), this.#clock.wallMs(), what);
    return "reason" in check || check.leftMs < lease.leftMs ? check : lease;
  }
}
