/** `fedns status`: the state of a running fedns on one page. */
import { Command } from "commander";
import { OperationalError } from "../../kernel/error.ts";
import { type SocketOptions, SOCKET_OPTION, socketPath, sendCommand } from "../session/admin-client.ts";
import { CONFIG_OPTION } from "../arguments/config-option.ts";
import { SCOPE_NOTE } from "../orders/order.ts";
import type { Session } from "../session/session.ts";

const epilogue = `
Shows clusters and when they were last read, drains and forces, zones from files, and problems, as in /status.
${SCOPE_NOTE}

Examples:
  fedns status
  fedns status --json | jq .clusters

Exit codes: 0 printed, whatever the state, 1 no answer, 2 wrong usage.`;

const DEFAULT_WIDTH = 100;

export function statusCommand(session: Session): Command {
  return new Command("status")
    .description("Show the state of a running fedns: clusters, drains, zones and problems.")
    .option("--json", "print the whole status as JSON, as in /status")
    .option(...CONFIG_OPTION)
    .option(...SOCKET_OPTION)
    .addHelpText("after", epilogue)
    .action(async (options: SocketOptions & { readonly json?: boolean }) => {
      const reply = await sendCommand(await socketPath(options), { command: "status" });
      if (!reply.ok) throw new OperationalError("STATUS", `the server refused: ${reply.error}`);
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
