/** `fedns pause`: nothing is written for the federation until `fedns resume`. */
import { Command } from "commander";
import { freePermit } from "../../fleet/kube/write-permit.ts";
import { PAUSE_OBEYED_MS, pauseWrites } from "../../fleet/lease/pause-order.ts";
import { type HostOptions, namespaceOf, withHost } from "../arguments/host-options.ts";
import { operatorName, parseReason } from "../orders/order.ts";
import type { Session } from "../session/session.ts";

const TIMEOUT_SECONDS = 10;

const epilogue = `
Every fedns of the federation stops writing to the host and to all members: no statuses, no propagation, no deletions.
Answers to DNS queries go on, and so do drains. The order is a ConfigMap in the host, so it outlives every restart.

Examples:
  fedns pause --host-context host --reason "upgrade of the members"

Exit codes: 0 paused, 1 failed, 2 wrong usage.`;

type PauseOptions = HostOptions & { readonly reason?: string };

export function pauseCommand(session: Session): Command {
  return withHost(new Command("pause"))
    .description("Stop all writes to the host and to the members.")
    .option("--reason <text>", "shown by fedns status and in the log of every fedns", parseReason)
    .addHelpText("after", epilogue)
    .action(async (options: PauseOptions) => {
      const { withHostConnection } = await import("../clusters/with-host.ts");
      const { stepError } = await import("../clusters/step-error.ts");
      await withHostConnection(session, options, async ({ host, signal }) => {
        const wanted = {
          author: operatorName(),
          reason: options.reason ?? "",
          since: new Date(session.clock.wallMs()).toISOString(),
        };
        const namespace = namespaceOf(options);
        const permit = freePermit(TIMEOUT_SECONDS);
        const order = await pauseWrites(wanted, {
          transport: host.transport,
          namespace,
          permit,
          signal,
        }).catch((error: unknown) => {
          throw stepError(`host: ConfigMap ${namespace}/fedns-pause`, error, "configmaps");
        });
        session.print(
          order === wanted
            ? `paused: nothing is sent after ${PAUSE_OBEYED_MS / 1000} seconds from now\n`
            : `paused already by ${order.author} since ${order.since}\n`,
        );
      });
    });
}
