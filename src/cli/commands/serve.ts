/** `fedns serve`: answer for the federation until told to stop. */
import { Command } from "commander";
import { CONFIG_DEFAULT, CONFIG_OPTION } from "../arguments/config-argument.ts";
import type { Session } from "../session/session.ts";

const epilogue = `
Stays in the foreground and logs to standard error. SIGTERM or Ctrl-C: not ready any more, answering for
serve.drainSeconds, then gone; a second one ends it at once. Ports below 1024 need root or CAP_NET_BIND_SERVICE.

Example:
  fedns serve --config /etc/fedns/fedns.yaml

Exit codes: 0 stopped as asked, 1 failed, 2 wrong usage.`;

export function serveCommand(session: Session): Command {
  return new Command("serve")
    .description("Watch the member clusters and answer DNS for the federation.")
    .option(...CONFIG_OPTION, CONFIG_DEFAULT)
    .addHelpText("after", epilogue)
    .action(async ({ config: filePath }: { readonly config: string }) => {
      const { requireConfig } = await import("../arguments/config-argument.ts");
      const { supervise } = await import("../session/supervise.ts");
      await supervise(session, await requireConfig(filePath), () => undefined);
    });
}
