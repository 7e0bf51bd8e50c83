/** The commands `order`, `forget`, `claims`, `status` and `metrics` of the admin socket: the first three go on to the control process. */
import { OperationalError } from "../../kernel/error.ts";
import { type OrderRequest, parseRequest } from "../../traffic/orders/order.ts";
import type { ClaimProblem } from "../../federation/hosts/cluster-claim.ts";
import { parseHost } from "../../federation/hosts/host.ts";
import type { AdminCommand } from "../admin/commands.ts";
import type { OrderReply } from "../control/messages.ts";
import { type ForgetRequest, parseForget } from "../forget/forget-request.ts";

type OrderSources = {
  /** Null when the control process does not reply in time. */
  order(order: OrderRequest): Promise<OrderReply | null>;
  /** Null when the control process does not reply in time. */
  forget(forget: ForgetRequest): Promise<OrderReply | null>;
  /** Null when the control process does not reply in time. */
  claims(host: string): Promise<readonly ClaimProblem[] | null>;
  /** As /status has it. */
  status(): Promise<unknown>;
  /** As /metrics has it. */
  metrics(): Promise<string>;
};

/**
 *     {"command":"order","order":{"action":"drain","target":{...}, ...}}       ->  {"ok":true,"text":"...","left":[]}
 *     {"command":"forget","forget":{"what":"cluster","cluster":"west", ...}}  ->  {"ok":true,"text":"...","left":[]}
 *     {"command":"claims","host":"web.example.com"}                           ->  {"ok":true,"problems":[{"object":"Ingress shop/web", ...}]}
 *     {"command":"status"}                                                     ->  {"ok":true,"status":{...}}
 *     {"command":"metrics"}                                                    ->  {"ok":true,"metrics":"..."}
 *
 * A refusal is {"ok":false,"error":"...","left":["demo/hello"]}. For the fields of an order see traffic/orders/order.ts, for
 * those of `forget` run/forget/forget-request.ts.
 */
export function orderCommands(
  sources: OrderSources,
): Readonly<Record<"order" | "forget" | "claims" | "status" | "metrics", AdminCommand>> {
  return {
    async order({ order }) {
      const parsed = parseRequest(order);
      if ("wrong" in parsed) throw new OperationalError("ORDER_UNSOUND", parsed.wrong);
      return resultOf(await sources.order(parsed.request));
    },
    async forget({ forget }) {
      const parsed = parseForget(forget);
      if ("wrong" in parsed) throw new OperationalError("ORDER_UNSOUND", parsed.wrong);
      return resultOf(await sources.forget(parsed.request));
    },
    async claims({ host }) {
      const parsed = parseHost(host);
      return { problems: parsed === null ? [] : ((await sources.claims(parsed)) ?? []) };
    },
    status: async () => ({ status: await sources.status() }),
    metrics: async () => ({ metrics: await sources.metrics() }),
  };
}

function resultOf(reply: OrderReply | null): object {
  if (reply === null) {
    const message =
      "the control process does not answer; it may still carry out the order: see fedns status later";
    throw new OperationalError("ORDER_LATE", message);
  }
  const { ok, text, left } = reply;
  return ok ? { text, left } : { ok, error: text, left };
}
