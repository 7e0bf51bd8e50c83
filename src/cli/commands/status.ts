/** `fedns status`: the state of a running fedns on one page. */
import { Command } from "commander";
import { OperationalError } from "../../kernel/error.ts";
import { type SocketOptions, SOCKET_OPTION, socketPath, sendCommand } from "../session/admin-client.ts";
import { chooseConfig, CONFIG_OPTION } from "../arguments/config-option.ts";
import type { Drift } from "../membership/drift.ts";
import { SCOPE_NOTE } from "../orders/order.ts";
import type { Session } from "../session/session.ts";

const epilogue = `
Shows clusters and when they were last read, the host cluster, drains and forces, zones from files, and problems, as in
/status. With --drift, also differences between clusters that cause trouble: labels of Nodes, StorageClasses, API
versions, versions of Kubernetes, clocks, and one cluster under two names. That reads from all clusters.
${SCOPE_NOTE}

Examples:
  fedns status
  fedns status --json | jq .clusters
  fedns status --drift --config fedns.yaml

Exit codes: 0 printed, whatever the state, 1 no answer, 2 wrong usage.`;

type StatusOptions = SocketOptions & { readonly json?: boolean; readonly drift?: boolean };

const DEFAULT_WIDTH = 100;

export function statusCommand(session: Session): Command {
  return new Command("status")
    .description("Show the state of a running fedns: clusters, drains, zones and problems.")
    .option("--json", "print the whole status as JSON, as in /status")
    .option("--drift", "also compare the clusters with each other, with the accounts of the configuration")
    .option(...CONFIG_OPTION)
    .option(...SOCKET_OPTION)
    .addHelpText("after", epilogue)
    .action(async (options: StatusOptions) => {
      const reply = await sendCommand(await socketPath(options), { command: "status" });
      if (!reply.ok) throw new OperationalError("STATUS", `the server refused: ${reply.error}`);
      const drift = options.drift === true ? await readDrift(session, options) : null;
      if (options.json === true) {
        const status = drift === null ? reply["status"] : { ...(reply["status"] as object), drift };
        session.print(`${JSON.stringify(status, null, 2)}\n`);
        return;
      }
      const { readStatus } = await import("../text/status-document.ts");
      const { statusText } = await import("../text/status-text.ts");
      const width = process.stdout.columns ?? DEFAULT_WIDTH;
      session.print(statusText(readStatus(reply["status"]), { width, drift }));
    });
}

async function readDrift(session: Session, { config }: StatusOptions): Promise<readonly Drift[]> {
  const { requireConfig } = await import("../arguments/config-argument.ts");
  const { driftOfSettings } = await import("../drift/settings-drift.ts");
  const { signal } = new AbortController();
  return driftOfSettings(await requireConfig(chooseConfig(config).path), { clock: session.clock, signal });
}
