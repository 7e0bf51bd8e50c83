/** The orders given to this server, by operators and by the propagator: applied, saved in the state directory, and applied again when time changes their effect. */
import type { Clock } from "../../kernel/clock.ts";
import { closestWord } from "../../kernel/suggestion.ts";
import { errorFields, messageOf } from "../../kernel/error.ts";
import type { Log, LogFields } from "../../kernel/log.ts";
import type { RemovalAsk, RemovalState } from "../../federation/removals/removal-ask.ts";
import { putStateFileAside, readStateFile, replaceStateFile } from "../../kernel/state-file.ts";
import { leftWithNothing, type Presence } from "./left.ts";
import { type Order, type OrderRequest, readOrders, targetText, writeOrders } from "./order.ts";
import { ORDERS_MAX } from "./order-index.ts";
import { type Effect, Orders } from "./orders.ts";
import { type CachedByClientsOf, nameOfOrder, type OrdersStatus, statusOfOrder } from "./order-status.ts";
import {
  distinct,
  followRemoval,
  REMOVAL_LAPSES_MS,
  type RemovalFacts,
  stateOfRemoval,
} from "./removal-orders.ts";

/** The longest delay of a Node.js timer is 2^31 - 1 ms. A timer that fires early does no harm. */
const WAKE_MAX_MS = 86_400_000;
/** The steps of several drains within this time are applied together. */
const WAKE_MIN_MS = 250;
/** How many services a refusal names; its text has the total. */
const LEFT_MAX = 100;

export type OrderStoreOptions = {
  /** The file; null = orders are not saved. */
  readonly path: string | null;
  /** The members there are now. */
  readonly clusters: () => readonly string[];
  /** All services that any cluster declares. */
  readonly services: () => Iterable<Presence>;
  /** Called when shares or forces have changed since the last call. */
  readonly onChange: () => void;
  /** Which addresses caches may still hold; absent = not known. */
  readonly cachedByClients?: CachedByClientsOf;
  readonly clock: Clock;
  readonly log: Log;
};

/** `left`: services that have, or would have, no cluster left. */
type Obeyed = { readonly ok: boolean; readonly text: string; readonly left: readonly string[] };

export class OrderStore {
  readonly #options: OrderStoreOptions;
  #orders: Orders = new Orders();
  #loadProblem: string | null = null;
  #saveProblem: string | null = null;
  #cancel: () => void = () => undefined;

  constructor(options: OrderStoreOptions) {
    this.#options = options;
  }

  /** The source of shares and forces. Each order replaces the whole object. */
  get orders(): Orders {
    return this.#orders;
  }

  get status(): OrdersStatus {
    const { clock, cachedByClients } = this.#options;
    const nowMs = clock.wallMs();
    const members = new Set(this.#options.clusters());
    return {
      scope: "this server alone",
      orders: this.#orders.list.map((order) => statusOfOrder(order, nowMs, { members, cachedByClients })),
      problem: this.#saveProblem ?? this.#loadProblem,
    };
  }

  /** Reads the orders of an earlier run. A file that cannot be read is moved aside, and the status says so. */
  load(): void {
    const { path, log, clock } = this.#options;
    if (path === null) return;
    const file = readStateFile(path);
    if (file.kind === "none") return;
    const { orders, problem } =
      file.kind === "json" ? readOrders(file.value, ORDERS_MAX) : { orders: [], problem: file.problem };
    const nowMs = clock.wallMs();
    this.#orders = new Orders(orders.map((order) => restored(order, nowMs)));
    this.#orders.tick(nowMs);
    if (problem !== null) {
      this.#loadProblem = `${path}: ${problem}; it is kept as ${path}.refused`;
      log.error({ path, problem }, "cannot read the orders of an earlier run; starting without them");
      putStateFileAside(path, log);
      this.#save();
    }
    log.info({ orders: this.#orders.list.length }, "orders of an earlier run restored");
    this.#arm();
  }

  obey(request: OrderRequest): Obeyed {
    const { clock, log, onChange } = this.#options;
    const refusal = this.#refusal(request);
    if (refusal !== null) return { ok: false, text: refusal, left: [] };
    const nowMs = clock.wallMs();
    const next = new Orders(this.#orders.list);
    const effect = apply(next, request, nowMs);
    const left = leftWithNothing(this.#options.services(), this.#orders, next, nowMs);
    const isForced = "isForced" in request && request.isForced;
    if (left.length > 0 && !isForced) {
      const text = `refused: ${servicesText(left.length)} would have no cluster left`;
      return { ok: false, text, left: left.slice(0, LEFT_MAX) };
    }
    const author = "by" in request ? { by: request.by, reason: request.reason } : {};
    if (!effect.isChanged) return { ok: true, text: effect.text, left: [] };
    this.#orders = next;
    const saved = this.#save();
    log.warn({ ...wordsOf(request), target: targetText(request.target), ...author }, "order obeyed");
    this.#arm();
    onChange();
    const nothing = left.length > 0 ? `; ${servicesText(left.length)} now without a cluster` : "";
    return { ok: true, text: `${effect.text}${nothing}${saved}`, left: left.slice(0, LEFT_MAX) };
  }

  /** All that the propagator asks now. What it does not repeat lapses. */
  followRemovals(asks: readonly RemovalAsk[], facts: RemovalFacts): readonly RemovalState[] {
    const { clock, log, onChange, cachedByClients = () => null } = this.#options;
    const nowMs = clock.wallMs();
    const next = new Orders(this.#orders.list);
    const followed = distinct(asks).map((ask) => ({ ask, ...followRemoval(next, ask, facts, nowMs) }));
    const changed = followed.filter(({ isChanged }) => isChanged);
    this.#orders = next;
    this.#arm();
    if (changed.length > 0) {
      this.#save();
      for (const { ask, kind } of changed)
        log.info(
          { cluster: ask.cluster, service: ask.service, kind, by: ask.by },
          "order of the propagator obeyed",
        );
      onChange();
    }
    return followed.map(({ ask, kind }) =>
      stateOfRemoval(next, ask, kind, { ...facts, cachedByClients }, nowMs),
    );
  }

  stop(): void {
    this.#cancel();
  }

  /** Typos are rejected, so that they do not look like drains. An order for a cluster that was removed can still be ended. */
  #refusal(request: OrderRequest): string | null {
    const { services } = this.#options;
    const clusters = this.#options.clusters();
    const { cluster, service } = request.target;
    const isTakenBack =
      request.action === "undrain" || (request.action === "force" && request.verdict === "none");
    if (isTakenBack) return null;
    if (!clusters.includes(cluster)) {
      const guess = closestWord(cluster, clusters);
      const cure =
        guess === null ? `known clusters: ${clusters.slice(0, 10).join(", ")}` : `did you mean ${guess}?`;
      return `unknown cluster ${cluster}; ${cure}`;
    }
    if (this.#orders.isFull) return `the limit of ${ORDERS_MAX} orders is reached; end some of them first`;
    if (service === null || request.isForced) return null;
    for (const presence of services()) if (presence.service === service) return null;
    return `no cluster declares ${service}; it must be NAMESPACE/NAME of a Service that is reachable from outside its cluster, or a host`;
  }

  /** Returns "", or a warning for the operator. An order that cannot be saved is applied all the same: it may be an emergency. */
  #save(): string {
    const { path, log } = this.#options;
    if (path === null) return "";
    try {
      replaceStateFile(path, writeOrders(this.#orders.list));
      this.#saveProblem = null;
      return "";
    } catch (error) {
      this.#saveProblem = `orders cannot be saved and will be lost at a restart: ${messageOf(error)}`;
      log.error({ path, ...errorFields(error) }, "cannot save orders; a restart will lose them");
      return `; but it cannot be saved and will be lost at a restart: ${messageOf(error)}`;
    }
  }

  #arm(): void {
    const { clock } = this.#options;
    this.#cancel();
    const nowMs = clock.wallMs();
    const nextMs = this.#orders.nextChangeMs(nowMs);
    if (nextMs === null) return;
    const delayMs = Math.max(WAKE_MIN_MS, Math.min(nextMs - nowMs, WAKE_MAX_MS));
    this.#cancel = clock.after(delayMs, () => this.#wake());
  }

  #wake(): void {
    const { clock, log, onChange } = this.#options;
    const past = this.#orders.tick(clock.wallMs());
    for (const order of past) {
      const what =
        order.kind === "drain" ? "drain complete: the share is 0" : `${nameOfOrder(order)} expired`;
      log.info({ target: targetText(order.target), kind: order.kind }, what);
    }
    if (past.length > 0) this.#save();
    this.#arm();
    onChange();
  }
}

function apply(orders: Orders, request: OrderRequest, nowMs: number): Effect {
  const { target } = request;
  if (request.action === "undrain") return orders.undrain(target);
  const author = { by: request.by, reason: request.reason };
  if (request.action === "drain") return orders.drain(target, request.overMs, nowMs, author);
  const { verdict, forMs } = request;
  return verdict === "none"
    ? orders.unforce(target)
    : orders.force(target, { verdict, forMs }, nowMs, author);
}

/** What was asked, as fields of the log: `force` says up, down or none, and for how long; `drain` over which time. */
function wordsOf(request: OrderRequest): LogFields {
  const { action } = request;
  if (action === "undrain") return { action };
  const isForced = request.isForced ? { isForced: true } : {};
  if (action === "drain") return { action, overSeconds: request.overMs / 1000, ...isForced };
  const { verdict, forMs } = request;
  return { action, verdict, ...(forMs !== null && { forSeconds: forMs / 1000 }), ...isForced };
}

function restored(order: Order, nowMs: number): Order {
  // The clock may have been ahead when the order was given. Without this, a ramp would not move until that time.
  const sinceMs = Math.min(order.sinceMs, nowMs);
  // It was renewed without being saved again. Whoever asked for it has time to do so again.
  if (order.kind === "removal") return { ...order, sinceMs, untilMs: nowMs + REMOVAL_LAPSES_MS };
  return { ...order, sinceMs };
}

function servicesText(count: number): string {
  return count === 1 ? "1 service" : `${count} services`;
}
