/** `fedns restart`: replaces the processes of a running fedns one after the other, without losing a query. */
import { Command } from "commander";
import { OperationalError } from "../../kernel/error.ts";
import { CONFIG_OPTION } from "../arguments/config-option.ts";
import { sendCommand, SOCKET_OPTION, type SocketOptions, socketPath } from "../session/admin-client.ts";
import type { Session } from "../session/session.ts";

const epilogue = `
The process that answers is replaced while the old one goes on until the new one is ready, then those that watch the
clusters and place workloads. No query is lost. They run the code that is installed now, with the settings in force.
The supervisor itself is not restarted: for that, stop fedns and start it again.

Examples:
  fedns restart
  fedns restart --config /etc/fedns/fedns.yaml

Exit codes: 0 all processes are new and ready, 1 failed, or no answer, 2 wrong usage.`;

/** A control process that reads a large federation again is ready later than any other reply. */
const RESTART_TIMEOUT_MS = 120_000;

export function restartCommand(session: Session): Command {
  return new Command("restart")
    .description("Replace the processes of a running fedns, without losing a query.")
    .option(...CONFIG_OPTION)
    .option(...SOCKET_OPTION)
    .addHelpText("after", epilogue)
    .action(async (options: SocketOptions) => {
      const path = await socketPath(options);
      const reply = await sendCommand(path, { command: "restart" }, RESTART_TIMEOUT_MS);
      if (!reply.ok) throw new OperationalError("REPLACE", `the server refused: ${reply.error}`);
      session.print("restarted: all processes of this fedns are new\n");
    });
}
