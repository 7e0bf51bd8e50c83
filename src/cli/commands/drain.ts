/** `fedns drain`: sends no new clients to a cluster, or to one service of it; --wait until no cache sends any either. */
import { Command } from "commander";
import {
  authorOf,
  type OrderOptions,
  parseTime,
  SCOPE_NOTE,
  submitOrder,
  withReasonAndServer,
  withTarget,
} from "../orders/order.ts";
import { socketPath } from "../session/admin-client.ts";
import type { Session } from "../session/session.ts";

const epilogue = `
Answers stop including the cluster, either at once or with a share that falls linearly over the given time. Clients are
sent to other clusters where the service is ready. Resolvers may use cached answers until their TTL expires; --wait
returns when the addresses have expired from every cache that honours TTLs. Ctrl-C ends the waiting, not the drain.
A drain that would leave services without any cluster is refused. Repeating a drain has no effect.
${SCOPE_NOTE}

Examples:
  # Drain a cluster over ten minutes and wait until no cache sends clients there
  fedns drain us-west --over 10m --wait --reason "new switches"

  # Drain one Service of the cluster at once
  fedns drain us-west --service demo/hello

  # Take the drain back
  fedns undrain us-west

Exit codes: 0 done (with --wait: proved), 1 refused, failed or not provable, 2 wrong usage, 130 waiting ended by Ctrl-C.`;

type DrainOptions = OrderOptions & { readonly over?: number; readonly wait?: boolean };

export function drainCommand(session: Session): Command {
  const command = withTarget(new Command("drain"))
    .description("Send no new clients to a cluster, or to one service of it.")
    .option(
      "--over <time>",
      "lower the share linearly over this time, like 10m or 1h30m (default: at once)",
      parseTime,
    )
    .option("--wait", "wait until its addresses have expired from every cache that honours TTLs")
    .option("--force", "drain even if services are left without any cluster");
  return withReasonAndServer(command)
    .addHelpText("after", epilogue)
    .action((cluster: string, options: DrainOptions) => drain(session, cluster, options));
}

async function drain(session: Session, cluster: string, options: DrainOptions): Promise<void> {
  const path = await socketPath(options);
  const target = { cluster, service: options.service ?? null, address: null };
  const isAccepted = await submitOrder(session, path, {
    action: "drain",
    target,
    overMs: options.over ?? 0,
    ...authorOf(options),
  });
  if (!isAccepted || options.wait !== true) return;
  const { waitDrained } = await import("../orders/wait-drained.ts");
  session.exitCode = await waitDrained(session, path, target);
}
