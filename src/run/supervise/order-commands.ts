/** The commands `order`, `forget` and `status` of the admin socket: the first two go on to the control process, the status is that of /status. */
import { OperationalError } from "../../kernel/error.ts";
import { type OrderRequest, parseRequest } from "../../traffic/orders/order.ts";
import type { AdminCommand } from "../admin/commands.ts";
import type { OrderReply } from "../control/messages.ts";
import { type ForgetRequest, parseForget } from "../forget/forget-request.ts";

type OrderSources = {
  /** Null when the control process does not reply in time. */
  order(order: OrderRequest): Promise<OrderReply | null>;
  /** Null when the control process does not reply in time. */
  forget(forget: ForgetRequest): Promise<OrderReply | null>;
  /** As /status has it. */
  status(): Promise<unknown>;
};

/**
 *     {"command":"order","order":{"action":"drain","target":{...}, ...}}       ->  {"ok":true,"text":"...","left":[]}
 *     {"command":"forget","forget":{"what":"cluster","cluster":"west", ...}}  ->  {"ok":true,"text":"...","left":[]}
 *     {"command":"status"}                                                     ->  {"ok":true,"status":{...}}
 *
 * A refusal is {"ok":false,"error":"...","left":["demo/hello"]}. For the fields of an order see traffic/orders/order.ts, for
 * those of `forget` run/forget/forget-request.ts.
 */
export function orderCommands(
  sources: OrderSources,
): Readonly<Record<"order" | "forget" | "status", AdminCommand>> {
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
    status: async () => ({ status: await sources.status() }),
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
