/** What an operator may say to the admin socket about traffic: orders, handed on to control, and the question for the status. */
import type { AdminCommand } from "../admin/socket.ts";
import type { Ordered } from "../control/messages.ts";
import { OperationalError } from "../../kernel/error.ts";
import { type OrderRequest, parseRequest } from "../../traffic/orders/order.ts";

type OrderSources = {
  /** Null = control did not say in time. */
  order(order: OrderRequest): Promise<Ordered | null>;
  /** As /status has it. */
  status(): Promise<unknown>;
};

/**
 *     {"command":"order","order":{"action":"drain","target":{...}, ...}}  ->  {"ok":true,"text":"...","left":[]}
 *     {"command":"status"}                                                ->  {"ok":true,"status":{...}}
 *
 * A refusal is {"ok":false,"error":"...","left":["demo/hello"]}. The shape of an order: steer/order.ts.
 */
export function orderCommands(sources: OrderSources): Readonly<Record<"order" | "status", AdminCommand>> {
  return {
    async order({ order }) {
      const parsed = parseRequest(order);
      if ("wrong" in parsed) throw new OperationalError("ORDER_UNSOUND", parsed.wrong);
      const ordered = await sources.order(parsed.request);
      if (ordered === null) {
        const message =
          "the control process does not answer; whether it obeys is not known: fedns status shows it later";
        throw new OperationalError("ORDER_LATE", message);
      }
      const { ok, text, left } = ordered;
      return ok ? { text, left } : { ok, error: text, left };
    },
    status: async () => ({ status: await sources.status() }),
  };
}
