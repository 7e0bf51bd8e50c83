/** `fedns reload`: has a running fedns read its configuration file and its zone files again. */
import { Command } from "commander";
import { OperationalError } from "../../kernel/error.ts";
import { CONFIG_OPTION } from "../arguments/config-option.ts";
import { type SocketOptions, SOCKET_OPTION, sendCommand, socketPath } from "../session/admin-client.ts";
import type { Session } from "../session/session.ts";

const epilogue = `
fedns reads changed files by itself within seconds. This command reads them at once, prints which settings have changed
and what is wrong with the files, and returns when the new settings are in force. No query is lost. A configuration file
with an error changes no setting, and a zone file with an error leaves its zone as it was.
Settings that only a restart of fedns changes are named; fedns config says when each setting takes effect.

Examples:
  fedns reload
  fedns check && fedns reload

Exit codes: 0 all files are in force, 1 a file has an error, or there is no answer, 2 wrong usage.`;

export function reloadCommand(session: Session): Command {
  return new Command("reload")
    .description("Have a running fedns read its configuration and zone files again.")
    .option(...CONFIG_OPTION)
    .option(...SOCKET_OPTION)
    .addHelpText("after", epilogue)
    .action(async (options: SocketOptions) => {
      const reply = await sendCommand(await socketPath(options), { command: "reload" });
      const { readReload, reloadText } = await import("../text/reload-text.ts");
      const result = readReload(reply);
      if (!reply.ok && result.problems.length === 0)
        throw new OperationalError("RELOAD", `the server refused: ${reply.error}`);
      session.print(reloadText(result));
      if (!reply.ok || result.hasZoneErrors) session.exitCode = 1;
    });
}
