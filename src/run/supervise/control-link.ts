/** Requests to the control process, each with a time limit: the process may be dead, or busy with a large list. */
import type { Reported } from "../reports/bounded.ts";
import type { Clock } from "../../kernel/clock.ts";
import type { ClaimProblem } from "../../federation/hosts/cluster-claim.ts";
import type { RemovalAsk, RemovalState } from "../../federation/removals/removal-ask.ts";
import type { ServingAsk, ServingState } from "../../federation/serving/serving-ask.ts";
import type { OrderRequest } from "../../traffic/orders/order.ts";
import type { Config } from "../config/config.ts";
import type { ForgetRequest } from "../forget/forget-request.ts";
import type { ControlStatus, FromControl, OrderReply, ReloadReply, ToControl } from "../control/messages.ts";

const REPORT_TIMEOUT_MS = 2_000;
/** An operator would rather wait than not know whether a drain was accepted, or what came of a change. */
const ORDER_TIMEOUT_MS = 10_000;

/** Requests without a reply yet, by id. */
type Pending<T> = Map<number, (reply: T | null) => void>;

export class ControlLink {
  readonly #clock: Clock;
  readonly #send: (message: ToControl) => boolean;
  readonly #statuses: Pending<Reported<ControlStatus>> = new Map();
  readonly #metrics: Pending<string> = new Map();
  readonly #orders: Pending<OrderReply> = new Map();
  readonly #reloads: Pending<ReloadReply> = new Map();
  readonly #claims: Pending<{ readonly problems: readonly ClaimProblem[] }> = new Map();
  readonly #adoptions: Pending<object> = new Map();
  readonly #removals: Pending<{ readonly states: readonly RemovalState[] }> = new Map();
  readonly #serving: Pending<{ readonly states: readonly ServingState[] }> = new Map();
  #nextId = 0;

  /** `send` returns false when the control process is not running. */
  constructor(clock: Clock, send: (message: ToControl) => boolean) {
    this.#clock = clock;
    this.#send = send;
  }

  /** Null when there is no reply in time, or none could be made. */
  requestStatus(): Promise<Reported<ControlStatus> | null> {
    return this.#request(this.#statuses, REPORT_TIMEOUT_MS, (id) => ({ kind: "status", id }));
  }

  /** Prometheus text format 0.0.4; null when there is no reply in time, or none could be made. */
  requestMetrics(): Promise<string | null> {
    return this.#request(this.#metrics, REPORT_TIMEOUT_MS, (id) => ({ kind: "metrics", id }));
  }

  /** Null when there is no reply in time; the order may still be carried out. */
  sendOrder(order: OrderRequest): Promise<OrderReply | null> {
    return this.#request(this.#orders, ORDER_TIMEOUT_MS, (id) => ({ kind: "order", id, order }));
  }

  /** Null when there is no reply in time; the request may still be carried out. */
  sendForget(forget: ForgetRequest): Promise<OrderReply | null> {
    return this.#request(this.#orders, ORDER_TIMEOUT_MS, (id) => ({ kind: "forget", id, forget }));
  }

  /** Has the zone files read again. Null when there is no reply in time. */
  reloadZones(): Promise<ReloadReply | null> {
    return this.#request(this.#reloads, ORDER_TIMEOUT_MS, (id) => ({ kind: "reload", id }));
  }

  /** Null when there is no reply in time; the settings are still taken. */
  sendSettings(config: Config): Promise<object | null> {
    return this.#request(this.#adoptions, ORDER_TIMEOUT_MS, (id) => ({ kind: "settings", id, config }));
  }

  /** Null when there is no reply in time; the asks may still be followed. */
  async sendRemovals(asks: readonly RemovalAsk[]): Promise<readonly RemovalState[] | null> {
    const message = (id: number): ToControl => ({ kind: "removals", id, asks });
    return (await this.#request(this.#removals, REPORT_TIMEOUT_MS, message))?.states ?? null;
  }

  /** Why objects that name the host are not served. Null when there is no reply in time. */
  async askClaims(host: string): Promise<readonly ClaimProblem[] | null> {
    const message = (id: number): ToControl => ({ kind: "claims", id, host });
    return (await this.#request(this.#claims, REPORT_TIMEOUT_MS, message))?.problems ?? null;
  }

  /** Null when there is no reply in time. */
  async askServing(asks: readonly ServingAsk[]): Promise<readonly ServingState[] | null> {
    const message = (id: number): ToControl => ({ kind: "serving", id, asks });
    return (await this.#request(this.#serving, REPORT_TIMEOUT_MS, message))?.states ?? null;
  }

  onMessage(message: FromControl): void {
    if (message.kind === "claims") this.#claims.get(message.id)?.(message);
    if (message.kind === "status") this.#statuses.get(message.id)?.(message.status);
    if (message.kind === "metrics") this.#metrics.get(message.id)?.(message.text);
    if (message.kind === "ordered") this.#orders.get(message.id)?.(message);
    if (message.kind === "reloaded") this.#reloads.get(message.id)?.(message);
    if (message.kind === "removals") this.#removals.get(message.id)?.(message);
    if (message.kind === "serving") this.#serving.get(message.id)?.(message);
    if (message.kind === "adopted") this.#adoptions.get(message.id)?.(message);
  }

  #request<T>(pending: Pending<T>, timeoutMs: number, message: (id: number) => ToControl): Promise<T | null> {
    const id = this.#nextId++;
    return new Promise((resolve) => {
      const finish = (reply: T | null): void => {
        cancel();
        pending.delete(id);
        resolve(reply);
      };
      const cancel = this.#clock.after(timeoutMs, () => finish(null));
      pending.set(id, finish);
      if (!this.#send(message(id))) finish(null);
    });
  }
}
