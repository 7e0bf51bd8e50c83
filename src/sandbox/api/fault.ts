/** Faults on demand, as they meet a request before it is executed. */
import { pause } from "../../kernel/clock.ts";
import type { FaultEffect } from "../faults/fault-table.ts";
import { ApiError, PlainError, optimisticLockMessage } from "../object/status.ts";
import type { HttpExchange } from "../http/exchange.ts";

const never = new AbortController().signal;

/** Throws the refusal, or returns when the request is to be executed. */
export async function meetFault(effect: FaultEffect, exchange: HttpExchange): Promise<void> {
  switch (effect.kind) {
    case "refuse":
      throw refusal(effect, exchange);
    case "cut":
      exchange.cutAnswer();
      if (!effect.isExecuted) exchange.leave();
      return;
    case "delay":
      await exchange.receive();
      await pause(exchange.clock, effect.ms, exchange.gone);
      exchange.requireTime();
      return;
    default:
      // Received first: the client may be gone when it is executed.
      await exchange.receive();
      exchange.executeAnyway();
      await pause(exchange.clock, effect.ms, never);
  }
}

function refusal(
  { code, retryAfterSeconds = 1, flowSchema }: Extract<FaultEffect, { readonly kind: "refuse" }>,
  exchange: HttpExchange,
): Error {
  if (code === 429 || code === 503) exchange.response.setHeader("Retry-After", String(retryAfterSeconds));
  if (flowSchema !== undefined) exchange.response.setHeader("X-Kubernetes-PF-FlowSchema-UID", flowSchema);
  // Priority and fairness refuses outside of the code that writes Status objects.
  if (code === 429) return new PlainError(429, "Too many requests, please try again later.\n");
  const rows = {
    403: ["Forbidden", "it is forbidden: a fault on demand"],
    409: ["Conflict", `Operation cannot be fulfilled: ${optimisticLockMessage}`],
    500: ["InternalError", "Internal error occurred: a fault on demand"],
    503: ["ServiceUnavailable", "the server is currently unable to handle the request"],
  } as const;
  const [reason, message] = rows[code];
  return new ApiError(code, reason, message, { details: code === 503 ? { retryAfterSeconds } : {} });
}
