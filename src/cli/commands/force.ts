/** `fedns force`: overrides health probes, for a limited time or until it is cleared. */
import { Argument, Command } from "commander";
import {
  authorOf,
  type OrderOptions,
  parseAddress,
  parseTime,
  SCOPE_NOTE,
  submitOrder,
  withReasonAndServer,
  withTarget,
} from "../orders/order.ts";
import { usageError } from "../arguments/usage-error.ts";
import { socketPath } from "../session/admin-client.ts";
import type { Session } from "../session/session.ts";

const epilogue = `
up      ignore probes that fail. Services without ready endpoints stay out of answers, and so do drained clusters.
down    leave it out of all answers. down takes precedence over up.
none    remove the force for exactly this cluster, service or address.
${SCOPE_NOTE}

Examples:
  # Ignore the probes of a cluster for an hour
  fedns force up us-west --for 1h --reason "the probe is wrong"

  # Take one address of a Service out of answers
  fedns force down us-west --service demo/hello --address 192.0.2.10

  # Remove the force
  fedns force none us-west

Exit codes: 0 done, 1 refused or failed, 2 wrong usage.`;

const STATES = ["up", "down", "none"] as const;

type ForceOptions = OrderOptions & { readonly address?: string; readonly for?: number };

export function forceCommand(session: Session): Command {
  const command = withTarget(
    new Command("force").addArgument(new Argument("<state>", "the state to force").choices(STATES)),
  )
    .description("Force a cluster, a service or an address up or down, whatever its probes report.")
    .option("--address <ip>", "only this address", parseAddress)
    .option("--for <time>", "how long, like 90s, 10m or 1h (default: until it is cleared)", parseTime)
    .option("--force", "with down: even if services are left without any cluster");
  return withReasonAndServer(command)
    .addHelpText("after", epilogue)
    .action(async (state: (typeof STATES)[number], cluster: string, options: ForceOptions) => {
      if (state === "none" && options.for !== undefined) throw usageError("--for is for up and down");
      await submitOrder(session, await socketPath(options), {
        action: "force",
        target: { cluster, service: options.service ?? null, address: options.address ?? null },
        verdict: state,
        forMs: options.for ?? null,
        ...authorOf(options),
      });
    });
}
