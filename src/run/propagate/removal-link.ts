/** What the propagator asks of the control process, over the supervisor: one message at a time, with a time limit. */
import type { RemovalAsk, RemovalState } from "../../federation/removals/removal-ask.ts";
import type { Clock } from "../../kernel/clock.ts";
import type { FromPropagate, ToPropagate } from "./messages.ts";

/** The supervisor itself waits for control for two seconds. */
const TIMEOUT_MS = 5_000;

type States = readonly RemovalState[] | null;

export class RemovalLink {
  readonly #clock: Clock;
  readonly #send: (message: FromPropagate) => void;
  readonly #pending = new Map<number, (states: States) => void>();
  #nextId = 0;

  constructor(clock: Clock, send: (message: FromPropagate) => void) {
    this.#clock = clock;
    this.#send = send;
  }

  /** Null when there is no reply in time; the asks may still be followed. Never rejects. */
  ask(asks: readonly RemovalAsk[]): Promise<States> {
    const id = this.#nextId++;
    return new Promise((resolve) => {
      const finish = (states: States): void => {
        cancel();
        this.#pending.delete(id);
        resolve(states);
      };
      const cancel = this.#clock.after(TIMEOUT_MS, () => finish(null));
      this.#pending.set(id, finish);
      this.#send({ kind: "removals", id, asks });
    });
  }

  onMessage(message: ToPropagate): void {
    if (message.kind === "removals") this.#pending.get(message.id)?.(message.states);
  }
}
