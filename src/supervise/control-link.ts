/** Asking the control process for its report, with a bound: it may be dead, or busy with a large list. */
import type { Clock } from "../clock.ts";
import type { ControlStatus, FromControl, ToControl } from "../control/messages.ts";

const ANSWER_BOUND_MS = 2_000;

export type Report = { readonly status: ControlStatus; readonly metrics: string };

export class ControlLink {
  readonly #clock: Clock;
  readonly #send: (message: ToControl) => boolean;
  readonly #waiting: Map<number, (report: Report | null) => void> = new Map();
  #ids = 0;

  constructor(clock: Clock, send: (message: ToControl) => boolean) {
    this.#clock = clock;
    this.#send = send;
  }

  ask(): Promise<Report | null> {
    const id = this.#ids++;
    return new Promise((resolve) => {
      const finish = (report: Report | null): void => {
        cancel();
        this.#waiting.delete(id);
        resolve(report);
      };
      const cancel = this.#clock.after(ANSWER_BOUND_MS, () => finish(null));
      this.#waiting.set(id, finish);
      if (!this.#send({ kind: "report", id })) finish(null);
    });
  }

  onMessage(message: FromControl): void {
    if (message.kind === "report") this.#waiting.get(message.id)?.(message);
  }
}
