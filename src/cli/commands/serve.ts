/** `fedns serve`: runs the server until it is stopped. */
import { Command } from "commander";
import { chooseConfig, SERVED_CONFIG_OPTION } from "../arguments/config-option.ts";
import type { Session } from "../session/session.ts";

const epilogue = `
Runs in the foreground and logs to standard error. On SIGTERM or Ctrl-C it reports not ready, answers for another
serve.drainSeconds, and stops; a second signal stops it at once. The configuration and the zone files are read again
when they change, and at once on SIGHUP, as by fedns reload.
Ports below 1024 need root or CAP_NET_BIND_SERVICE.

Example:
  fedns serve --config /etc/fedns/fedns.yaml

Exit codes: 0 stopped by a signal, 1 failed, 2 wrong usage.`;

export function serveCommand(session: Session): Command {
  return new Command("serve")
    .description("Watch the member clusters and answer DNS for the federation.")
    .option(...SERVED_CONFIG_OPTION)
    .addHelpText("after", epilogue)
    .action(async ({ config: given }: { readonly config?: string }) => {
      const { path: filePath } = chooseConfig(given, { isServed: true });
      const { requireConfig } = await import("../arguments/config-argument.ts");
      const { supervise } = await import("../session/supervise.ts");
      await supervise(session, {
        config: await requireConfig(filePath),
        onHangUp: "reload",
        onReady: () => undefined,
      });
    });
}
