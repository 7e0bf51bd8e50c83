/** What the propagator asks of the control process, over the supervisor: one message at a time, with a time limit. */
import type { Clock } from "../../kernel/clock.ts";

/** The supervisor itself waits for control for two seconds. */
const TIMEOUT_MS = 5_000;

/** Of one kind of question. */
export class AskLink<Ask, State> {
  readonly #clock: Clock;
  readonly #send: (id: number, asks: readonly Ask[]) => void;
  readonly #pending = new Map<number, (states: readonly State[] | null) => void>();
  #nextId = 0;

  constructor(clock: Clock, send: (id: number, asks: readonly Ask[]) => void) {
    this.#clock = clock;
    this.#send = send;
  }

  /** Null when there is no reply in time; the asks may still be followed. Never rejects. */
  ask(asks: readonly Ask[]): Promise<readonly State[] | null> {
    const id = this.#nextId++;
    return new Promise((resolve) => {
      const finish = (states: readonly State[] | null): void => {
        cancel();
        this.#pending.delete(id);
        resolve(states);
      };
      const cancel = this.#clock.after(TIMEOUT_MS, () => finish(null));
      this.#pending.set(id, finish);
      this.#send(id, asks);
    });
  }

  onReply(id: number, states: readonly State[] | null): void {
    this.#pending.get(id)?.(states);
  }
}
