/** `fedns force`: the operator knows better than probes, for a while or until it is taken back. */
import { Argument, Command } from "commander";
import { type SocketOptions, socketOption, socketPath } from "../session/admin-client.ts";
import { configOption } from "../arguments/config-argument.ts";
import {
  giveOrder,
  operator,
  parseAddress,
  parseCluster,
  parseReason,
  parseTime,
  reasonOption,
  scopeNote,
  serviceOption,
} from "../session/order.ts";
import type { Session } from "../session/session.ts";

const epilogue = `
up      believe no probe that says it is down. What has nothing ready is still not answered, and a drain holds.
down    answer nothing of it. Wherever down is said, it wins over up.
none    take back what was forced for exactly this cluster, service or address.
${scopeNote}

Examples:
  fedns force up us-west --for 1h --reason "the probe is wrong"
  fedns force down us-west --service demo/hello --address 192.0.2.10
  fedns force none us-west

Exit codes: 0 done, 1 refused or failed, 2 wrong usage.`;

const verdicts = ["up", "down", "none"] as const;

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
    .addArgument(new Argument("<verdict>", "what holds").choices(verdicts))
    .argument("<cluster>", "the cluster, as the configuration names it", parseCluster)
    .option(...serviceOption)
    .option("--address <ip>", "this address, not all", parseAddress)
    .option("--for <time>", "how long, like 90s, 10m, 1h (default: until taken back)", parseTime)
    .option("--force", "down: also when services would be left with nothing")
    .option(...reasonOption, parseReason)
    .option(...configOption)
    .option(...socketOption)
    .addHelpText("after", epilogue)
    .action(async (verdict: (typeof verdicts)[number], cluster: string, options: ForceOptions) => {
      await giveOrder(session, await socketPath(options), {
        action: "force",
        target: { cluster, service: options.service ?? null, address: options.address ?? null },
        verdict,
        forMs: options.for ?? null,
        isForced: options.force === true,
        by: operator(),
        reason: options.reason ?? null,
      });
    });
}
