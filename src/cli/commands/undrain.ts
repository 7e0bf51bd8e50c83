/** `fedns undrain`: ends a drain. */
import { Command } from "commander";
import { type OrderOptions, SCOPE_NOTE, submitOrder, withServer, withTarget } from "../orders/order.ts";
import { socketPath } from "../session/admin-client.ts";
import type { Session } from "../session/session.ts";

const epilogue = `
The full share is restored at once. Drains of a cluster and of its single services are ended separately; the reply
lists those that remain. Undraining something that is not drained has no effect.
${SCOPE_NOTE}

Examples:
  fedns undrain us-west
  fedns undrain us-west --service demo/hello

Exit codes: 0 done, 1 failed, 2 wrong usage.`;

export function undrainCommand(session: Session): Command {
  const command = withTarget(new Command("undrain")).description(
    "Send clients to a drained cluster, or service of it, again.",
  );
  return withServer(command)
    .addHelpText("after", epilogue)
    .action(async (cluster: string, options: OrderOptions) => {
      const target = { cluster, service: options.service ?? null, address: null };
      await submitOrder(session, await socketPath(options), { action: "undrain", target });
    });
}
