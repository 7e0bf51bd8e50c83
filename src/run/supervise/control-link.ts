/** Asking the control process, for its report or to obey an order, with a bound: it may be dead, or busy with a large list. */
import type { Clock } from "../../kernel/clock.ts";
import type { ControlStatus, FromControl, Ordered, ToControl } from "../control/messages.ts";
import type { OrderRequest } from "../../traffic/orders/order.ts";

const ANSWER_BOUND_MS = 2_000;
/** Whoever drains a cluster waits rather than not know. */
const ORDER_BOUND_MS = 10_000;

type Report = { readonly status: ControlStatus; readonly metrics: string };

export class ControlLink {
  readonly #clock: Clock;
  readonly #send: (message: ToControl) => boolean;
  readonly #reports: Waiting<Report> = new Map();
  readonly #orders: Waiting<Ordered> = new Map();
  #ids = 0;

  constructor(clock: Clock, send: (message: ToControl) => boolean) {
    this.#clock = clock;
    this.#send = send;
  }

  ask(): Promise<Report | null> {
    return this.#wait(this.#reports, ANSWER_BOUND_MS, (id) => ({ kind: "report", id }));
  }

  /** Null when it does not say within the bound whether it obeys; it may do so yet. */
  order(order: OrderRequest): Promise<Ordered | null> {
    return this.#wait(this.#orders, ORDER_BOUND_MS, (id) => ({ kind: "order", id, order }));
  }

  onMessage(message: FromControl): void {
    if (message.kind === "report") this.#reports.get(message.id)?.(message);
    if (message.kind === "ordered") this.#orders.get(message.id)?.(message);
  }

  #wait<T>(waiting: Waiting<T>, boundMs: number, message: (id: number) => ToControl): Promise<T | null> {
    const id = this.#ids++;
    return new Promise((resolve) => {
      const finish = (reply: T | null): void => {
        cancel();
        waiting.delete(id);
        resolve(reply);
      };
      const cancel = this.#clock.after(boundMs, () => finish(null));
      waiting.set(id, finish);
      if (!this.#send(message(id))) finish(null);
    });
  }
}

type Waiting<T> = Map<number, (reply: T | null) => void>;
