/** `fedns force`: the operator knows better than probes, for a while or until it is taken back. */
import { Argument, Command } from "commander";
import { type SocketOptions, SOCKET_OPTION, socketPath } from "../session/admin-client.ts";
import { CONFIG_OPTION } from "../arguments/config-argument.ts";
import {
  submitOrder,
  operatorName,
  parseAddress,
  parseCluster,
  parseReason,
  parseTime,
  REASON_OPTION,
  SCOPE_NOTE,
  SERVICE_OPTION,
} from "../orders/order.ts";
import type { Session } from "../session/session.ts";

const epilogue = `
up      believe no probe that says it is down. What has nothing ready is still not answered, and a drain holds.
down    answer nothing of it. Wherever down is said, it wins over up.
none    take back what was forced for exactly this cluster, service or address.
${SCOPE_NOTE}

Examples:
  fedns force up us-west --for 1h --reason "the probe is wrong"
  fedns force down us-west --service demo/hello --address 192.0.2.10
  fedns force none us-west

Exit codes: 0 done, 1 refused or failed, 2 wrong usage.`;

const FORCES = ["up", "down", "none"] as const;

type ForceOptions = SocketOptions & {
  readonly service?: string;
  readonly address?: string;
  readonly for?: number;
  readonly force?: boolean;
  readonly reason?: string;
};

export function forceCommand(session: Session): Command {
  return new Command("force")
    .description("Say that a cluster, a service or an address is up or down, whatever probes say.")
    .addArgument(new Argument("<verdict>", "what holds").choices(FORCES))
    .argument("<cluster>", "the cluster, as the configuration names it", parseCluster)
    .option(...SERVICE_OPTION)
    .option("--address <ip>", "this address, not all", parseAddress)
    .option("--for <time>", "how long, like 90s, 10m, 1h (default: until taken back)", parseTime)
    .option("--force", "down: also when services would be left with nothing")
    .option(...REASON_OPTION, parseReason)
    .option(...CONFIG_OPTION)
    .option(...SOCKET_OPTION)
    .addHelpText("after", epilogue)
    .action(async (verdict: (typeof FORCES)[number], cluster: string, options: ForceOptions) => {
      await submitOrder(session, await socketPath(options), {
        action: "force",
        target: { cluster, service: options.service ?? null, address: options.address ?? null },
        verdict,
        forMs: options.for ?? null,
        isForced: options.force === true,
        by: operatorName(),
        reason: options.reason ?? null,
      });
    });
}
