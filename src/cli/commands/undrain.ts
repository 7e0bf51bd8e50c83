/** `fedns undrain`: takes a drain back. */
import { Command } from "commander";
import { type SocketOptions, SOCKET_OPTION, socketPath } from "../session/admin-client.ts";
import { CONFIG_OPTION } from "../arguments/config-argument.ts";
import { submitOrder, parseCluster, SCOPE_NOTE, SERVICE_OPTION } from "../orders/order.ts";
import type { Session } from "../session/session.ts";

const epilogue = `
The share is whole again at once. A drain of the cluster and those of single services are taken back one by one; the
reply names those that are left. To take back what is not drained is no mistake.
${SCOPE_NOTE}

Examples:
  fedns undrain us-west
  fedns undrain us-west --service demo/hello

Exit codes: 0 done, 1 failed, 2 wrong usage.`;

export function undrainCommand(session: Session): Command {
  return new Command("undrain")
    .description("Send clients to a drained cluster, or service of it, again.")
    .argument("<cluster>", "the cluster that was drained", parseCluster)
    .option(...SERVICE_OPTION)
    .option(...CONFIG_OPTION)
    .option(...SOCKET_OPTION)
    .addHelpText("after", epilogue)
    .action(async (cluster: string, options: SocketOptions & { readonly service?: string }) => {
      const target = { cluster, service: options.service ?? null, address: null };
      await submitOrder(session, await socketPath(options), { action: "undrain", target });
    });
}
