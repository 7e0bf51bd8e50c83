/** `fedns status`: what a running fedns believes, on a page. */
import { Command } from "commander";
import { OperationalError } from "../../kernel/error.ts";
import { type SocketOptions, SOCKET_OPTION, socketPath, sendCommand } from "../session/admin-client.ts";
import { CONFIG_OPTION } from "../arguments/config-argument.ts";
import { SCOPE_NOTE } from "../orders/order.ts";
import type { Session } from "../session/session.ts";

const epilogue = `
Clusters and when they were read last, drains and forces, zones from files, and what is wrong: the facts of /status.
${SCOPE_NOTE}

Examples:
  fedns status
  fedns status --json | jq .clusters

Exit codes: 0 printed (whatever it says), 1 nobody answered, 2 wrong usage.`;

const DEFAULT_WIDTH = 100;

export function statusCommand(session: Session): Command {
  return new Command("status")
    .description("Show what a running fedns believes of clusters, drains and zones.")
    .option("--json", "all of it, as /status has it")
    .option(...CONFIG_OPTION)
    .option(...SOCKET_OPTION)
    .addHelpText("after", epilogue)
    .action(async (options: SocketOptions & { readonly json?: boolean }) => {
      const reply = await sendCommand(await socketPath(options), { command: "status" });
      if (!reply.ok) throw new OperationalError("STATUS", `the server has no status to give: ${reply.error}`);
      if (options.json === true) {
        session.print(`${JSON.stringify(reply["status"], null, 2)}\n`);
        return;
      }
      const { readStatus } = await import("../text/status-document.ts");
      const { statusText } = await import("../text/status-text.ts");
      session.print(
        statusText(readStatus(reply["status"]), { width: process.stdout.columns ?? DEFAULT_WIDTH }),
      );
    });
}
