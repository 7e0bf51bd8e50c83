/** `fedns drain`: no new clients for a cluster, or for one service of it; with --wait until no cache can send any there. */
import { Command } from "commander";
import { type SocketOptions, SOCKET_OPTION, socketPath } from "../session/admin-client.ts";
import { CONFIG_OPTION } from "../arguments/config-argument.ts";
import {
  submitOrder,
  operatorName,
  parseCluster,
  parseReason,
  parseTime,
  REASON_OPTION,
  SCOPE_NOTE,
  SERVICE_OPTION,
} from "../orders/order.ts";
import type { Session } from "../session/session.ts";

const epilogue = `
Answers stop naming the cluster: at once, or with a share that falls evenly over the time given. Names stay, and
clients go where else the service is ready. Clients that hold an answer come until its TTL has passed: --wait says
when no well-behaved cache holds one any more, and Ctrl-C ends the waiting, not the drain.
A drain that would leave services with nothing is refused, with their names. Saying it twice is fine.
${SCOPE_NOTE}

Examples:
  fedns drain us-west --over 10m --wait --reason "new switches"
  fedns drain us-west --service demo/hello
  fedns undrain us-west

Exit codes: 0 done (with --wait: proved), 1 refused, failed or not provable, 2 wrong usage, 130 waiting ended by Ctrl-C.`;

type DrainOptions = SocketOptions & {
  readonly service?: string;
  readonly over?: number;
  readonly wait?: boolean;
  readonly force?: boolean;
  readonly reason?: string;
};

export function drainCommand(session: Session): Command {
  return new Command("drain")
    .description("Send no new clients to a cluster, or to one service of it.")
    .argument("<cluster>", "the cluster, as the configuration names it", parseCluster)
    .option(...SERVICE_OPTION)
    .option("--over <time>", "let the share fall evenly, like 90s, 10m, 1h30m (default: at once)", parseTime)
    .option("--wait", "until no well-behaved cache holds an address of it any more")
    .option("--force", "also when services would be left with nothing")
    .option(...REASON_OPTION, parseReason)
    .option(...CONFIG_OPTION)
    .option(...SOCKET_OPTION)
    .addHelpText("after", epilogue)
    .action((cluster: string, options: DrainOptions) => drain(session, cluster, options));
}

async function drain(session: Session, cluster: string, options: DrainOptions): Promise<void> {
  const path = await socketPath(options);
  const target = { cluster, service: options.service ?? null, address: null };
  const isObeyed = await submitOrder(session, path, {
    action: "drain",
    target,
    overMs: options.over ?? 0,
    isForced: options.force === true,
    by: operatorName(),
    reason: options.reason ?? null,
  });
  if (!isObeyed || options.wait !== true) return;
  const { waitDrained } = await import("../orders/wait-drained.ts");
  session.exitCode = await waitDrained(session, path, target);
}
